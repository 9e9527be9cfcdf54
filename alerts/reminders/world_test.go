package reminders_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// world is a resident with reminders, whose clock the test turns. It stands in for
// the residents, the people who are told and the alerts.
type world struct {
	t       testing.TB
	db      *store.DB
	book    *reminders.Book
	runner  *reminders.Runner
	witness *reminders.Witness
	teller  reminders.Teller // the world itself unless a test says so

	mu      sync.Mutex
	now     time.Time
	zone    string
	version int64
	excused string
	behind  bool
	seq     uint64
	calls   map[string]bool // what the alerts have taken in
	handed  map[string]bool // tellings of which the occurrence knows what became
	mute    bool            // nobody can be told
	heard   []string        // by the alerts
}

// morning is when the stories begin: 06:00 in Shanghai.
var morning = time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, now: morning, zone: "Asia/Shanghai", version: 1, calls: map[string]bool{}, handed: map[string]bool{}}
	w.teller = w
	if _, err := db.ExecContext(t.Context(), "INSERT INTO residents (id, name, sex, room, time_zone, language, created_at) VALUES ('r1', 'Li', 'female', '', 'Asia/Shanghai', '', 0)"); err != nil {
		t.Fatal(err)
	}
	w.restart()
	return w
}

// restart begins anew from what the database holds.
func (w *world) restart() {
	w.book = reminders.NewBook(w.db, w, w.teller, w.clock)
	w.runner = reminders.NewRunner(w.book, w, func() bool { return w.behind }, testLog)
	w.witness = reminders.NewWitness(w.book, w.runner)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) TimeZones(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"r1": w.zone}, nil
}

func (w *world) Version() int64 { return w.version }

func (w *world) Excused(context.Context, ...string) (map[string]string, error) {
	if w.excused == "" {
		return nil, nil
	}
	return map[string]string{"r1": w.excused}, nil
}

// Tell keeps what is told in the database, as a teller must.
func (w *world) Tell(ctx context.Context, tx bun.Tx, t reminders.Telling) error {
	said := t.Words.Spoken("").EN
	if t.Person != "" {
		said = t.Person + ": " + t.Words.Written("").EN
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO reminder_tellings (id, at, until, resident, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		t.ID, t.At.UnixMilli(), t.Until.UnixMilli(), t.Resident, said)
	return err
}

func (w *world) Raise(_ context.Context, key string, what engine.Raise) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls[what.ID] {
		return nil
	}
	w.calls[what.ID] = true
	var open, over []string
	for _, one := range what.Incidents {
		said := one.Kind + " " + one.What
		if one.Over {
			over = append(over, said)
		} else {
			open = append(open, said)
		}
	}
	said := fmt.Sprintf("%s raise %s %s", key, what.Rule, strings.Join(open, ", "))
	if what.Severity != 0 {
		said += " (" + what.Severity.String() + ")"
	}
	if len(over) > 0 {
		said += fmt.Sprintf(" before: %d", len(over))
	}
	w.heard = append(w.heard, said)
	return nil
}

func (w *world) Lower(_ context.Context, key string, what engine.Lower) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, fmt.Sprintf("%s lower %s", key, what.Rule))
	return nil
}

// work lets the runner work now.
func (w *world) work() {
	w.t.Helper()
	if _, err := w.runner.Work(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.hand()
}

// hand has the occurrences note that what was told since the last time was handed on,
// or that nobody could be told. An outbox does so itself.
func (w *world) hand() {
	w.t.Helper()
	if w.teller != reminders.Teller(w) {
		return
	}
	var ids []string
	if err := w.db.NewRaw("SELECT id FROM reminder_tellings ORDER BY id").Scan(w.t.Context(), &ids); err != nil {
		w.t.Fatal(err)
	}
	for _, id := range ids {
		if w.handed[id] {
			continue
		}
		w.handed[id] = true
		if err := reminders.Note(w.t.Context(), w.db, id[:strings.LastIndex(id, "-")], reminders.Handed{Nobody: w.mute}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// until lets time pass, with a look every so often.
func (w *world) until(at time.Time, every time.Duration) {
	w.t.Helper()
	for w.work(); w.now.Before(at); w.work() {
		w.mu.Lock()
		w.now = w.now.Add(min(every, at.Sub(w.now)))
		w.mu.Unlock()
	}
}

// clockOf is a time of the first day in Shanghai, or of a later one: "08:15", "2 08:15".
func clockOf(text string) time.Time {
	day, clock, ok := strings.Cut(text, " ")
	if !ok {
		day, clock = "1", text
	}
	at, err := time.Parse("2006-01-2 15:04 -0700", "2026-12-"+day+" "+clock+" +0800")
	if err != nil {
		panic(err)
	}
	return at.UTC()
}

func pattern(t testing.TB, text string) timetable.Pattern {
	t.Helper()
	p, err := timetable.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) remind(r reminders.Reminder, schedule string) reminders.Reminder {
	w.t.Helper()
	r.Resident = "r1"
	if schedule != "" {
		r.Schedule = pattern(w.t, schedule)
	}
	if r.Kind == "" {
		r.Kind = reminders.Medication
	}
	made, err := w.book.Create(w.t.Context(), r, "u1")
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// says has a device say a value, that it measured at a time.
func (w *world) says(m vitals.Metric, value float64, at time.Time) {
	w.t.Helper()
	w.seq++
	err := w.witness.Hear(w.t.Context(), []alerts.Passed{{Seq: w.seq, Report: vitals.Report{
		Device: "d1", Received: w.clock().UnixMilli(), Residents: []string{"r1"},
		Samples: []vitals.Sample{{At: at.UnixMilli(), Values: []vitals.Value{{Metric: m, Number: value}}}},
	}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// told are what was said so far and when, in Shanghai.
func (w *world) told() (all []string) {
	w.t.Helper()
	var rows []struct {
		At   int64
		Body string
	}
	if err := w.db.NewRaw("SELECT at, body FROM reminder_tellings ORDER BY at, id").Scan(w.t.Context(), &rows); err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		all = append(all, time.UnixMilli(row.At).In(shanghai).Format("02 15:04 ")+row.Body)
	}
	return all
}

var shanghai = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}()

func (w *world) occurrences(from, to time.Time) []reminders.Occurrence {
	w.t.Helper()
	all, err := w.book.Occurrences(w.t.Context(), reminders.Query{Residents: []string{"r1"}, From: from, To: to})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// statuses are what became of the occurrences of some days, in Shanghai.
func (w *world) statuses(from, to time.Time) (all []string) {
	w.t.Helper()
	for _, o := range w.occurrences(from, to) {
		said := o.Due.In(shanghai).Format("02 15:04 ") + string(o.Status)
		if o.Status == reminders.Done && !o.OnTime {
			said += " late"
		}
		all = append(all, said)
	}
	return all
}

func (w *world) expect(what string, got []string, want ...string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

var testLog = slog.New(slog.DiscardHandler)
