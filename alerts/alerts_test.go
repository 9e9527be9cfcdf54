package alerts_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func TestPartsAndWholesAreListedApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.enrol("r1")
		h.equip("d1", "d2")
		h.minutes(5, "d1", "d2") // and d2 is silent from then on
		for i := range 35 {      // her sugar is low, and then very low, of which low is a part
			sugar := 3.4
			if i > 10 {
				sugar = 2.4
			}
			h.saysBy("d1", "r1", vitals.GlucoseCGM, sugar)
			h.minutes(1, "d1")
		}
		very := h.list(alerts.Query{Open: true, Rule: "glucose_very_low"})
		if len(very) != 1 {
			t.Fatalf("open: %+v", h.list(alerts.Query{Open: true}))
		}
		for _, tc := range []struct {
			name string
			q    alerts.Query
			want []string
		}{
			{"wholes", alerts.Query{Open: true, About: rules.OfResident, Whole: true}, []string{"glucose_very_low"}},
			{"parts", alerts.Query{Open: true, PartOf: []string{very[0].ID}}, []string{"glucose_low"}},
			{"parts of another", alerts.Query{Open: true, PartOf: []string{"another"}}, nil},
			{"of devices", alerts.Query{Open: true, About: rules.OfDevice, Whole: true}, []string{"device_offline"}},
		} {
			var got []string
			for _, a := range h.list(tc.q) {
				got = append(got, a.Rule.ID)
				if one, err := alerts.NewAlerts(db).One(t.Context(), a.ID); err != nil || !reflect.DeepEqual(a.Evidence, one.Evidence) {
					t.Errorf("%s: the evidence of %s is %+v in the list, by itself %+v, %v", tc.name, a.Rule.ID, a.Evidence, one.Evidence, err)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
			tc.q.Limit = 1 // which bounds a page, not the number
			tallies, err := alerts.NewAlerts(db).Count(t.Context(), tc.q)
			n := 0
			for _, tally := range tallies {
				n += tally.N
				if tally.Worst == 0 || (tally.Of.Resident == "") != (tc.q.About == rules.OfDevice) {
					t.Errorf("%s: counted %+v", tc.name, tally)
				}
			}
			if err != nil || n != len(tc.want) {
				t.Errorf("%s: counted %d, %v; want %d", tc.name, n, err, len(tc.want))
			}
		}
	})
}
