package service_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/vitals"
)

// A reminder that is to measure something else, under the same name at the same times, is
// another reminder.
func TestAdviceChangesWhatAReminderMeasures(t *testing.T) {
	t.Parallel()
	s, err := service.OpenRecords(t.Context(), testConfig(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wearers(t, s, 1)
	schedule, err := timetable.Parse("daily at 08:00")
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Reminders.Create(t.Context(), reminders.Reminder{
		Resident: "r-0", Kind: reminders.Measurement, What: "In the morning", Schedule: schedule, Metrics: []vitals.Metric{vitals.BPSystolic},
	}, "nurse")
	if err != nil {
		t.Fatal(err)
	}
	maker := service.ReminderMaker{Book: s.Reminders, People: s.People}
	want := panels.Reminder{Kind: "measurement", What: "In the morning", Schedule: "daily at 08:00", Metrics: []string{"bp_systolic", "heart_rate"}}

	other := panels.Change{Kind: panels.OfReminder, Reminder: &want}
	if is, err := maker.Is(t.Context(), "r-0", other); err != nil || is != "" {
		t.Errorf("one that measures something else is there already: %q, %v", is, err)
	}
	change := panels.Change{Kind: panels.OfReminder, Target: r.ID, Reminder: &want}
	made, err := maker.Make(t.Context(), "r-0", change, panels.Order{By: "nurse"})
	if err != nil || made != "reminder "+r.ID {
		t.Fatalf("made %q, %v", made, err)
	}
	if r, err = s.Reminders.Get(t.Context(), "r-0", r.ID); err != nil || !slices.Equal(r.Metrics, []vitals.Metric{vitals.BPSystolic, vitals.HeartRate}) || r.Version != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	// Made again after a crash, it is made no more.
	if _, err := maker.Make(t.Context(), "r-0", change, panels.Order{By: "nurse"}); err != nil {
		t.Fatal(err)
	}
	if is, err := maker.Is(t.Context(), "r-0", other); err != nil || is != other.After() {
		t.Errorf("the same is not there: %q, %v", is, err)
	}
	if r, err = s.Reminders.Get(t.Context(), "r-0", r.ID); err != nil || r.Version != 2 {
		t.Errorf("made twice: %+v, %v", r, err)
	}
}

// A follow-up is told to whoever accepted it, where they are around the resident: staff are
// to see how it goes.
func TestWhoAcceptsAFollowUpIsToldOfIt(t *testing.T) {
	t.Parallel()
	s, err := service.OpenRecords(t.Context(), testConfig(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wearers(t, s, 1)
	ids := map[string]string{}
	for login, role := range map[string]records.Role{"nurse": records.Caregiver, "cousin": records.Family} {
		u, err := s.AddUser(t.Context(), records.User{Login: login, Name: login, Role: role}, "long enough")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.People.AddContact(t.Context(), records.Contact{ID: login, User: u.ID, Name: login, TimeZone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		ids[login] = u.ID
	}
	if err := s.People.SetMember(t.Context(), records.Membership{Resident: "r-0", Contact: "nurse", Relation: records.AsCaregiver}); err != nil {
		t.Fatal(err)
	}
	maker := service.ReminderMaker{Book: s.Reminders, People: s.People}
	for login, helper := range map[string]string{"nurse": "nurse", "cousin": ""} {
		made, err := maker.Make(t.Context(), "r-0", panels.Change{
			Kind: panels.FollowUp, Reminder: &panels.Reminder{Kind: "follow_up", What: "Is it better, " + login, Schedule: "once 2099-01-01 09:00"},
		}, panels.Order{By: ids[login]})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Reminders.Get(t.Context(), "r-0", strings.TrimPrefix(made, "reminder "))
		if err != nil || r.Helper != helper {
			t.Errorf("accepted by %s it is told to %q, %v; want %q", login, r.Helper, err, helper)
		}
	}
}
