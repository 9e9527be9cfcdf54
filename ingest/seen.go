package ingest

import (
	"cmp"
	"context"
	"hash/maphash"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Lookup asks the timeline which of the readings it has; only device, metric
// and time count.
type Lookup func(ctx context.Context, readings []vitals.Reading) ([]bool, error)

const (
	// momentsKept bounds the memory of all devices together, about 40 bytes each.
	momentsKept = 2_000_000
	// Each device remembers at least and at most so many moments.
	minMoments, maxMoments = 64, 4096
	// resendWindow is how long after a message a copy of it that MQTT marks as
	// sent again is taken for that copy, when it says no time by itself.
	resendWindow = 2 * time.Minute
	// lookupPause follows a lookup that failed, so that a timeline that is down
	// or far behind does not hold up the readings.
	lookupPause   = 30 * time.Second
	lookupTimeout = 10 * time.Second
)

// seen knows which readings have been accepted: for each device the newest
// moments and what was measured then, in memory. About older ones the timeline
// is asked, by the sender's goroutine, so that who sends old readings waits for
// the answer and nobody else does. All the rest is used by one goroutine.
type seen struct {
	mu      sync.RWMutex // held to change devices, and by senders to read it
	devices map[string]*memory
	// covered: readings from before were perhaps accepted without being remembered.
	covered int64
	lookup  Lookup
	// resumed is when lookups go on after one that failed, Unix nanoseconds.
	resumed atomic.Int64
	seed    maphash.Seed
}

// memory is what is remembered of one device.
type memory struct {
	moments []moment // by time
	odd     []moment // of a clock that was not believed, by the time it said
	// floor: moments up to here were forgotten.
	floor atomic.Int64
	// given is the newest time given to a sample whose own would not do.
	given  int64
	resent []fingerprint
	// last is each metric's newest value, for formats that repeat themselves.
	last map[vitals.Metric]lastValue
	// told are the events of formats that echo them; messages counts theirs.
	told     map[vitals.Metric]told
	messages int
}

type moment struct {
	at      int64
	metrics metricSet
}

type metricSet [4]uint64

func (s *metricSet) has(m vitals.Metric) bool { return s[m>>6]&(1<<(m&63)) != 0 }
func (s *metricSet) add(m vitals.Metric)      { s[m>>6] |= 1 << (m & 63) }

type fingerprint struct {
	sum      uint64
	received int64
}

type lastValue struct {
	number   float64
	received int64
}

func newSeen(lookup Lookup) *seen {
	return &seen{devices: map[string]*memory{}, covered: math.MinInt64, lookup: lookup, seed: maphash.MakeSeed()}
}

func (s *seen) device(id string) *memory {
	d := s.devices[id]
	if d == nil {
		d = &memory{}
		d.floor.Store(s.covered)
		s.mu.Lock()
		s.devices[id] = d
		s.mu.Unlock()
	}
	return d
}

// remember notes an accepted report, when the memory is filled again from the
// journal after a start.
func (s *seen) remember(r *vitals.Report) {
	d := s.device(r.Device)
	d.makeRoom(r.Samples)
	timed := true
	for i := range r.Samples {
		sample := &r.Samples[i]
		timed = timed && sample.DeviceTime != 0
		if sample.DeviceTime != sample.At {
			d.given = max(d.given, sample.At)
		}
		for _, v := range sample.Values {
			d.note(sample, v.Metric)
			d.recall(v, r.Received)
		}
	}
	if !timed {
		d.resent = append(d.resent, fingerprint{s.sum(r.Samples), r.Received})
		d.forgetResent(r.Received)
	}
	d.trim(s.room())
}

// fresh takes out of the report what was accepted before, and remembers the
// rest. Old is what the timeline was found to have. It returns how many values
// were new and how many known.
func (s *seen) fresh(r *vitals.Report, old stored) (news, known int) {
	d := s.device(r.Device)
	if len(r.Samples) > 1 {
		slices.SortStableFunc(r.Samples, func(a, b vitals.Sample) int { return cmp.Compare(a.At, b.At) })
	}
	d.makeRoom(r.Samples)
	n := 0
	for i := range r.Samples {
		sample := &r.Samples[i]
		kept := sample.Values[:0]
		for _, v := range sample.Values {
			if old.has(sample.At, v.Metric) || !d.note(sample, v.Metric) {
				known++
				continue
			}
			kept = append(kept, v)
			news++
		}
		sample.Values = kept
		if len(kept) > 0 {
			r.Samples[n] = *sample
			n++
		}
	}
	r.Samples = r.Samples[:n]
	d.trim(s.room())
	return news, known
}

// resent reports whether the message is a copy of one that was accepted a
// moment ago: MQTT says that it is sent again, it carries no time of its own,
// and the values are the same.
func (s *seen) resent(r *vitals.Report, dup bool) bool {
	timed := true
	for i := range r.Samples {
		timed = timed && r.Samples[i].DeviceTime != 0
	}
	if timed {
		return false
	}
	d := s.device(r.Device)
	d.forgetResent(r.Received)
	sum := s.sum(r.Samples)
	if i := slices.IndexFunc(d.resent, func(f fingerprint) bool { return f.sum == sum }); dup && i >= 0 {
		// It may come once more, as often as the connection is lost.
		d.resent = append(slices.Delete(d.resent, i, i+1), fingerprint{sum, r.Received})
		return true
	}
	d.resent = append(d.resent, fingerprint{sum, r.Received})
	return false
}

func (d *memory) forgetResent(now int64) {
	const kept = 64
	drop := max(0, len(d.resent)-kept)
	for drop < len(d.resent) && d.resent[drop].received < now-resendWindow.Milliseconds() {
		drop++
	}
	if drop > 0 {
		d.resent = slices.Delete(d.resent, 0, drop)
	}
}

// wake takes the time during which we were away out of the window, in which
// nobody could send again. Newest is when the last report was received before.
func (s *seen) wake(newest, now int64) {
	away := max(0, now-newest)
	for _, d := range s.devices {
		for i := range d.resent {
			d.resent[i].received += away
		}
	}
}

func (s *seen) sum(samples []vitals.Sample) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for i := range samples {
		maphash.WriteComparable(&h, samples[i].DeviceTime)
		for _, v := range samples[i].Values {
			maphash.WriteComparable(&h, v.Metric)
			maphash.WriteComparable(&h, v.Number)
		}
	}
	return h.Sum64()
}

