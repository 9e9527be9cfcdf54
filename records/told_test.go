package records_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

func TestWhoIsToldAsWhat(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		for _, id := range []string{"hong", "lin", "gone"} {
			n.contact(id, "")
		}
		n.must(n.people.SetMember(n.Context(), records.Membership{
			Resident: n.li, Contact: "hong", Relation: records.AsFamily, Wishes: records.Wishes{From: records.Warning, Delay: 10 * time.Minute, Repeat: time.Hour},
		}))
		n.cares("hong", n.zhao, records.AsNeighbour)
		n.must(n.people.RemoveContact(n.Context(), "gone", ""))
		asked := []records.Addressee{
			{Resident: n.li, Contact: "hong"}, {Resident: n.zhao, Contact: "hong"}, {Resident: n.li, Contact: "lin"}, {Contact: "lin"}, {Resident: n.li, Contact: "gone"}, {Resident: n.li, Contact: "nobody"},
		}
		told, err := n.people.Told(n.Context(), n.db, asked)
		n.must(err)
		if len(told) != 4 {
			n.Errorf("told: %v", told)
		}
		if m := told[asked[0]]; m.ID != "hong" || m.Relation != records.AsFamily || m.From != records.Warning || m.Delay != 10*time.Minute || m.Repeat != time.Hour {
			n.Errorf("of Li: %+v", m)
		}
		if m := told[asked[1]]; m.Relation != records.AsNeighbour || m.From != records.Critical {
			n.Errorf("of Zhao: %+v", m)
		}
		for _, who := range asked[2:4] {
			if m := told[who]; m.ID != "lin" || m.Relation != "" || m.From != 0 {
				n.Errorf("staff: %+v", m)
			}
		}
	})
}

// Whose user is disabled is told of nothing, whatever they were told as.
func TestTheDisabledAreToldOfNothing(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		hong, boss := n.user("hong", records.Family).ID, n.user("boss", records.Administrator).ID
		n.user("other", records.Administrator)
		n.contact("hong", hong)
		n.contact("boss", boss)
		n.cares("hong", n.li, records.AsFamily)
		_, err := n.people.AddTeam(n.Context(), records.TeamFile{
			Team: records.Team{ID: "east", Name: "East", TimeZone: "Asia/Shanghai", Supervisor: "boss"}, Members: []string{"boss"}, Residents: []string{n.li},
		})
		n.must(err)
		mark := func() string {
			mark, err := n.people.ReachMark(n.Context())
			n.must(err)
			return mark
		}
		told := func() (names []string) {
			circle := n.circle(n.li)
			for _, m := range circle.Members {
				if !m.Withheld {
					names = append(names, "member "+m.ID)
				}
			}
			for _, c := range circle.Staff {
				names = append(names, "staff "+c.ID)
			}
			if circle.Supervisor != nil {
				names = append(names, "supervisor "+circle.Supervisor.ID)
			}
			staff, err := n.people.ServiceStaff(n.Context(), n.db)
			n.must(err)
			for _, c := range staff {
				names = append(names, "service "+c.ID)
			}
			each, err := n.people.Told(n.Context(), n.db, []records.Addressee{{Resident: n.li, Contact: "hong"}, {Contact: "boss"}})
			n.must(err)
			return append(names, fmt.Sprint(len(each)))
		}
		all := []string{"member hong", "staff boss", "supervisor boss", "service boss", "2"}
		n.same("before", told(), all)
		before := mark()
		for _, user := range []string{hong, boss} {
			n.must(n.users.Disable(n.Context(), user, ""))
		}
		n.same("while they are disabled", told(), []string{"0"})
		if mark() == before {
			n.Error("that somebody may be told again would not be noticed")
		}
		for _, user := range []string{hong, boss} {
			n.must(n.users.Enable(n.Context(), user, ""))
		}
		n.same("after", told(), all)
	})
}
