// Package recordings reads recordings of real people and rooms for a backtest, in
// the formats in which researchers publish them: hospital stays (CLIF tables as
// CSV), homes with binary sensors and activity labels (as of Ordóñez, 2013), and
// the climate of a room (as of Candanedo, 2016). A file is known by its heading,
// whatever it is called.
//
// What a recording does not say is not made up: a value that cannot be one of
// Anxin's metrics is left out and counted, and what is beyond what a body can
// have is marked as it is when it comes live.
package recordings

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/vitals"
)

// Recordings are all that a folder holds. They are a [backtest.Source] of one
// resident for each hospital stay, home or room.
type Recordings struct {
	people map[string]*person
	// Files are those that were read, by name.
	Files []File
}

// File is one file.
type File struct {
	Name   string
	Format string // "clif", "adl", "room"; "" for one of another kind, which was passed over
	Rows   int
	// Passed are the rows that gave no reading, by reason.
	Passed map[string]int
}

// Label is what somebody wrote down that a resident did.
type Label struct {
	Activity string
	From, To time.Time
}

// person is a resident of a recording.
type person struct {
	profile  engine.Profile
	messages []backtest.Message
	labels   []Label
	// samples are of hospital stays, by device and time, until they are settled.
	samples map[moment]*vitals.Sample
	sensors map[moment]string
}

type moment struct {
	device string
	at     int64
}

// Read reads the recordings of a folder and what is below it.
func Read(fsys fs.FS) (*Recordings, error) {
	r := &Recordings{people: map[string]*person{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || d.IsDir() || ext != ".csv" && ext != ".txt" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if err := r.file(name, text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read recordings: %w", err)
	}
	for _, p := range r.people {
		p.settle()
	}
	return r, nil
}

// file reads one file, by its heading.
func (r *Recordings) file(name string, text []byte) error {
	heading, _, _ := bufio.NewReader(bytes.NewReader(text)).ReadLine()
	line := strings.ToLower(string(heading))
	f := File{Name: name, Passed: map[string]int{}}
	who := strings.TrimSuffix(path.Base(name), path.Ext(name))
	var err error
	switch {
	case strings.Contains(line, "hospitalization_id"):
		f.Format = "clif"
		err = r.clif(&f, text)
	case strings.HasPrefix(line, "start time") && strings.Contains(line, "location"):
		f.Format = "adl"
		r.sensors(&f, home(who), text)
	case strings.HasPrefix(line, "start time") && strings.Contains(line, "activity"):
		f.Format = "adl"
		r.labels(&f, home(who), text)
	case strings.Contains(line, "temperature") && strings.Contains(line, "humidity") && strings.Contains(line, "date"):
		f.Format = "room"
		err = r.room(&f, who, text)
	}
	r.Files = append(r.Files, f)
	return err
}

func (r *Recordings) person(id string) *person {
	p, ok := r.people[id]
	if !ok {
		p = &person{profile: engine.Profile{Zone: time.UTC}, samples: map[moment]*vitals.Sample{}, sensors: map[moment]string{}}
		r.people[id] = p
	}
	return p
}

// says adds a value that a device measured. One that it has said before for that
// moment is the reading, as it is when it comes live.
func (p *person) says(device, zone string, at int64, v vitals.Value) bool {
	key := moment{device, at}
	s := p.samples[key]
	if s == nil {
		s = &vitals.Sample{At: at}
		p.samples[key] = s
		p.sensors[key] = zone
	}
	if slices.ContainsFunc(s.Values, func(known vitals.Value) bool { return known.Metric == v.Metric }) {
		return false
	}
	s.Values = append(s.Values, v)
	return true
}

// settle puts what was said in the order of time, and marks what cannot be right.
func (p *person) settle() {
	keys := slices.Collect(maps.Keys(p.samples))
	slices.SortFunc(keys, func(a, b moment) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.device, b.device)) })
	var weight *vitals.Reading
	for _, k := range keys {
		s := p.samples[k]
		vitals.Check(s)
		for i := range s.Values {
			v := &s.Values[i]
			if v.Metric != vitals.BodyWeight || v.Marks.Unfit() {
				continue
			}
			next := vitals.Reading{Metric: v.Metric, Number: v.Number, At: time.UnixMilli(s.At)}
			if weight != nil && vitals.Jumped(*weight, next) {
				v.Marks |= vitals.Jump
			} else {
				weight = &next
			}
		}
		p.messages = append(p.messages, backtest.Message{
			Received: s.At, Readings: engine.Readings{Device: k.device, Zone: p.sensors[k], Samples: []vitals.Sample{*s}},
		})
	}
	p.samples, p.sensors = nil, nil
	slices.SortFunc(p.labels, func(a, b Label) int { return a.From.Compare(b.From) })
}

// after is how long after the last reading a resident is still watched: what a
// reading calls for may need a while to be believed.
const after = 30 * time.Minute

// Residents implements [backtest.Source], in the order of their ids.
func (r *Recordings) Residents(context.Context) ([]backtest.Resident, error) {
	var all []backtest.Resident
	for _, id := range slices.Sorted(maps.Keys(r.people)) {
		p := r.people[id]
		if len(p.messages) == 0 {
			continue
		}
		all = append(all, backtest.Resident{
			ID: id, Profile: p.profile,
			From: time.UnixMilli(p.messages[0].Received).UTC(), To: time.UnixMilli(p.messages[len(p.messages)-1].Received).UTC().Add(after),
		})
	}
	return all, nil
}

// Messages implements [backtest.Source].
func (r *Recordings) Messages(_ context.Context, resident string, from, to time.Time) iter.Seq2[backtest.Message, error] {
	return func(yield func(backtest.Message, error) bool) {
		p, ok := r.people[resident]
		if !ok {
			return
		}
		for _, m := range p.messages {
			if m.Received < from.UnixMilli() || m.Received >= to.UnixMilli() {
				continue
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// Labels are what a resident was written down to do, in the order of time.
func (r *Recordings) Labels(resident string) []Label {
	if p, ok := r.people[resident]; ok {
		return p.labels
	}
	return nil
}

// At is the activity that a resident was written down for at a moment, the one
// that began last; "" for none.
func (r *Recordings) At(resident string, at time.Time) string {
	activity := ""
	for _, l := range r.Labels(resident) {
		if !at.Before(l.From) && at.Before(l.To) {
			activity = l.Activity
		}
	}
	return activity
}

// Rejected are the readings by metric that are marked as what cannot be right.
func (r *Recordings) Rejected() map[vitals.Metric]int {
	counts := map[vitals.Metric]int{}
	for _, p := range r.people {
		for _, m := range p.messages {
			for _, v := range m.Samples[0].Values {
				if v.Marks.Unfit() {
					counts[v.Metric]++
				}
			}
		}
	}
	return counts
}

// parseTime reads the times of the formats. One without a zone is on the wall
// clock of the place, which is then the resident's.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), " UTC")
	for _, layout := range []string{"2006-01-02 15:04:05", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
