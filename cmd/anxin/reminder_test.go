package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
)

// What a resident is to do is arranged at the command line, and closed there.
func TestReminders(t *testing.T) {
	data := folder(t)
	command := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, errs.String())
		}
		return strings.TrimSpace(out.String())
	}
	refused := func(want string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		if err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	has := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("no %q in\n%s", w, text)
			}
		}
	}
	command("resident", "add", "Li Hua", "--id", "li", "--time-zone", "UTC", "--called", "李奶奶")
	command("resident", "set", "li", "--called", "奶奶")
	command("contact", "add", "Hong", "--id", "hong")
	refused("the name or id of nobody around", "reminder", "add", "li", "Iron", "--kind", "medication", "--schedule", "daily at 08:00", "--left", "9", "--per-dose", "1", "--refill", "Hong")
	command("contact", "care", "hong", "li", "--as", "family")
	refused("--kind", "reminder", "add", "li", "Iron", "--schedule", "daily at 08:00")
	// It is due at three times of the day, so that at any moment one is near.
	every := "every 1h from " + time.Now().Add(30*time.Minute).UTC().Format("2006-01-02T15:04Z07:00")
	aspirin := command("reminder", "add", "li", "Aspirin 100 mg", "--kind", "medication", "--schedule", every, "--dose", "1 tablet", "--food", "after",
		"--left", "30", "--per-dose", "1", "--refill-at", "5", "--refill", "Hong", "--helper", "hong")
	command("reminder", "add", "li", "--preset", "bp_twice_a_day", "--window", "2h")
	command("reminder", "add", "li", "--preset", "glucose_recheck")
	command("reminder", "add", "li", "--preset", "check_in", "--schedule", "daily at 10:00")
	has(command("reminder", "list", "li"), "Aspirin 100 mg", "30", "Blood pressure, morning and evening", "15 minutes after a low glucose", "daily at 10:00")
	has(command("reminder", "show", "li", aspirin), "1 tablet", "after", "30 left, 1 a dose, more at 5 from Hong", "hong")
	var presets bytes.Buffer
	if err := run(t.Context(), []string{"reminder", "presets"}, &presets, &presets); err != nil {
		t.Fatal(err)
	}
	has(presets.String(), "check_in", "medicine_bedtime")

	due := ""
	for _, day := range []time.Time{time.Now().UTC(), time.Now().UTC().Add(30 * time.Minute)} {
		for line := range strings.Lines(command("reminder", "today", "li", "--day", day.Format(time.DateOnly))) {
			if fields := strings.Fields(line); strings.Contains(line, "Aspirin") && due == "" {
				due = fields[0]
			}
		}
	}
	if due == "" {
		t.Fatal("no aspirin is due")
	}
	has(command("reminder", "done", "li", due), "done at")
	refused("done at", "reminder", "skip", "li", due, "too late")
	has(command("reminder", "list", "li"), "29")
	refused("is in the future", "reminder", "done", "li", due, "--at", "2126-01-01T08:00")
	refused("not found", "reminder", "done", "li", "ghost")
	day := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	tomorrow := command("reminder", "today", "--day", day)
	has(tomorrow, "10:00")
	for line := range strings.Lines(tomorrow) {
		if fields := strings.Fields(line); strings.Contains(line, "Are you") {
			has(command("reminder", "skip", "li", fields[0], "away"), "skipped: away")
		}
	}
	s, err := service.OpenRecords(t.Context(), service.Config{DataDir: data.Dir, DatabaseURL: data.URL}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	// An hour passes.
	if _, err := s.Records.ExecContext(t.Context(), "UPDATE reminder_occurrences SET due_at = due_at - 3600000 WHERE id = ?", due); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	has(command("reminder", "adherence", "li"), "Aspirin 100 mg", "100 %")
	command("reminder", "stock", "li", aspirin, "60")
	command("reminder", "stop", "li", aspirin)
	if list := command("reminder", "list", "li"); strings.Contains(list, "Aspirin") {
		t.Errorf("stopped, and listed:\n%s", list)
	}
	refused("not found", "reminder", "stop", "li", aspirin)
	refused("did you mean glucose_recheck", "reminder", "add", "li", "--preset", "glucose_rechek")
	refused("helper", "reminder", "add", "li", "--preset", "check_in", "--helper", "ghost")
	refused("schedule", "reminder", "add", "li", "Aspirin", "--kind", "medication", "--schedule", "now and then")
	refused("not found", "reminder", "add", "ghost", "--preset", "check_in")
	refused("not found", "reminder", "list", "ghost")
}
