package devices

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Correction says who wore a device during a time that has passed, in place of
// what was said before.
type Correction struct {
	// Number is the order in which corrections were made, from 1.
	Number int64
	Device string
	// Resident is who wore it; "" for nobody, as it lay in a drawer.
	Resident string
	// Was is who was said to have worn it; "" for nobody.
	Was string
	// From <= t < To is the time that is corrected. GoesOn says that it is so from To on,
	// too: To is then when this was said.
	From, To time.Time
	GoesOn   bool
	// Before are all wearings of the device as they were, After as they are by this.
	Before, After []Wearing
	MadeAt        time.Time
	// MadeBy is the user who said so; "" for the command line.
	MadeBy string
	Why    string
	// Step is how far it is carried out.
	Step Step
	// UntilEntry is the last entry of the journal that may say otherwise; 0 while it
	// is being carried out, when any may.
	UntilEntry uint64
	// Outcome is what came of it so far, in the form of whoever carries it out.
	Outcome json.RawMessage
}

// Step is how far a correction is carried out.
type Step string

// The steps, in their order.
const (
	Noted  Step = "noted"  // the registry says so
	Moved  Step = "moved"  // readings are whose they are
	Judged Step = "judged" // alerts were judged again
	Done   Step = "done"
)

// Nobody is whose the readings of a device are that nobody wore: they are kept
// under this name, which no resident can have.
func Nobody(device string) string { return "nobody:" + device }

// Wearer is whose the device's readings are by the correction, and Wrong whose
// they were: a resident, or [Nobody].
func (c *Correction) Wearer() string { return orNobody(c.Resident, c.Device) }

// Wrong is the counterpart of Wearer.
func (c *Correction) Wrong() string { return orNobody(c.Was, c.Device) }

func orNobody(resident, device string) string {
	if resident == "" {
		return Nobody(device)
	}
	return resident
}

type correctionRow struct {
	bun.BaseModel `bun:"table:wearing_corrections"`

	Number     int64  `bun:"number,pk"`
	Device     string `bun:"device"`
	Resident   string `bun:"resident"`
	Was        string `bun:"was"`
	FromAt     int64  `bun:"from_at"`
	ToAt       int64  `bun:"to_at"`
	GoesOn     bool   `bun:"goes_on"`
	Before     string `bun:"before"`
	After      string `bun:"after"`
	MadeAt     int64  `bun:"made_at"`
	MadeBy     string `bun:"made_by"`
	Why        string `bun:"why"`
	Step       Step   `bun:"step"`
	UntilEntry int64  `bun:"until_entry,nullzero"`
	Outcome    string `bun:"outcome"`
}

// keptWearing is a wearing as a correction keeps it.
type keptWearing struct {
	Resident string `json:"resident"`
	From     int64  `json:"from"`
	To       int64  `json:"to,omitempty"`
}

func keepWearings(rows []wearingRow) (string, error) {
	kept := make([]keptWearing, len(rows))
	for i, w := range rows {
		kept[i] = keptWearing{w.Resident, w.FromAt, w.ToAt}
	}
	text, err := json.Marshal(kept)
	return string(text), err
}

func keptWearings(device, text string) ([]Wearing, error) {
	var kept []keptWearing
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, fmt.Errorf("read who wore device %q before: %w", device, err)
	}
	list := make([]Wearing, len(kept))
	for i, w := range kept {
		row := wearingRow{Device: device, Resident: w.Resident, FromAt: w.From, ToAt: w.To}
		list[i] = row.wearing()
	}
	return list, nil
}

func (row *correctionRow) correction() (c Correction, err error) {
	c = Correction{
		Number: row.Number, Device: row.Device, Resident: row.Resident, Was: row.Was, From: store.Time(row.FromAt), To: store.Time(row.ToAt), GoesOn: row.GoesOn,
		MadeAt: store.Time(row.MadeAt), MadeBy: row.MadeBy, Why: row.Why, Step: row.Step, UntilEntry: uint64(row.UntilEntry), Outcome: json.RawMessage(row.Outcome),
	}
	if c.Before, err = keptWearings(row.Device, row.Before); err == nil {
		c.After, err = keptWearings(row.Device, row.After)
	}
	return c, err
}

// Corrections lists what was corrected about who wore the device, the oldest first.
func (r *Registry) Corrections(ctx context.Context, device string) ([]Correction, error) {
	list, err := r.corrections(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("device = ?", device) })
	if err != nil {
		return nil, fmt.Errorf("list the corrections of device %q: %w", device, err)
	}
	return list, nil
}

// CorrectionsOf lists the corrections by which readings became the resident's or
// went from them, the oldest first.
func (r *Registry) CorrectionsOf(ctx context.Context, resident string) ([]Correction, error) {
	list, err := r.corrections(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("resident = ? OR was = ?", resident, resident)
	})
	if err != nil {
		return nil, fmt.Errorf("list the corrections about resident %q: %w", resident, err)
	}
	return list, nil
}

// AllCorrections lists every correction, the oldest first.
func (r *Registry) AllCorrections(ctx context.Context) ([]Correction, error) {
	list, err := r.corrections(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q })
	if err != nil {
		return nil, fmt.Errorf("list all corrections of who wore what: %w", err)
	}
	return list, nil
}

func (r *Registry) corrections(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Correction, error) {
	var rows []correctionRow
	if err := which(r.db.NewSelect().Model(&rows)).Order("number").Scan(ctx); err != nil {
		return nil, err
	}
	list := make([]Correction, len(rows))
	for i := range rows {
		var err error
		if list[i], err = rows[i].correction(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Advance notes, in the transaction of what was done, that a correction was
// carried out up to a step, and what came of it. UntilEntry is 0 before [Done].
func (r *Registry) Advance(ctx context.Context, tx bun.IDB, number int64, to Step, untilEntry uint64, outcome json.RawMessage) error {
	row := correctionRow{Number: number, Step: to, UntilEntry: int64(untilEntry), Outcome: string(outcome)}
	_, err := tx.NewUpdate().Model(&row).WherePK().Column("step", "until_entry", "outcome").Exec(ctx)
	if err != nil {
		return fmt.Errorf("note how far correction %d is: %w", number, err)
	}
	return nil
}

// Correcting reports whether a correction of who wore a device is being carried out that
// is about a resident, read in db, which may be a transaction.
func Correcting(ctx context.Context, db bun.IDB, resident string) (bool, error) {
	under, err := db.NewSelect().Model((*correctionRow)(nil)).Where("(resident = ? OR was = ?)", resident, resident).Where("step <> ?", Done).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("ask whether a correction about resident %s is being carried out: %w", resident, err)
	}
	return under, nil
}
