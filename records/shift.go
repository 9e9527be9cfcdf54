package records

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

type shiftRow struct {
	bun.BaseModel `bun:"table:shifts"`

	ID      string       `bun:"id,pk"`
	Team    string       `bun:"team"`
	Contact string       `bun:"contact"`
	Weekday time.Weekday `bun:"weekday"`
	From    int          `bun:"from_minute"`
	To      int          `bun:"to_minute"`
	Since   string       `bun:"since,nullzero"`
	Until   string       `bun:"until,nullzero"`
}

func (row *shiftRow) shift() (Shift, error) {
	since, err := ParseDate(row.Since)
	if err != nil {
		return Shift{}, err
	}
	until, err := ParseDate(row.Until)
	return Shift{
		ID: row.ID, Contact: row.Contact, Weekday: row.Weekday, Hours: Hours{row.From, row.To}, Since: since, Until: until,
	}, err
}

type overrideRow struct {
	bun.BaseModel `bun:"table:shift_overrides"`

	ID        string `bun:"id,pk"`
	Team      string `bun:"team"`
	Contact   string `bun:"contact"`
	From      int64  `bun:"from_at"`
	To        int64  `bun:"to_at"`
	SetBy     string `bun:"set_by"`
	Reason    string `bun:"reason"`
	RemovedAt int64  `bun:"removed_at,nullzero"`
}

func (row *overrideRow) override() Override {
	return Override{
		ID: row.ID, Contact: row.Contact, From: store.Time(row.From), To: store.Time(row.To), SetBy: row.SetBy, Reason: row.Reason,
	}
}

// readRosters reads the rosters of teams, by team, with the overrides that touch
// the time from one moment to another, both included.
func readRosters(ctx context.Context, db bun.IDB, teams map[string]Team, from, to time.Time) (map[string]Roster, error) {
	if len(teams) == 0 {
		return nil, nil
	}
	ids := slices.Sorted(maps.Keys(teams))
	var shifts []shiftRow
	if err := db.NewSelect().Model(&shifts).Where("team IN (?)", bun.In(ids)).Order("weekday", "from_minute", "id").Scan(ctx); err != nil {
		return nil, err
	}
	var overrides []overrideRow
	err := db.NewSelect().Model(&overrides).Where("team IN (?)", bun.In(ids)).Where("removed_at IS NULL").
		Where("to_at > ?", from.UnixMilli()).Where("from_at <= ?", to.UnixMilli()).Order("from_at", "id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	rosters := make(map[string]Roster, len(teams))
	for id, team := range teams {
		rosters[id] = Roster{Zone: zoneNamed(team.TimeZone)}
	}
	for i := range shifts {
		shift, err := shifts[i].shift()
		if err != nil {
			return nil, err
		}
		r := rosters[shifts[i].Team]
		r.Shifts = append(r.Shifts, shift)
		rosters[shifts[i].Team] = r
	}
	for i := range overrides {
		r := rosters[overrides[i].Team]
		r.Overrides = append(r.Overrides, overrides[i].override())
		rosters[overrides[i].Team] = r
	}
	return rosters, nil
}
