package records

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// mostContacts bounds a list.
const mostContacts = 10_000

// AddContact adds a person who can be told and returns it as it is kept: with an
// id when it had none. Channels are added one by one.
func (p *People) AddContact(ctx context.Context, c Contact) (Contact, error) {
	if c.ID == "" {
		c.ID = ulid.Make().String()
	}
	c.CreatedAt, c.Channels = p.moment(), nil
	c.ChangedAt = c.CreatedAt
	if err := c.settle(); err != nil {
		return Contact{}, fmt.Errorf("add %w", err)
	}
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return insertContact(ctx, tx, c) })
	if err != nil {
		return Contact{}, fmt.Errorf("add %w", about("contact", c.ID, err))
	}
	return c, nil
}

func insertContact(ctx context.Context, tx bun.Tx, c Contact) error {
	row, err := contactRowOf(c)
	if err != nil {
		return err
	}
	if err := mayLink(ctx, tx, c); err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&row).Exec(ctx)
	if store.IsDuplicate(err) {
		return &store.Fault{Kind: ErrConflict, Code: CodeContactExists, Entity: "contact", ID: c.ID, Detail: "exists already"}
	}
	return err
}

func contactRowOf(c Contact) (contactRow, error) {
	row := contactRow{
		ID: c.ID, User: c.User, Name: c.Name, Language: c.Language, TimeZone: c.TimeZone,
		CreatedAt: store.Millis(c.CreatedAt), ChangedAt: store.Millis(c.ChangedAt),
	}
	if c.Quiet == nil {
		return row, nil
	}
	text, err := json.Marshal(c.Quiet)
	row.Quiet = string(text)
	return row, err
}

// mayLink checks that the contact's user is there and is no other contact.
func mayLink(ctx context.Context, tx bun.Tx, c Contact) error {
	if c.User == "" {
		return nil
	}
	if known, err := exists(ctx, tx, "users", c.User); err != nil {
		return err
	} else if !known {
		return store.Invalid("contact", c.ID, []store.Field{{Path: "user", Message: fmt.Sprintf("%q is not there", c.User)}})
	}
	taken, err := tx.NewSelect().Model((*contactRow)(nil)).Where("user_id = ?", c.User).Where("id <> ?", c.ID).Exists(ctx)
	if err != nil {
		return err
	}
	if taken {
		return &store.Fault{Kind: ErrConflict, Code: CodeContactOfUser, Entity: "user", ID: c.User, Detail: "is another contact already"}
	}
	return nil
}

// ChangeContact keeps a contact as it is from now on, but for its channels, and
// returns it as it is kept.
func (p *People) ChangeContact(ctx context.Context, c Contact) (Contact, error) {
	if err := c.settle(); err != nil {
		return Contact{}, fmt.Errorf("change %w", err)
	}
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := findContact(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if err := mayLink(ctx, tx, c); err != nil {
			return err
		}
		c.CreatedAt, c.ChangedAt, c.Channels = before.CreatedAt, p.moment(), before.Channels
		row, err := contactRowOf(c)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model(&row).WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return Contact{}, fmt.Errorf("change %w", about("contact", c.ID, err))
	}
	return c, nil
}

// RemoveContact takes a contact out of all care teams, teams and rosters, and
// forgets how it was reached. Its name stays with what it was told.
func (p *People) RemoveContact(ctx context.Context, id, by string) error {
	now := p.moment().UnixMilli()
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := findContact(ctx, tx, id); err != nil {
			return err
		}
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{"UPDATE contact_channels SET removed_at = ?, address = '', label = '', fault = '' WHERE contact = ? AND removed_at IS NULL", []any{now, id}},
			{"UPDATE contact_channels SET label = '', fault = '' WHERE contact = ?", []any{id}}, // of those that ended before
			{"DELETE FROM care_team WHERE contact = ?", []any{id}},
			{"UPDATE teams SET supervisor = NULL WHERE supervisor = ?", []any{id}},
			{"DELETE FROM team_members WHERE contact = ?", []any{id}},
			{"DELETE FROM shifts WHERE contact = ?", []any{id}},
			{"UPDATE shift_overrides SET removed_at = ? WHERE contact = ? AND removed_at IS NULL", []any{now, id}},
			{"UPDATE contacts SET removed_at = ?, changed_at = ?, user_id = NULL WHERE id = ?", []any{now, now, id}},
		} {
			if _, err := tx.NewRaw(step.sql, step.args...).Exec(ctx); err != nil {
				return err
			}
		}
		return endDuties(ctx, tx, by, p.moment(), func(q *bun.SelectQuery) { q.Where("contact = ?", id) })
	})
	if err != nil {
		return fmt.Errorf("remove %w", about("contact", id, err))
	}
	return nil
}

// Contact returns a contact with its channels; ErrNotFound when there is none.
func (p *People) Contact(ctx context.Context, id string) (Contact, error) {
	c, err := findContact(ctx, p.db, id)
	if err != nil {
		return Contact{}, fmt.Errorf("read %w", about("contact", id, err))
	}
	return c, nil
}

// ContactOf returns the contact that a user is; ErrNotFound when it is none.
func (p *People) ContactOf(ctx context.Context, user string) (Contact, error) {
	list, err := readContacts(ctx, p.db, func(q *bun.SelectQuery) { q.Where("c.user_id = ?", user) })
	if err == nil && len(list) == 0 {
		err = &store.Fault{Kind: ErrNotFound, Code: CodeNoContact, Entity: "user", ID: user, Detail: "is no contact yet"}
	}
	if err != nil {
		return Contact{}, fmt.Errorf("read the contact of %w", about("user", user, err))
	}
	return list[0], nil
}

// Contacts lists all contacts, ordered by name.
func (p *People) Contacts(ctx context.Context) ([]Contact, error) {
	list, err := readContacts(ctx, p.db, func(q *bun.SelectQuery) { q.Limit(mostContacts) })
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return list, nil
}

func findContact(ctx context.Context, db bun.IDB, id string) (Contact, error) {
	list, err := readContacts(ctx, db, func(q *bun.SelectQuery) { q.Where("c.id = ?", id) })
	if err == nil && len(list) == 0 {
		err = store.NotFound("contact", id)
	}
	if err != nil {
		return Contact{}, err
	}
	return list[0], nil
}
