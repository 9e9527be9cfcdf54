package records

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// elsewhere is the condition that a contact c is also there for others than the
// resident: for another resident, in a team, or in what was agreed to about others.
const elsewhere = `(EXISTS (SELECT 1 FROM care_team o WHERE o.contact = c.id AND o.resident <> ?)
	OR EXISTS (SELECT 1 FROM team_members o WHERE o.contact = c.id)
	OR EXISTS (SELECT 1 FROM shifts o WHERE o.contact = c.id)
	OR EXISTS (SELECT 1 FROM shift_overrides o WHERE o.contact = c.id)
	OR EXISTS (SELECT 1 FROM teams o WHERE o.supervisor = c.id)
	OR EXISTS (SELECT 1 FROM duty_tokens o WHERE o.contact = c.id AND o.resident <> ?)
	OR EXISTS (SELECT 1 FROM consents o WHERE o.contact = c.id AND o.resident <> ?))`

// theirUser selects the account that the resident signs in with, unless it is one of
// the staff's or its contact is there for others too.
const theirUser = `SELECT c.user_id FROM contacts c JOIN care_team m ON m.contact = c.id JOIN users u ON u.id = c.user_id
	WHERE m.resident = ? AND m.relation = 'resident' AND u.role NOT IN ('administrator', 'caregiver', 'expert') AND NOT ` + elsewhere

// theirContacts selects the contacts that are there for the resident alone: the
// resident's own, and those who sign in as nobody. Who has an account keeps the
// contact with it, which is their own.
const theirContacts = `SELECT c.id FROM contacts c JOIN care_team m ON m.contact = c.id
	WHERE m.resident = ? AND (c.user_id IS NULL OR c.user_id IN (` + theirUser + `)) AND NOT ` + elsewhere

// ContactsOf are the contacts that are there for a resident alone, and go with them.
func ContactsOf(ctx context.Context, db bun.IDB, resident string) (ids []string, err error) {
	args := slices.Repeat([]any{resident}, strings.Count(theirContacts, "?"))
	if err := db.NewRaw(theirContacts, args...).Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("read which contacts are there for resident %q alone: %w", resident, err)
	}
	return ids, nil
}

// theirMerges is the condition of what belongs to a merge of the resident's file.
const theirMerges = "merge IN (SELECT id FROM merges WHERE survivor = ? OR other = ?)"

// Holdings are what the records hold of residents. The resident goes last, after all
// that refers to one.
func Holdings() store.Holdings {
	byUser := "user_id IN (" + theirUser + ")"
	secret := func(columns ...string) []string { return append(columns, "hash") }
	return store.Holdings{
		Tables: []store.Holding{
			{Table: "resident_care", Order: "version", Kind: "file"},
			{Table: "situations", Order: "set_at, id", Kind: "status"},
			{Table: "duty_tokens", Order: "offered_at, id", Kind: "status"},
			{Table: "consents", Order: "given_at, id", Kind: "status"},
			{Table: "emergencies", Order: "since, id", Kind: "status"},
			{Table: "invitations", Of: "(resident = ? OR contact IN (" + theirContacts + ") OR " + byUser + ")", Key: "id", Order: "made_at, id", Kind: "status", Withheld: secret()},
			{Table: "sessions", Of: byUser, Key: "hash", Order: "id", Kind: "status", Withheld: secret()},
			{Table: "tokens", Of: byUser, Key: "id", Order: "id", Kind: "status", Withheld: secret()},
			{Table: "known_browsers", Of: byUser, Key: "hash", Order: "used_at", Kind: "status", Derived: true},
			{Table: "password_resets", Of: byUser, Key: "hash", Order: "made_at", Kind: "status", Derived: true},
			{Table: "contact_channels", Of: "contact IN (" + theirContacts + ")", Key: "id", Order: "contact, n, id", Kind: "status", Withheld: []string{"address"}},
			{Table: "care_team", Order: "n, contact", Kind: "status"},
			{Table: "team_residents", Order: "team", Kind: "status"},
			{Table: "contacts", Of: "id IN (" + theirContacts + ")", Key: "id", Order: "id", Kind: "status"},
			{Table: "contacts", Of: "id IN (SELECT contact FROM care_team WHERE resident = ?) AND id NOT IN (" + theirContacts + ")", Order: "id", Kind: "status", Withheld: []string{"user_id", "quiet"}, Around: true},
			{Table: "users", Of: "id IN (" + theirUser + ")", Key: "id", Order: "id", Kind: "status", Withheld: []string{"password"}},
			{Table: "merge_rows", Of: theirMerges, Order: "merge, table_name, row_key", Kind: "status", Derived: true},
			{Table: "merge_readings", Of: theirMerges, Order: "merge, device, from_at", Kind: "status", Derived: true},
			{Table: "merges", Of: "(survivor = ? OR other = ?)", Order: "made_at, id", Kind: "file"},
			{Table: "distinct_residents", Of: "(one = ? OR other = ?)", Order: "one, other", Kind: "status", Derived: true},
			{Table: "resident_keys", Order: "key", Kind: "status", Derived: true},
			{Table: "resident_versions", Order: "version", Kind: "file"},
			{Table: "residents", Of: "id = ?", Order: "id", Kind: "status"},
		},
		Also: func(ctx context.Context, tx bun.Tx, _ string) error { return touchCare(ctx, tx) },
	}
}
