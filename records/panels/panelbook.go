package panels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

type panelRow struct {
	bun.BaseModel `bun:"table:panels"`

	ID        string `bun:"id,pk"`
	Name      string `bun:"name"`
	Active    bool   `bun:"active"`
	Openers   string `bun:"openers"`
	Version   int    `bun:"version"`
	ChangedAt int64  `bun:"changed_at"`
	ChangedBy string `bun:"changed_by"`
	Reason    string `bun:"reason"`
}

type memberRow struct {
	bun.BaseModel `bun:"table:panel_members,alias:m"`

	Panel      string `bun:"panel,pk"`
	User       string `bun:"user_id,pk"`
	Speciality string `bun:"speciality"`
	Chair      bool   `bun:"chair"`
	N          int    `bun:"n"`
}

type panelVersionRow struct {
	bun.BaseModel `bun:"table:panel_versions"`

	Panel     string `bun:"panel,pk"`
	Version   int    `bun:"version,pk"`
	Body      string `bun:"body"`
	ChangedAt int64  `bun:"changed_at"`
	ChangedBy string `bun:"changed_by"`
	Reason    string `bun:"reason"`
}

// keptPanel is the JSON of a version.
type keptPanel struct {
	Name    string   `json:"name"`
	Active  bool     `json:"active"`
	Members []Member `json:"members"`
	Openers []Opener `json:"openers,omitempty"`
}

// AddPanel keeps a new panel, and returns it as it is kept. Without an id it is given one.
func (b *Book) AddPanel(ctx context.Context, p Panel, by records.Change) (Panel, error) {
	if p.ID == "" {
		p.ID = ulid.Make().String()
	}
	p.Version = 1
	if err := b.keepPanel(ctx, &p, by); err != nil {
		return Panel{}, fmt.Errorf("add a panel: %w", about("panel", p.ID, err))
	}
	return p, nil
}

// ChangePanel puts a panel in the place of the one with its id. Who is no member any
// more has no access from now on, and is waited for no longer.
func (b *Book) ChangePanel(ctx context.Context, p Panel, by records.Change) (Panel, error) {
	before, err := b.Panel(ctx, p.ID)
	if err != nil {
		return Panel{}, err
	}
	if by.From != nil && *by.From != before.Version {
		return Panel{}, conflict(CodePanelChanged, "panel", p.ID, "has changed meanwhile: it is version %d, not %d", before.Version, *by.From)
	}
	p.Version = before.Version + 1
	if err := b.keepPanel(ctx, &p, by); err != nil {
		return Panel{}, fmt.Errorf("change the panel: %w", about("panel", p.ID, err))
	}
	return p, nil
}

func (b *Book) keepPanel(ctx context.Context, p *Panel, by records.Change) error {
	p.ChangedAt, p.ChangedBy, p.Reason = b.moment(), by.By, by.Reason
	if err := p.settle(); err != nil {
		return err
	}
	if err := b.checkMembers(ctx, p); err != nil {
		return err
	}
	body, err := json.Marshal(keptPanel{Name: p.Name, Active: p.Active, Members: p.Members, Openers: p.Openers})
	if err != nil {
		return err
	}
	openers, err := json.Marshal(p.Openers)
	if err != nil {
		return err
	}
	row := panelRow{
		ID: p.ID, Name: p.Name, Active: p.Active, Openers: string(openers), Version: p.Version,
		ChangedAt: store.Millis(p.ChangedAt), ChangedBy: p.ChangedBy, Reason: p.Reason,
	}
	version := panelVersionRow{Panel: p.ID, Version: p.Version, Body: string(body), ChangedAt: row.ChangedAt, ChangedBy: row.ChangedBy, Reason: row.Reason}
	members := make([]memberRow, len(p.Members))
	for i, m := range p.Members {
		members[i] = memberRow{Panel: p.ID, User: m.User, Speciality: m.Speciality, Chair: m.Chair, N: i + 1}
	}
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if p.Version == 1 {
			if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
				return err
			}
		} else if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&version).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*memberRow)(nil)).Where("panel = ?", p.ID).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&members).Exec(ctx); err != nil {
			return err
		}
		return audit.AppendIn(ctx, tx, p.ChangedAt, audit.Entry{Actor: by.By, Action: audit.Change, Ground: "panel " + p.ID, Reason: p.Reason})
	})
	if store.IsDuplicate(err) {
		if p.Version == 1 {
			return conflict(CodePanelExists, "panel", p.ID, "is there already: choose another id")
		}
		return conflict(CodePanelChanged, "panel", p.ID, "has changed meanwhile: read it again")
	}
	return err
}

