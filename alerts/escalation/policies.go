package escalation

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Policies are those by which people are told: the default ones, and over them
// what people have changed. All versions are kept.
type Policies struct {
	db       *store.DB
	standard map[string]Policy
}

// NewPolicies returns the policies in db.
func NewPolicies(db *store.DB) (*Policies, error) {
	all, err := Default()
	if err != nil {
		return nil, err
	}
	p := &Policies{db: db, standard: map[string]Policy{}}
	for _, policy := range all {
		p.standard[policy.ID] = policy
	}
	return p, nil
}

// Entry is a policy as it holds.
type Entry struct {
	Policy Policy
	// Default is the policy that was changed, nil when there was none or nobody has
	// changed it.
	Default *Policy
	// ChangedAt, ChangedBy and Reason are of the newest version; zero for a policy that
	// nobody has changed.
	ChangedAt time.Time
	ChangedBy string
	Reason    string
}

// Version is one version of a policy that people have made.
type Version struct {
	Version int
	At      time.Time
	By      string // a user
	Reason  string
	// Policy is nil for one that went back to the default, or took the policy away.
	Policy *Policy
}

type policyRow struct {
	bun.BaseModel `bun:"table:policies,alias:p"`

	ID      string         `bun:"id,pk"`
	Version int            `bun:"version,pk"`
	Body    sql.NullString `bun:"body"`
	At      int64          `bun:"at"`
	By      string         `bun:"by_user"`
	Reason  string         `bun:"reason"`
}

func (r *policyRow) version() (Version, error) {
	v := Version{Version: r.Version, At: store.Time(r.At), By: r.By, Reason: r.Reason}
	if !r.Body.Valid {
		return v, nil
	}
	v.Policy = &Policy{}
	if err := json.Unmarshal([]byte(r.Body.String), v.Policy); err != nil {
		return v, fmt.Errorf("read version %d of policy %s: %w", r.Version, r.ID, err)
	}
	v.Policy.Version = r.Version
	return v, nil
}

// List returns all policies, by id.
func (p *Policies) List(ctx context.Context) ([]Entry, error) {
	all, err := p.entries(ctx, p.db)
	if err != nil {
		return nil, fmt.Errorf("list the policies: %w", err)
	}
	list := make([]Entry, 0, len(all))
	for _, e := range all {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Policy.ID, b.Policy.ID) })
	return list, nil
}

// Get returns a policy.
func (p *Policies) Get(ctx context.Context, id string) (Entry, error) {
	all, err := p.entries(ctx, p.db)
	if err != nil {
		return Entry{}, fmt.Errorf("read policy %s: %w", id, err)
	}
	e, ok := all[id]
	if !ok {
		return Entry{}, store.NotFound("policy", id)
	}
	return e, nil
}

func (p *Policies) entries(ctx context.Context, db bun.IDB) (map[string]Entry, error) {
	var rows []policyRow
	err := db.NewSelect().Model(&rows).Where("version = (SELECT max(version) FROM policies AS q WHERE q.id = p.id)").Scan(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Entry, len(p.standard)+len(rows))
	for id, policy := range p.standard {
		all[id] = Entry{Policy: policy}
	}
	for i := range rows {
		v, err := rows[i].version()
		if err != nil {
			return nil, err
		}
		standard, has := p.standard[rows[i].ID]
		e := Entry{Policy: standard, ChangedAt: v.At, ChangedBy: v.By, Reason: v.Reason}
		switch {
		case v.Policy != nil:
			if e.Policy = *v.Policy; has {
				e.Default = &standard
			}
		case !has:
			continue // it was taken away
		}
		all[rows[i].ID] = e
	}
	return all, nil
}

// Versions returns what people have made of a policy, the newest first.
func (p *Policies) Versions(ctx context.Context, id string) ([]Version, error) {
	var rows []policyRow
	if err := p.db.NewSelect().Model(&rows).Where("id = ?", id).OrderExpr("version DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the versions of policy %s: %w", id, err)
	}
	if _, ok := p.standard[id]; !ok && len(rows) == 0 {
		return nil, store.NotFound("policy", id)
	}
	all := make([]Version, len(rows))
	for i := range rows {
		v, err := rows[i].version()
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}

// Edit is who makes a new version, and why.
type Edit struct {
	By     string // a user
	Reason string
	// IfVersion is the newest version that was read before, 0 when there was none:
	// when it is another by now, the change is refused. Nil asks for nothing.
	IfVersion *int
}

