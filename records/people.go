package records

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// People keeps who can be told, and who looks after whom: contacts with their
// channels, care teams, teams with their rosters, and duty tokens.
type People struct {
	db        *store.DB
	addresses Addresses
	now       func() time.Time
}

// Addresses knows what the addresses of channels look like.
type Addresses interface {
	// Check says what is wrong with an address, nil when nothing can be told to be.
	Check(kind ChannelKind, address string) error
}

// NewPeople returns the people in db.
func NewPeople(db *store.DB, addresses Addresses, now func() time.Time) *People {
	return &People{db: db, addresses: addresses, now: now}
}

// moment is the time, as exact as the tables keep it.
func (p *People) moment() time.Time { return store.Time(p.now().UnixMilli()) }

type contactRow struct {
	bun.BaseModel `bun:"table:contacts,alias:c"`

	ID        string `bun:"id,pk"`
	User      string `bun:"user_id,nullzero"`
	Name      string `bun:"name"`
	Language  string `bun:"language"`
	TimeZone  string `bun:"time_zone"`
	Quiet     string `bun:"quiet,nullzero"`
	CreatedAt int64  `bun:"created_at"`
	ChangedAt int64  `bun:"changed_at"`
	RemovedAt int64  `bun:"removed_at,nullzero"`
	// DisabledAt is its user's.
	DisabledAt int64 `bun:"disabled_at,nullzero,scanonly"`
}

func (row *contactRow) contact() (Contact, error) {
	c := Contact{
		ID: row.ID, User: row.User, Name: row.Name, Language: row.Language, TimeZone: row.TimeZone,
		CreatedAt: store.Time(row.CreatedAt), ChangedAt: store.Time(row.ChangedAt), Disabled: row.DisabledAt != 0,
	}
	if row.Quiet != "" {
		if err := json.Unmarshal([]byte(row.Quiet), &c.Quiet); err != nil {
			return c, fmt.Errorf("read the quiet hours of contact %q: %w", row.ID, err)
		}
	}
	return c, nil
}

type channelRow struct {
	bun.BaseModel `bun:"table:contact_channels,alias:ch"`

	ID          string      `bun:"id,pk"`
	Contact     string      `bun:"contact"`
	N           int         `bun:"n"`
	Kind        ChannelKind `bun:"kind"`
	Address     string      `bun:"address"`
	Label       string      `bun:"label"`
	Trusted     bool        `bun:"trusted"`
	From        Severity    `bun:"severity_from"`
	LoudFrom    Severity    `bun:"loud_from"`
	AddedAt     int64       `bun:"added_at"`
	ConfirmedAt int64       `bun:"confirmed_at,nullzero"`
	WorkedAt    int64       `bun:"worked_at,nullzero"`
	FailedAt    int64       `bun:"failed_at,nullzero"`
	Fault       string      `bun:"fault"`
	RemovedAt   int64       `bun:"removed_at,nullzero"`
}

func (row *channelRow) channel() Channel {
	return Channel{
		ID: row.ID, Contact: row.Contact, Kind: row.Kind, Address: row.Address, Label: row.Label, Trusted: row.Trusted,
		From: row.From, LoudFrom: row.LoudFrom, AddedAt: store.Time(row.AddedAt), ConfirmedAt: store.Time(row.ConfirmedAt),
		WorkedAt: store.Time(row.WorkedAt), FailedAt: store.Time(row.FailedAt), Fault: row.Fault,
	}
}

type memberRow struct {
	bun.BaseModel `bun:"table:care_team"`

	Resident string   `bun:"resident,pk"`
	Contact  string   `bun:"contact,pk"`
	Relation Relation `bun:"relation"`
	N        int      `bun:"n"`
	From     Severity `bun:"severity_from"`
	Delay    int64    `bun:"delay_ms"`
	Repeat   int64    `bun:"repeat_ms"`
	// Weekly is since when they wish to be told of each week, Told of which last.
	Weekly int64  `bun:"weekly_since,nullzero"`
	Told   string `bun:"weekly_told"`
}

func (row *memberRow) member(who Contact) Member {
	return Member{
		Contact: who, Relation: row.Relation, N: row.N,
		Wishes: row.wishes(),
	}
}

func (row *memberRow) wishes() Wishes {
	return Wishes{row.From, time.Duration(row.Delay) * time.Millisecond, time.Duration(row.Repeat) * time.Millisecond, row.Weekly != 0}
}

// told keeps how somebody is told of alerts.
func (row *memberRow) told(w Wishes) {
	row.From, row.Delay, row.Repeat = w.From, w.Delay.Milliseconds(), w.Repeat.Milliseconds()
}

// wish keeps all that somebody wishes to be told, from a moment on.
func (row *memberRow) wish(w Wishes, now time.Time) {
	row.told(w)
	switch {
	case !w.Weekly:
		row.Weekly = 0
	case row.Weekly == 0:
		row.Weekly = store.Millis(now)
	}
}

// readContacts reads contacts that were not removed, with their channels,
// ordered by name.
func readContacts(ctx context.Context, db bun.IDB, which func(*bun.SelectQuery)) ([]Contact, error) {
	var rows []contactRow
	query := db.NewSelect().Model(&rows).ColumnExpr("c.*").ColumnExpr("(SELECT u.disabled_at FROM users AS u WHERE u.id = c.user_id) AS disabled_at").
		Where("c.removed_at IS NULL")
	which(query)
	if err := query.Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var channels []channelRow
	err := db.NewSelect().Model(&channels).Where("contact IN (?)", bun.In(ids)).Where("removed_at IS NULL").Order("n", "id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string][]Channel{}
	for i := range channels {
		of[channels[i].Contact] = append(of[channels[i].Contact], channels[i].channel())
	}
	list := make([]Contact, len(rows))
	for i := range rows {
		if list[i], err = rows[i].contact(); err != nil {
			return nil, err
		}
		list[i].Channels = of[list[i].ID]
	}
	sortContacts(list)
	return list, nil
}

func sortContacts(list []Contact) {
	slices.SortFunc(list, func(a, b Contact) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
}

// residentsNamed reads all residents, or those that are named.
func residentsNamed(ctx context.Context, db bun.IDB, ids []string) ([]residentRow, error) {
	var rows []residentRow
	query := db.NewSelect().Model(&rows).Where("merged_into IS NULL")
	if len(ids) > 0 {
		query.Where("id IN (?)", bun.In(ids))
	}
	err := query.Scan(ctx)
	return rows, err
}

// ofResidents narrows a query to those that are named, if any are.
func ofResidents(q *bun.SelectQuery, residents []string) *bun.SelectQuery {
	if len(residents) > 0 {
		q.Where("resident IN (?)", bun.In(residents))
	}
	return q
}
