package deliveries

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store/storetest"
)

type nobodysFace struct{}

func (nobodysFace) NameOf(context.Context, string) (string, error) { return "", nil }

// What is said of a home names all who live there, alone as in a digest.
func TestWhomAHomesAlertConcerns(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	registry, err := devices.OpenRegistry(t.Context(), h.db, slog.New(slog.DiscardHandler))
	if err == nil {
		_, err = registry.AddHome(t.Context(), devices.Home{ID: "h-1", Name: "5-2", TimeZone: "Asia/Shanghai"})
	}
	residents := records.NewResidents(h.db, registry)
	for _, id := range []string{"li", "wang"} {
		if err == nil {
			_, err = residents.Create(t.Context(), records.Resident{ID: id, Name: id, HomeID: "h-1"})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	h.exec(`INSERT INTO alerts (id, resident, home, device, part_of, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
		VALUES ('a1', '', 'h-1', '', '', 'smoke', '{"id": "smoke"}', 'firing', 3, 1, 1, 1, '', '', 1)`)
	h.exec(`INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence) VALUES ('a1', 1, 1, 'firing', 3, 'began', '', '', '', '{}')`)
	w, err := NewWriter(alerts.NewAlerts(h.db), alerts.NewNames(residents, registry), registry, nobodysFace{}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	one := Delivery{ID: "d1", About: OfAlert, Subject: "a1", Says: Call, Relation: Staff}
	to := Contact{ID: "nurse", Language: "en", Zone: shanghai()}
	for what, draft := range map[string]Draft{
		"alone":       {Delivery: one, Contact: to, Channel: Channel{Trusted: true}},
		"in a digest": {Delivery: Delivery{ID: "d2", About: OfDigest, Subject: "d2", Says: Many}, Contact: to, Channel: Channel{Trusted: true}, Members: []Delivery{one}},
	} {
		letter, err := w.Write(t.Context(), draft)
		slices.Sort(letter.Concerns)
		if err != nil || !slices.Equal(letter.Concerns, []string{"li", "wang"}) {
			t.Errorf("%s it concerns %q: %v\n%s", what, letter.Concerns, err, letter.Text)
		}
	}
}