// Save makes a new version of a policy, or a new policy. What it is about, and for
// which severity, stays.
func (p *Policies) Save(ctx context.Context, policy Policy, c Edit) (Entry, error) {
	err := p.change(ctx, policy.ID, c, func(ctx context.Context, tx bun.Tx, now Entry, there bool) (*Policy, error) {
		if there && (now.Policy.About != policy.About || now.Policy.Severity != policy.Severity) {
			return nil, refused(policy.ID, "policy.kind", fmt.Sprintf("is about %s and %s, and stays so: make another policy", now.Policy.About, now.Policy.Severity))
		}
		return &policy, nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("save policy %s: %w", policy.ID, err)
	}
	return p.Get(ctx, policy.ID)
}

// Revert goes back to the default policy, or takes away one that has none and is
// nobody's.
func (p *Policies) Revert(ctx context.Context, id string, c Edit) error {
	err := p.change(ctx, id, c, func(ctx context.Context, tx bun.Tx, now Entry, there bool) (*Policy, error) {
		if !there {
			return nil, store.NotFound("policy", id)
		}
		if _, has := p.standard[id]; has {
			if now.Default == nil {
				return nil, refused(id, "policy.default", "is the default already")
			}
			return nil, nil
		}
		used, err := tx.NewSelect().Model((*chosenRow)(nil)).Where("policy = ?", id).Exists(ctx)
		if err == nil && used {
			err = refused(id, "policy.used", "holds for residents: choose another for them first")
		}
		return nil, err
	})
	if err != nil {
		return fmt.Errorf("take back policy %s: %w", id, err)
	}
	return nil
}

func refused(id, code, detail string) error {
	return &store.Fault{Kind: store.ErrConflict, Code: code, Entity: "policy", ID: id, Detail: detail}
}

// change writes a new version, which is what made returns of the policy as it is
// now: nil for none.
func (p *Policies) change(ctx context.Context, id string, c Edit, made func(ctx context.Context, tx bun.Tx, now Entry, there bool) (*Policy, error)) error {
	return p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := p.entries(ctx, tx)
		if err != nil {
			return err
		}
		now, there := all[id]
		policy, err := made(ctx, tx, now, there)
		if err != nil {
			return err
		}
		var last int
		if err := tx.NewSelect().Model((*policyRow)(nil)).ColumnExpr("coalesce(max(version), 0)").Where("id = ?", id).Scan(ctx, &last); err != nil {
			return err
		}
		if c.IfVersion != nil && *c.IfVersion != last {
			return refused(id, "policy.changed", fmt.Sprintf("was changed meanwhile: it has version %d, not %d", last, *c.IfVersion))
		}
		row := policyRow{ID: id, Version: last + 1, At: store.Millis(store.Now()), By: c.By, Reason: c.Reason}
		if policy != nil {
			policy.Version = row.Version
			text, err := json.Marshal(policy)
			if err != nil {
				return err
			}
			row.Body = sql.NullString{String: string(text), Valid: true}
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
}

// chosenRow is that another policy holds for a resident.
type chosenRow struct {
	bun.BaseModel `bun:"table:policies_of,alias:c"`

	Resident string `bun:"resident,pk"`
	Severity int8   `bun:"severity,pk"`
	Policy   string `bun:"policy"`
	At       int64  `bun:"at"`
	By       string `bun:"by_user"`
}

// Choose makes a policy hold for a resident's alerts of its severity, in place of
// the standard one; "" goes back to that.
func (p *Policies) Choose(ctx context.Context, resident string, severity rules.Severity, policy, by string) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if policy == "" {
			_, err := tx.NewDelete().Model((*chosenRow)(nil)).Where("resident = ? AND severity = ?", resident, int8(severity)).Exec(ctx)
			return err
		}
		all, err := p.entries(ctx, tx)
		if err != nil {
			return err
		}
		e, ok := all[policy]
		if !ok {
			return store.NotFound("policy", policy)
		}
		if e.Policy.About != Residents || e.Policy.Severity != severity {
			return refused(policy, "policy.kind", fmt.Sprintf("is about %s and %s: want one about residents and %s", e.Policy.About, e.Policy.Severity, severity))
		}
		row := chosenRow{Resident: resident, Severity: int8(severity), Policy: policy, At: store.Millis(store.Now()), By: by}
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (resident, severity) DO UPDATE").
			Set("policy = excluded.policy, at = excluded.at, by_user = excluded.by_user").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("choose policy %q for resident %s: %w", policy, resident, err)
	}
	return nil
}

// Of returns the policies that hold for a resident, by severity.
func (p *Policies) Of(ctx context.Context, resident string) (map[rules.Severity]Policy, error) {
	chosen, err := p.read(ctx, p.db, []string{resident})
	if err != nil {
		return nil, err
	}
	all := map[rules.Severity]Policy{}
	for _, s := range []rules.Severity{rules.Info, rules.Warning, rules.Critical} {
		all[s] = chosen.policy(Residents, resident, s)
	}
	return all, nil
}

// chosen are the policies of some residents.
type chosen struct {
	entries map[string]Entry
	of      map[ofResident]string // their ids
}

type ofResident struct {
	resident string
	severity rules.Severity
}

func (p *Policies) read(ctx context.Context, db bun.IDB, residents []string) (*chosen, error) {
	entries, err := p.entries(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("read the policies: %w", err)
	}
	c := &chosen{entries: entries, of: map[ofResident]string{}}
	for some := range slices.Chunk(residents, rowsAtOnce) {
		var rows []chosenRow
		if err := db.NewSelect().Model(&rows).Where("resident IN (?)", bun.In(some)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read the policies of residents: %w", err)
		}
		for _, r := range rows {
			c.of[ofResident{r.Resident, rules.Severity(r.Severity)}] = r.Policy
		}
	}
	return c, nil
}

// policy is the one for alerts of a severity: the resident's own, or else the
// standard one.
func (c *chosen) policy(about Subject, resident string, severity rules.Severity) Policy {
	if about == Residents {
		if e, ok := c.entries[c.of[ofResident{resident, severity}]]; ok {
			return e.Policy
		}
	}
	return c.entries[Standard(about, severity)].Policy
}
