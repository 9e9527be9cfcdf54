package reminders

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

type reminderRow struct {
	bun.BaseModel `bun:"table:reminders,alias:r"`

	ID           string   `bun:"id,pk"`
	Resident     string   `bun:"resident"`
	Kind         Kind     `bun:"kind"`
	Schedule     string   `bun:"schedule"`
	Body         string   `bun:"body"`
	Stock        *float64 `bun:"stock"`
	Version      int      `bun:"version"`
	CreatedAt    int64    `bun:"created_at"`
	ChangedAt    int64    `bun:"changed_at"`
	ChangedBy    string   `bun:"changed_by"`
	EndedAt      int64    `bun:"ended_at,nullzero"`
	PlannedUntil int64    `bun:"planned_until,nullzero"`
}

// kept is the JSON of a reminder's row.
type kept struct {
	What         string         `json:"what"`
	Note         string         `json:"note,omitempty"`
	Start        records.Date   `json:"start,omitzero"`
	End          records.Date   `json:"end,omitzero"`
	Days         timetable.Days `json:"days,omitempty"`
	Dose         string         `json:"dose,omitempty"`
	Food         Food           `json:"food,omitempty"`
	TimeCritical bool           `json:"time_critical,omitempty"`
	Metrics      []string       `json:"metrics,omitempty"`
	Readings     int            `json:"readings,omitempty"`
	Window       int64          `json:"window,omitempty"` // seconds
	Device       string         `json:"device,omitempty"`
	PerDose      float64        `json:"per_dose,omitempty"`
	RefillAt     float64        `json:"refill_at,omitempty"`
	Refill       string         `json:"refill,omitempty"`
	Helper       string         `json:"helper,omitempty"`
}

func rowOf(r Reminder) (reminderRow, error) {
	k := kept{
		What: r.What, Note: r.Note, Start: r.Start, End: r.End, Days: r.Days, Dose: r.Dose, Food: r.Food, TimeCritical: r.TimeCritical,
		Readings: r.Readings, Window: int64(r.Window / time.Second), Device: r.Device, Helper: r.Helper,
	}
	for _, m := range r.Metrics {
		k.Metrics = append(k.Metrics, m.String())
	}
	row := reminderRow{
		ID: r.ID, Resident: r.Resident, Kind: r.Kind, Schedule: r.Schedule.String(), Version: r.Version,
		CreatedAt: store.Millis(r.CreatedAt), ChangedAt: store.Millis(r.ChangedAt), ChangedBy: r.ChangedBy, EndedAt: store.Millis(r.EndedAt),
	}
	if s := r.Stock; s != nil {
		k.PerDose, k.RefillAt, k.Refill, row.Stock = s.PerDose, s.RefillAt, s.Refill, &s.Left
	}
	text, err := json.Marshal(k)
	row.Body = string(text)
	return row, err
}

func (row *reminderRow) reminder() (Reminder, error) {
	var k kept
	if err := json.Unmarshal([]byte(row.Body), &k); err != nil {
		return Reminder{}, fmt.Errorf("read reminder %s: %w", row.ID, err)
	}
	var pattern timetable.Pattern // none where it is due by something else
	if row.Schedule != "" {
		var err error
		if pattern, err = timetable.Parse(row.Schedule); err != nil {
			return Reminder{}, fmt.Errorf("read reminder %s: %w", row.ID, err)
		}
	}
	r := Reminder{
		ID: row.ID, Resident: row.Resident, Kind: row.Kind, What: k.What, Note: k.Note, Schedule: pattern, Start: k.Start, End: k.End, Days: k.Days,
		Dose: k.Dose, Food: k.Food, TimeCritical: k.TimeCritical, Readings: k.Readings, Window: time.Duration(k.Window) * time.Second, Device: k.Device, Helper: k.Helper,
		Version: row.Version, CreatedAt: store.Time(row.CreatedAt), ChangedAt: store.Time(row.ChangedAt), ChangedBy: row.ChangedBy, EndedAt: store.Time(row.EndedAt),
	}
	for _, name := range k.Metrics {
		// A metric that is not known any more is nothing to wait for.
		if m, ok := vitals.ParseMetric(name); ok {
			r.Metrics = append(r.Metrics, m)
		}
	}
	if row.Stock != nil {
		r.Stock = &Stock{Left: *row.Stock, PerDose: k.PerDose, RefillAt: k.RefillAt, Refill: k.Refill}
	}
	return r, nil
}

type occurrenceRow struct {
	bun.BaseModel `bun:"table:reminder_occurrences,alias:o"`

	ID        string `bun:"id,pk"`
	Reminder  string `bun:"reminder"`
	Resident  string `bun:"resident"`
	Day       string `bun:"day"`
	N         int    `bun:"n"`
	DueAt     int64  `bun:"due_at"`
	Zone      string `bun:"zone"`
	PlannedAt int64  `bun:"planned_at"`
	Status    Status `bun:"status"`
	Asked     int    `bun:"asked"`
	Told      int    `bun:"told"`
	Escalated int    `bun:"escalated"`
	DoneAt    int64  `bun:"done_at,nullzero"`
	HeardAt   int64  `bun:"heard_at,nullzero"`
	OnTime    int    `bun:"on_time"`
	By        string `bun:"by_user"`
	Device    string `bun:"device"`
	Reason    string `bun:"reason"`
	Seen      string `bun:"seen"`
	NextAt    int64  `bun:"next_at,nullzero"`
}

// occurrenceRowOf is the row of an occurrence, of which time changes something next
// at a moment; never when that is zero.
func occurrenceRowOf(o Occurrence, next time.Time) (occurrenceRow, error) {
	seen, err := json.Marshal(o.Seen)
	return occurrenceRow{
		ID: o.ID, Reminder: o.Reminder, Resident: o.Resident, Day: o.Day.String(), N: o.N, DueAt: store.Millis(o.Due), Zone: o.Zone.String(), PlannedAt: store.Millis(o.PlannedAt),
		Status: o.Status, Asked: o.Asked, Told: o.Told, Escalated: number(o.Escalated), DoneAt: store.Millis(o.DoneAt), HeardAt: store.Millis(o.HeardAt),
		OnTime: number(o.OnTime), By: o.By, Device: o.Device, Reason: o.Reason, Seen: string(seen), NextAt: store.Millis(next),
	}, err
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (row *occurrenceRow) occurrence() (Occurrence, error) {
	o := Occurrence{
		ID: row.ID, Reminder: row.Reminder, Resident: row.Resident, N: row.N, Due: store.Time(row.DueAt), PlannedAt: store.Time(row.PlannedAt),
		Status: row.Status, Asked: row.Asked, Told: row.Told, Escalated: row.Escalated != 0, DoneAt: store.Time(row.DoneAt), HeardAt: store.Time(row.HeardAt),
		OnTime: row.OnTime != 0, By: row.By, Device: row.Device, Reason: row.Reason,
	}
	var err error
	if o.Day, err = records.ParseDate(row.Day); err == nil {
		o.Zone, err = zones.Load(row.Zone)
	}
	if err == nil {
		err = json.Unmarshal([]byte(row.Seen), &o.Seen)
	}
	if err != nil {
		return o, fmt.Errorf("read occurrence %s of reminder %s: %w", row.ID, row.Reminder, err)
	}
	return o, nil
}

func occurrencesOf(rows []occurrenceRow) ([]Occurrence, error) {
	all := make([]Occurrence, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].occurrence(); err != nil {
			return nil, err
		}
	}
	return all, nil
}
