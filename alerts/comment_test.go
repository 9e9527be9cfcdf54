package alerts_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func TestComments(t *testing.T) { storetest.Each(t, testComments) }

func testComments(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.enrol("r1")
	h.says("r1", vitals.SOSButton, 1)
	id := h.list(alerts.Query{Open: true})[0].ID
	feed, ctx := alerts.NewFeed(), t.Context()
	hers, stop := feed.Watch(func(resident string) bool { return resident == "r1" })
	defer stop()
	others, stopOthers := feed.Watch(func(resident string) bool { return resident != "r1" })
	defer stopOthers()
	comments := alerts.NewComments(db, feed)
	for _, text := range []string{"called her:\nno answer", "  在路上  "} {
		if err := comments.Add(ctx, id, "u1", text); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.judge.Resolve(ctx, id, "u1", engine.TrueAlarm, "fell"); err != nil {
		t.Fatal(err)
	}
	if err := comments.Add(ctx, id, "u2", "she is well"); err != nil {
		t.Fatalf("on a resolved alert: %v", err)
	}
	a, err := alerts.NewAlerts(db).Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for i, c := range a.Comments {
		said = append(said, c.By+": "+c.Text)
		if c.At.IsZero() || i > 0 && c.At.Before(a.Comments[i-1].At) {
			t.Errorf("comment %d is of %s", i, c.At)
		}
	}
	if want := []string{"u1: called her:\nno answer", "u1: 在路上", "u2: she is well"}; !reflect.DeepEqual(said, want) {
		t.Errorf("comments %q, want %q", said, want)
	}
	if got := hers.Take(); !reflect.DeepEqual(got, []string{id}) {
		t.Errorf("those who watch her alerts heard of %v", got)
	}
	if got := others.Take(); got != nil {
		t.Errorf("those who watch others' heard of %v", got)
	}
	for _, text := range []string{"", " \n ", strings.Repeat("喂", 2001), "bell \a", "nothing\x00", "\xff"} {
		if err := comments.Add(ctx, id, "u1", text); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("comment %.20q: %v", text, err)
		}
	}
	if err := comments.Add(ctx, "none", "u1", "hello"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("on no alert: %v", err)
	}
}
