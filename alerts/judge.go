package alerts

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// Sensors knows what kind of thing a device is, and where it stands.
type Sensors interface {
	Sensor(device string) (class, zone string)
}

// Judge follows the journal and people on behalf of the engine, and writes what
// it decides. It keeps the states of all residents in memory; from time to time
// it writes them with how far it has come, and after a restart goes on from
// there: the same events then give the same alerts, which are there already.
//
// One mutex guards it: a group of entries takes microseconds.
type Judge struct {
	db      *store.DB
	engine  *engine.Engine
	rules   *rules.Set
	sensors Sensors
	log     *slog.Logger
	now     func() time.Time

	mu     sync.Mutex
	states map[string]*engine.State // by resident, and by [HomeKey]
	due    due
	// forgotten are residents of whom nothing is to be known: see [Judge.Forget].
	forgotten map[string]struct{}
	profiles  map[string]Profile
	gear      map[string]Equipment // by [HomeKey]
	homeOf    map[string]string    // the key of the home that each device is expected in
	dirty     map[string]struct{}  // states that changed since they were written
	passed    uint64               // the journal's entry that was heard last
	received  int64                // when that one was received
	inputs    uint64               // the number of the newest input
	replay    []inputRow           // inputs to be heard again, after a restart
	began     uint64               // the journal's last entry at the start: heard before, perhaps
	alive     int64                // until when all was heard that there was, in Unix milliseconds
	hearing   bool                 // whether that is so now
	deaf      []engine.Deaf        // when nothing could be heard, as far as the engine was not told yet
	renewed   []inputRow           // profiles and equipment since the states were last written
	unsaved   unsaved
	saved     time.Time  // when the states were last written
	saving    bool       // whether they are on their way to the tables, without mu
	idle      *sync.Cond // of mu; signalled when saving ends
	since     int64      // when the engine's rules began to be judged by
	next      *rules.Set // to be judged by once all is heard again; nil when there are no others
	warmed    warmed
	noted     map[string][]engine.Received // what states hear that are being made anew
	settled   bool                         // whether all is heard again, and what no state knows was adopted
	told      func([]engine.Transition)
	aliases   map[string]string // residents whose files went into others', with into whose
}

// unsaved is what the engine has decided and no table holds yet.
type unsaved struct {
	inputs      []inputRow
	transitions []engine.Transition
	raises      []raiseRow
}

// OpenJudge returns a judge as it was when its states were last written. Last is
// the last entry of the journal: until that is heard, the judge knows less than
// the tables may hold, and takes in nothing else. Told hears of new transitions
// once they are written; it must not block.
func OpenJudge(ctx context.Context, db *store.DB, set *rules.Set, sensors Sensors, last uint64, told func([]engine.Transition), log *slog.Logger, now func() time.Time) (*Judge, error) {
	j := &Judge{
		db: db, sensors: sensors, log: log, now: now, told: told, began: last, hearing: true,
		states: map[string]*engine.State{}, forgotten: map[string]struct{}{}, profiles: map[string]Profile{}, gear: map[string]Equipment{}, homeOf: map[string]string{}, dirty: map[string]struct{}{}, aliases: map[string]string{},
		noted: map[string][]engine.Received{},
	}
	j.idle = sync.NewCond(&j.mu)
	if err := j.takeRules(ctx, set); err != nil {
		return nil, fmt.Errorf("open the alerts: %w", err)
	}
	if err := j.load(ctx); err != nil {
		return nil, fmt.Errorf("open the alerts: %w", err)
	}
	j.wakeUp()
	return j, nil
}

// Cursor is the journal's entry up to which the written states have heard.
func (j *Judge) Cursor() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.passed
}

// Passed is an entry of the journal, decoded.
type Passed struct {
	Seq    uint64
	Report vitals.Report
	// Others are the parts of it that are about other residents than the Report: those
	// of a message that its device measured partly on somebody else.
	Others []vitals.Report
}

// Hear takes entries of the journal in, in their order, and writes what comes
// of them. After an error it may be called again with the same.
func (j *Judge) Hear(ctx context.Context, entries []Passed) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range entries {
		e := &entries[i]
		if e.Seq <= j.passed {
			continue
		}
		if err := j.again(e.Seq); err != nil {
			return err
		}
		if e.Seq > j.began {
			if err := j.listen(); err != nil {
				return err
			}
		}
		j.hear(e)
		j.passed, j.received = e.Seq, max(j.received, e.Report.Received)
		if e.Seq > j.began {
			j.alive = max(j.alive, e.Report.Received)
		}
	}
	return j.write(ctx)
}

func (j *Judge) hear(e *Passed) {
	r := &e.Report
	if len(r.Samples) == 0 {
		return
	}
	in := engine.Readings{Device: r.Device, Samples: r.Samples}
	in.Class, in.Zone = j.sensors.Sensor(r.Device)
	for _, resident := range j.whose(r.Residents) {
		j.step(resident, engine.Event{At: r.Received, Seq: e.Seq, What: in})
	}
	all := r.Samples
	for _, other := range e.Others {
		in.Samples = other.Samples
		for _, resident := range other.Residents {
			j.step(resident, engine.Event{At: r.Received, Seq: e.Seq, What: in})
		}
		all = slices.Concat(all, other.Samples)
	}
	if home, ok := j.homeOf[r.Device]; ok {
		j.step(home, engine.Event{At: r.Received, Seq: e.Seq, What: engine.Heard{Device: r.Device, Samples: all}})
	}
}

