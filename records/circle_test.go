package records_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

func TestNobodyIsAround(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		_, err := n.people.Circle(n.Context(), n.db, "ghost", time.Now())
		n.refused(err, records.ErrNotFound, "resident.not_found", `who is around resident "ghost"`)
		circle := n.circle(n.li)
		if circle.Resident != n.li || circle.Home != "h-1" || circle.HomeName != "h-1" || circle.Zone.String() != "Asia/Urumqi" ||
			circle.Team != nil || circle.Holder != nil || circle.Supervisor != nil || len(circle.Members)+len(circle.OnDuty)+len(circle.Staff) > 0 {
			n.Errorf("%+v", circle)
		}
		home, err := n.people.HomeCircle(n.Context(), n.db, "h-1", n.now)
		n.must(err)
		if home.Home != "h-1" || home.Resident != "" || home.Zone.String() != "Asia/Urumqi" {
			n.Errorf("%+v", home)
		}
	})
}

func TestCirclesOfMany(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		daughter, _, _ := n.family()
		_, err := n.people.TakeDuty(n.Context(), n.li, tuesday.Add(time.Hour), daughter)
		n.must(err)
		for _, named := range [][]string{nil, {n.li, n.zhao, "ghost"}} {
			all, err := n.people.Circles(n.Context(), n.db, n.now, named...)
			n.must(err)
			if len(all) != 2 {
				n.Fatalf("%d circles", len(all))
			}
			n.same("Li's", all[n.li].Holder, n.circle(n.li).Holder)
			n.same("Li's members", all[n.li].Members, n.circle(n.li).Members)
			if all[n.zhao].Holder != nil || all[n.zhao].Members != nil {
				n.Errorf("Zhao's: %+v", all[n.zhao])
			}
		}
	})
}

func TestHomesOfMany(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		n.contact("boss", n.user("boss", records.Administrator).ID)
		homes := []string{"h-1", "h-2", "nowhere", ""}
		all, err := n.people.HomeCircles(n.Context(), n.db, n.now, homes...)
		n.must(err)
		for _, home := range homes {
			one, err := n.people.HomeCircle(n.Context(), n.db, home, n.now)
			n.must(err)
			n.same("the staff of home "+home, all[home].Staff, one.Staff)
			n.same("on duty for home "+home, all[home].OnDuty, one.OnDuty)
			n.same("the name of home "+home, all[home].HomeName, one.HomeName)
			if len(one.Staff) == 0 || all[home].Zone.String() != one.Zone.String() {
				n.Errorf("home %q: %+v", home, one)
			}
		}
		none, err := n.people.HomeCircles(n.Context(), n.db, n.now)
		n.must(err)
		if len(all) != len(homes) || len(none) != 0 {
			n.Errorf("%d circles, and %d of no homes", len(all), len(none))
		}
	})
}
