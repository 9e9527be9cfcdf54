package alerts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func (h *house) raises(key, rule, id, what string) {
	h.t.Helper()
	at := h.now.UnixMilli()
	err := h.judge.Raise(h.t.Context(), key, engine.Raise{ID: id, Rule: rule, Since: at, Incidents: []engine.Incident{{Key: id, Kind: "missed", What: what, At: at, Tries: 3}}})
	if err != nil {
		h.t.Fatal(err)
	}
}

// drill begins a drill for a resident, and returns the alert.
func (h *house) drill(resident string) (id string) {
	h.t.Helper()
	at := h.now.UnixMilli()
	err := h.judge.Raise(h.t.Context(), resident, engine.Raise{
		ID: "drill-" + resident, Rule: alerts.DrillRule, Severity: rules.Critical, Since: at, Incidents: []engine.Incident{{Key: resident, Kind: "drill", At: at}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.list(alerts.Query{Residents: []string{resident}, Rule: alerts.DrillRule})[0].ID
}

// What was raised counts once, however often it is said, whatever became of its
// alert, and whenever we crash.
func TestWhatIsRaisedCountsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.enrol("r1")
		h.says("r1", vitals.HeartRate, 70)
		h.raises("r1", "medication_missed", "o1", "Metformin 500 mg")
		h.raises("r1", "medication_missed", "o1", "Metformin 500 mg")
		h.open()
		h.raises("r1", "medication_missed", "o1", "Metformin 500 mg")
		h.raises("r1", "medication_missed", "o2", "Aspirin")
		open := h.list(alerts.Query{Open: true})
		if len(open) != 1 || len(open[0].Evidence.Incidents) != 2 {
			t.Fatalf("open: %+v", open)
		}
		about := alerts.About{Name: "Li", Zone: time.UTC}
		if got := open[0].Message("en", about); !strings.HasPrefix(got, "Li has not taken Metformin 500 mg, Aspirin, due at ") {
			t.Error(got)
		}
		if got := open[0].Why(about); !strings.Contains(got.EN, "Aspirin (02:00): not done, told 3 times") || !strings.Contains(got.ZH, "未完成，已提醒3次") {
			t.Error(got)
		}
		if err := h.judge.Resolve(t.Context(), open[0].ID, "u1", engine.TrueAlarm, ""); err != nil {
			t.Fatal(err)
		}
		h.open()
		h.raises("r1", "medication_missed", "o2", "Aspirin")
		if open := h.list(alerts.Query{Open: true}); len(open) != 0 {
			t.Errorf("it was raised again: %+v", open)
		}
		h.raises("r1", "medication_missed", "o3", "Aspirin")
		if err := h.judge.Lower(t.Context(), "r1", engine.Lower{Rule: "medication_missed", Key: "o3"}); err != nil {
			t.Fatal(err)
		}
		if all := h.list(alerts.Query{}); len(all) != 2 || all[0].Open() {
			t.Errorf("lowered: %+v", all)
		}
		for alert, n := range h.told {
			if n != 1 {
				t.Errorf("%s was told %d times", alert, n)
			}
		}
	})
}

// An alert about Anxin itself is kept apart from those of residents and homes, and
// people can close it after a start, too.
func TestAnAlertAboutTheService(t *testing.T) {
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	own := rules.Rule{
		ID: "nobody_reached", Name: rules.Text{EN: "n", ZH: "n"}, Message: rules.Text{EN: "{what}", ZH: "{what}"}, Subject: rules.OfService, Tells: rules.Technician,
		Raised: true, Level: rules.Level{Severity: rules.Warning},
	}
	set, err := rules.NewSet(append(all, own))
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	if err := h.judge.Use(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	h.set = set
	h.enrol("r1")
	h.raises("r1", "nobody_reached", "g0", "nobody") // it is not about residents
	h.raises(alerts.ServiceKey, "nobody_reached", "g1", "critical of r1")
	h.open()
	open := h.list(alerts.Query{Open: true})
	if len(open) != 1 || open[0].Resident+open[0].Home+open[0].Device != "" {
		t.Fatalf("open: %+v", open)
	}
	if err := h.judge.Resolve(t.Context(), open[0].ID, "u1", engine.TrueAlarm, "called a neighbour"); err != nil {
		t.Fatal(err)
	}
	if open := h.list(alerts.Query{Open: true}); len(open) != 0 {
		t.Errorf("still open: %+v", open)
	}
	if _, concerned, err := alerts.NewNames(nil, nil).Of(t.Context(), open[0]); err != nil || len(concerned) != 0 {
		t.Errorf("it concerns %v, %v", concerned, err)
	}
}
