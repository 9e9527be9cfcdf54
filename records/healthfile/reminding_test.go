package healthfile_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
)

// reminders are those of a test, by id: what they say. They fail while down is set.
type reminders struct {
	says map[string]string
	fed  []healthfile.Feed
	down bool
}

func (r *reminders) Check(m healthfile.Medicine) []store.Field {
	if m.Schedule == "often" {
		return []store.Field{{Path: "schedule", Message: "is no schedule"}}
	}
	return nil
}

func (r *reminders) Follow(_ context.Context, f healthfile.Feed) (string, error) {
	if r.down {
		return "", errors.New("down")
	}
	r.fed = append(r.fed, f)
	id := f.Reminder
	if id == "" {
		id = fmt.Sprint("m-", len(r.says)+1)
	}
	r.says[id] = f.Medicine.Label() + " " + f.Medicine.Schedule
	return id, nil
}

func (r *reminders) End(_ context.Context, _, reminder, _ string) error {
	if r.down {
		return errors.New("down")
	}
	r.says[reminder] = "ended"
	return nil
}

func TestRemindersFollowMedicines(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		r := &reminders{says: map[string]string{}}
		w.book.Feeds(r)
		_, err := w.book.Add(ctx, "li", &healthfile.Medicine{Name: "Aspirin", Remind: true, Schedule: "often"}, records.Change{})
		w.refused(err, store.ErrInvalid, "entry.invalid", "body.schedule is no schedule")

		w.add(&healthfile.Medicine{Name: "Ointment"})
		aspirin := w.add(&healthfile.Medicine{Name: "Aspirin", Remind: true, Schedule: "daily at 08:00"})
		if aspirin.Reminder != "m-1" || r.says["m-1"] != "Aspirin daily at 08:00" || r.fed[0].By != "nurse" {
			w.Errorf("%+v, %v", aspirin, r.says)
		}
		other := w.add(&healthfile.Medicine{Name: "Statin", Remind: true, Schedule: "daily at 20:00"})
		if other.Reminder != "m-2" || !slices.Equal(r.fed[1].Others, []string{"m-1"}) {
			w.Errorf("%+v, fed %+v", other, r.fed[1])
		}

		// What is said while reminders cannot be changed is kept, and made good afterwards.
		r.down = true
		change := func(schedule string) {
			w.Helper()
			_, err := w.book.Change(ctx, "li", aspirin.ID, &healthfile.Medicine{Name: "Aspirin", Remind: true, Schedule: schedule}, records.Change{})
			w.must(err)
		}
		change("daily at 09:00")
		change("daily at 10:00")
		_, err = w.book.End(ctx, "li", healthfile.AMedicine, other.ID, "", records.Change{})
		w.must(err)
		if err := w.book.FollowUp(ctx); err == nil || r.says["m-1"] != "Aspirin daily at 08:00" || r.says["m-2"] == "ended" {
			w.Errorf("followed while they were down: %v, %v", err, r.says)
		}
		r.down = false
		w.must(w.book.FollowUp(ctx))
		if r.says["m-1"] != "Aspirin daily at 10:00" || r.says["m-2"] != "ended" || len(r.says) != 2 {
			w.Errorf("%v", r.says)
		}
		fed := len(r.fed)
		w.must(w.book.FollowUp(ctx))
		if len(r.fed) != fed {
			w.Error("what had followed already followed once more")
		}
		is, err := w.book.Entry(ctx, "li", healthfile.AMedicine, other.ID)
		w.must(err)
		if is.Reminder != "" {
			w.Errorf("an ended medicine has reminder %q", is.Reminder)
		}
	})
}

func TestProposals(t *testing.T) {
	entry := func(state healthfile.State, body healthfile.Body) healthfile.Entry {
		return healthfile.Entry{ID: "e-1", Kind: body.Kind(), State: state, Body: body}
	}
	condition := func(code string) healthfile.Body { return &healthfile.Condition{Code: code} }
	for _, c := range []struct {
		entry healthfile.Entry
		goes  []string
		want  []string
	}{
		{entry(healthfile.Current, condition("J44.9")), nil, []string{"copd"}},
		{entry(healthfile.Current, condition("J44.9")), []string{"copd"}, nil},
		{entry(healthfile.Ended, condition("J44.9")), []string{"copd"}, []string{"no copd"}},
		{entry(healthfile.Ended, condition("J44.9")), nil, nil},
		{entry(healthfile.EnteredInError, condition("J44.9")), []string{"copd"}, nil},
		{entry(healthfile.Current, condition("J43")), nil, nil},
		{entry(healthfile.Current, condition("I48.2")), nil, []string{"atrial_fibrillation"}},
		{entry(healthfile.Current, condition("I48.x00")), nil, []string{"atrial_fibrillation"}},
		{entry(healthfile.Current, condition("I48.0")), nil, nil},
		{entry(healthfile.Current, condition("I11.0")), nil, []string{"heart_failure"}},
		{entry(healthfile.Current, condition("I10")), nil, nil},
		{entry(healthfile.Current, &healthfile.Condition{Code: "I10", Treated: true}), nil, []string{"treated_hypertension"}},
		{entry(healthfile.Current, &healthfile.Medicine{ATC: "C07AB02"}), nil, []string{"beta_blocker"}},
		{entry(healthfile.Current, &healthfile.Medicine{ATC: "C08CA01"}), []string{"athlete"}, nil},
	} {
		var got []string
		for _, p := range healthfile.Proposals(&healthfile.File{Entries: []healthfile.Entry{c.entry}}, c.goes) {
			if p.Over {
				p.Condition = "no " + p.Condition
			}
			got = append(got, p.Condition)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %+v, going by %v: %v, want %v", c.entry.State, c.entry.Body, c.goes, got, c.want)
		}
	}
}
