package records_test

import (
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
