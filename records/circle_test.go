package records_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

func TestNobodyIsAround(t *testing.T) {
	eachWorld(t, func(w *world) {
		people := records.NewPeople(w.db, time.Now)
		_, err := people.Circle(w.Context(), w.db, "ghost", time.Now())
		w.refused(err, records.ErrNotFound, "resident.not_found", `who is around resident "ghost"`)
		r, err := w.residents.Create(w.Context(), records.Resident{Name: "李奶奶", HomeID: "h-1"})
		w.must(err)
		circle, err := people.Circle(w.Context(), w.db, r.ID, time.Now())
		w.must(err)
		if circle.Resident != r.ID || circle.Home != "h-1" || circle.HomeName != "h-1" || circle.Zone.String() != "Asia/Urumqi" ||
			circle.Team != nil || circle.Holder != nil || circle.Supervisor != nil || len(circle.Members)+len(circle.OnDuty)+len(circle.Staff) > 0 {
			w.Errorf("%+v", circle)
		}
		home, err := people.HomeCircle(w.Context(), w.db, "h-1", time.Now())
		w.must(err)
		if home.Home != "h-1" || home.Resident != "" || home.Zone.String() != "Asia/Urumqi" {
			w.Errorf("%+v", home)
		}
	})
}