// isOdd reports whether a sample is of a clock that was not believed. It is
// known again by the time which that clock showed.
func isOdd(sample *vitals.Sample) bool {
	return sample.DeviceTime != 0 && sample.DeviceTime != sample.At
}

// manySamples is from when on makeRoom is worth its while.
const manySamples = 64

// makeRoom puts the moments of many samples in all at once. One by one before
// newer ones, those of the largest message would keep everybody waiting for
// seconds.
func (d *memory) makeRoom(samples []vitals.Sample) {
	if len(samples) < manySamples {
		return
	}
	added := map[*[]moment][]moment{}
	for i := range samples {
		s := &samples[i]
		added[&d.moments] = append(added[&d.moments], moment{at: s.At})
		if isOdd(s) {
			added[&d.odd] = append(added[&d.odd], moment{at: s.DeviceTime})
		}
	}
	byTime := func(a, b moment) int { return cmp.Compare(a.at, b.at) }
	for list, more := range added {
		if !slices.IsSortedFunc(more, byTime) {
			slices.SortFunc(more, byTime)
		}
		*list = merge(*list, more)
	}
}

// merge adds new moments to what there is, both by time. What is there stays.
func merge(old, more []moment) []moment {
	all := make([]moment, 0, len(old)+len(more))
	for _, m := range more {
		for len(old) > 0 && old[0].at <= m.at {
			all, old = append(all, old[0]), old[1:]
		}
		if len(all) == 0 || all[len(all)-1].at != m.at {
			all = append(all, m)
		}
	}
	return append(all, old...)
}