// ready hears again what it can, and reports whether that was all that may have
// been heard before. New inputs have to wait for the old ones, which wait for the
// entries that they came after.
func (j *Judge) ready() (bool, error) {
	if err := j.again(j.passed + 1); err != nil {
		return false, err
	}
	if len(j.replay) > 0 || j.passed < j.began {
		return false, nil
	}
	return true, j.listen()
}

// again hears inputs that came before an entry of the journal, after a restart.
func (j *Judge) again(before uint64) error {
	for len(j.replay) > 0 && uint64(j.replay[0].After) < before {
		row := j.replay[0]
		j.replay = j.replay[1:]
		event, err := row.event()
		if err != nil {
			return err
		}
		j.stepAll(row.Resident, event)
	}
	return nil
}

// everybody is whom an input is for that all states hear.
const everybody = ""

func (j *Judge) stepAll(key string, e engine.Event) {
	if key != everybody {
		j.step(key, e)
		return
	}
	for _, key := range sortedKeys(j.states) {
		j.step(key, e)
	}
}

// put keeps a state that was read, or made of another.
func (j *Judge) put(key string, s *engine.State) {
	j.states[key] = s
	j.due.set(key, s.Next())
}

// step lets the engine of a resident, or of a home by its [HomeKey], hear an
// event.
func (j *Judge) step(key string, e engine.Event) []engine.Transition {
	if !j.knows(key) {
		return nil
	}
	key = j.survivor(key)
	s, ok := j.states[key]
	if !ok {
		s = newState(key)
		j.states[key] = s
	}
	if e.Input != 0 && e.Input <= s.Input() {
		return nil // it was heard, and is written
	}
	j.note(key, e)
	j.dirty[key] = struct{}{}
	if _, moved := e.What.(engine.Equipment); moved {
		before := s.Devices()
		defer func() { j.findDevices(key, s.Devices(), before) }()
	}
	out, next := j.engine.Step(s, e)
	j.due.set(key, next)
	j.unsaved.transitions = append(j.unsaved.transitions, out...)
	for i := range out {
		if j.engine.Darkens(&out[i]) {
			for _, resident := range s.Residents() {
				j.step(resident, engine.Event{At: out[i].At, What: engine.Dark{}})
			}
		}
	}
	return out
}

// input tells the engine of something that is not in the journal.
func (j *Judge) input(resident string, at time.Time, what any) error {
	if !j.knows(resident) {
		return nil
	}
	if !j.hearing && j.received != 0 && at.UnixMilli() > j.received {
		at = time.UnixMilli(j.received) // what came since then is still to be heard
	}
	kind, body, err := inputOf(what)
	if err != nil {
		return err
	}
	j.inputs++
	row := inputRow{ID: int64(j.inputs), After: int64(j.passed), At: at.UnixMilli(), Resident: resident, Kind: kind, Body: body}
	event, err := row.event()
	if err != nil {
		return err
	}
	j.stepAll(resident, event)
	if kind == profileKind || kind == equipmentKind {
		j.renewed = append(j.renewed, row)
	}
	j.unsaved.inputs = append(j.unsaved.inputs, row)
	return nil
}

// Enrol tells the engine of residents whose profile is new or another than
// before. After a restart it does nothing, and says so, until what was heard
// before it is heard again: it is to be called again then.
func (j *Judge) Enrol(ctx context.Context, profiles map[string]Profile) (told bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return false, err
	}
	for _, resident := range sortedKeys(profiles) {
		p := profiles[resident]
		if known, ok := j.profiles[resident]; ok && reflect.DeepEqual(known, p) {
			continue
		}
		if !j.knows(resident) {
			continue
		}
		if err := j.input(resident, j.now(), p); err != nil {
			return false, err
		}
		j.profiles[resident] = p
	}
	return true, j.write(ctx)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// grace is how much later than a reading's arrival the engine may believe that
// nothing else came before.
const grace = time.Second

// Tick lets the time pass that has passed: until now when the judge has heard
// all that the journal holds, else until where it has heard. Our own lag is
// nobody's silence. From time to time it writes the states, too.
func (j *Judge) Tick(ctx context.Context, caughtUp bool) error {
	if err := j.passAll(ctx, caughtUp); err != nil {
		return err
	}
	return j.saveSometimes(ctx)
}

func (j *Judge) passAll(ctx context.Context, caughtUp bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return err
	}
	if err := j.settle(ctx); err != nil {
		return err
	}
	at := j.now().Add(-grace).UnixMilli()
	if j.hearing = caughtUp; caughtUp {
		j.alive = max(j.alive, at)
	} else {
		at = min(at, j.received)
	}
	keys := j.due.by(at)
	slices.Sort(keys)
	for _, resident := range keys {
		j.passTime(resident, at)
	}
	return j.write(ctx)
}

// passTime works off what time brings about for a resident, at its own moments.
// What told something is to be heard again after a restart, since an entry of
// the journal that arrived before that moment may be heard after it.
func (j *Judge) passTime(resident string, until int64) {
	s := j.states[resident]
	for next := s.Next(); next != 0 && next <= until; next = s.Next() {
		j.inputs++
		if told := j.step(resident, engine.Event{At: next, Input: j.inputs, What: engine.Tick{}}); len(told) > 0 {
			j.unsaved.inputs = append(j.unsaved.inputs, inputRow{
				ID: int64(j.inputs), After: int64(j.passed), At: next, Resident: resident, Kind: "tick", Body: "{}",
			})
		}
	}
}