// checkMembers finds those who cannot be asked.
func (b *Book) checkMembers(ctx context.Context, p *Panel) error {
	var f faults
	for _, m := range p.Members {
		u, err := b.users.Get(ctx, m.User)
		switch {
		case errors.Is(err, store.ErrNotFound):
			f.add("members", "there is no user %q", m.User)
		case err != nil:
			return err
		case u.Role == records.Family:
			f.add("members", "user %q is family: want an expert, or somebody of the service", m.User)
		case !u.DisabledAt.IsZero():
			f.add("members", "user %q does not sign in any more", m.User)
		}
	}
	return store.Invalid("panel", p.ID, f.list)
}

// Panel is a panel as it is now.
func (b *Book) Panel(ctx context.Context, id string) (Panel, error) {
	p, err := panelOf(ctx, b.db, id)
	if err != nil {
		return Panel{}, fmt.Errorf("read the panel: %w", about("panel", id, err))
	}
	return p, nil
}

func panelOf(ctx context.Context, db bun.IDB, id string) (Panel, error) {
	all, err := panelsWhere(ctx, db, func(q *bun.SelectQuery) { q.Where("id = ?", id) })
	if err != nil {
		return Panel{}, err
	}
	if len(all) == 0 {
		return Panel{}, store.NotFound("panel", id)
	}
	return all[0], nil
}

// Panels lists all panels by name; of a user alone those in which they are.
func (b *Book) Panels(ctx context.Context, user string) ([]Panel, error) {
	all, err := panelsWhere(ctx, b.db, func(q *bun.SelectQuery) {
		if user != "" {
			q.Where("id IN (SELECT panel FROM panel_members WHERE user_id = ?)", user)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list panels: %w", err)
	}
	return all, nil
}

// Sits reports whether a user is in a panel.
func (b *Book) Sits(ctx context.Context, user string) (bool, error) {
	is, err := b.db.NewSelect().Table("panel_members").Where("user_id = ?", user).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look whether user %q is in a panel: %w", user, err)
	}
	return is, nil
}

func panelsWhere(ctx context.Context, db bun.IDB, which func(*bun.SelectQuery)) ([]Panel, error) {
	var rows []panelRow
	query := db.NewSelect().Model(&rows).Order("name", "id")
	which(query)
	if err := query.Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	all, at := make([]Panel, len(rows)), map[string]int{}
	for i, row := range rows {
		all[i] = Panel{ID: row.ID, Name: row.Name, Active: row.Active, Version: row.Version, ChangedAt: store.Time(row.ChangedAt), ChangedBy: row.ChangedBy, Reason: row.Reason}
		if err := json.Unmarshal([]byte(row.Openers), &all[i].Openers); err != nil {
			return nil, fmt.Errorf("read the openers of panel %s: %w", row.ID, err)
		}
		at[row.ID] = i
	}
	var members []memberRow
	if err := db.NewSelect().Model(&members).Order("panel", "n").Scan(ctx); err != nil {
		return nil, err
	}
	var disabled []string
	err := db.NewSelect().Table("users").Column("id").Where("disabled_at IS NOT NULL").Where("id IN (SELECT user_id FROM panel_members)").Scan(ctx, &disabled)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if i, ok := at[m.Panel]; ok {
			if slices.Contains(disabled, m.User) {
				all[i].Disabled = append(all[i].Disabled, m.User)
			}
			all[i].Members = append(all[i].Members, Member{User: m.User, Speciality: m.Speciality, Chair: m.Chair})
		}
	}
	return all, nil
}

// PanelVersions lists all versions of a panel, the newest first.
func (b *Book) PanelVersions(ctx context.Context, id string) ([]Panel, error) {
	var rows []panelVersionRow
	err := b.db.NewSelect().Model(&rows).Where("panel = ?", id).Order("version DESC").Scan(ctx)
	if err == nil && len(rows) == 0 {
		err = store.NotFound("panel", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read the versions of the panel: %w", about("panel", id, err))
	}
	all := make([]Panel, len(rows))
	for i, row := range rows {
		var kept keptPanel
		if err := json.Unmarshal([]byte(row.Body), &kept); err != nil {
			return nil, fmt.Errorf("read version %d of panel %s: %w", row.Version, id, err)
		}
		all[i] = Panel{
			ID: id, Name: kept.Name, Active: kept.Active, Members: kept.Members, Openers: kept.Openers,
			Version: row.Version, ChangedAt: store.Time(row.ChangedAt), ChangedBy: row.ChangedBy, Reason: row.Reason,
		}
	}
	return all, nil
}