// note remembers that the metric was measured in the sample, and reports
// whether that is new. Of a wrong clock it is not when the moment it was given
// is another reading's: the timeline would keep only one.
func (d *memory) note(sample *vitals.Sample, m vitals.Metric) bool {
	if isOdd(sample) && !mark(&d.odd, sample.DeviceTime, m) {
		return false
	}
	return mark(&d.moments, sample.At, m)
}

// mark adds the metric to a moment of a list, and reports whether it was new there.
func mark(list *[]moment, at int64, m vitals.Metric) bool {
	moments := *list
	i := len(moments)
	if i > 0 && moments[i-1].at >= at {
		i, _ = slices.BinarySearchFunc(moments, at, func(m moment, at int64) int { return cmp.Compare(m.at, at) })
	}
	if i == len(moments) || moments[i].at != at {
		moments = slices.Insert(moments, i, moment{at: at})
		*list = moments
	}
	if moments[i].metrics.has(m) {
		return false
	}
	moments[i].metrics.add(m)
	return true
}

func (s *seen) room() int { return min(max(momentsKept/len(s.devices), minMoments), maxMoments) }

// trim forgets the oldest moments when there are more than twice the room.
func (d *memory) trim(room int) {
	if len(d.moments) > 2*room {
		drop := len(d.moments) - room
		d.floor.Store(d.moments[drop-1].at)
		d.moments = slices.Clone(d.moments[drop:])
	}
	if len(d.odd) > 2*room {
		d.odd = slices.Clone(d.odd[len(d.odd)-room:])
	}
}

// repeats takes out values that the format only says again: the same value of
// the same metric within the window.
func (d *memory) repeats(r *vitals.Report, window time.Duration) (known int) {
	if d.last == nil {
		d.last = map[vitals.Metric]lastValue{}
	}
	n := 0
	for i := range r.Samples {
		sample := &r.Samples[i]
		kept := sample.Values[:0]
		for _, v := range sample.Values {
			l, ok := d.last[v.Metric]
			if ok && sample.DeviceTime == 0 && l.number == v.Number && r.Received-l.received < window.Milliseconds() {
				known++
				continue
			}
			d.last[v.Metric] = lastValue{v.Number, r.Received}
			kept = append(kept, v)
		}
		sample.Values = kept
		if len(kept) > 0 {
			r.Samples[n] = *sample
			n++
		}
	}
	r.Samples = r.Samples[:n]
	return known
}

// stored is what a lookup found to be in the timeline.
type stored map[storedKey]struct{}

type storedKey struct {
	at     int64
	metric vitals.Metric
}

func (s stored) has(at int64, m vitals.Metric) bool {
	_, ok := s[storedKey{at, m}]
	return ok
}

// forgotten asks the timeline about values that are too old to be remembered.
// When it does not answer they pass for new: the timeline keeps a reading once
// however often it is given. It is called by senders.
func (s *seen) forgotten(ctx context.Context, device string, samples []vitals.Sample, received int64) stored {
	if s.lookup == nil || time.Now().UnixNano() < s.resumed.Load() {
		return nil
	}
	s.mu.RLock()
	floor := s.covered
	if d := s.devices[device]; d != nil {
		floor = d.floor.Load()
	}
	s.mu.RUnlock()
	var old []vitals.Reading
	for i := range samples {
		sample := &samples[i]
		if sample.At == 0 || sample.At > floor || !believable(sample.At, received) {
			continue // a time of our own making was never stored before
		}
		for _, v := range sample.Values {
			old = append(old, vitals.Reading{Device: device, Metric: v.Metric, At: time.UnixMilli(sample.At)})
		}
	}
	if len(old) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	have, err := s.lookup(ctx, old)
	if err != nil {
		s.resumed.Store(time.Now().Add(lookupPause).UnixNano())
		return nil
	}
	found := stored{}
	for i, reading := range old {
		if have[i] {
			found[storedKey{reading.At.UnixMilli(), reading.Metric}] = struct{}{}
		}
	}
	return found
}
