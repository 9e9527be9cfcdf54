package records_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

func TestWhoJoinsAndLeavesATeam(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		for _, id := range []string{"wang", "zhou", "gone"} {
			n.contact(id, "")
		}
		n.must(n.people.RemoveContact(ctx, "gone", ""))
		for _, team := range []string{"t-1", "t-2"} {
			_, err := n.people.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: team, Name: team, TimeZone: "Asia/Shanghai", Supervisor: "zhou"}, Members: []string{"wang"}})
			n.must(err)
		}
		n.must(n.people.JoinTeam(ctx, "t-1", "zhou"))
		n.must(n.people.JoinTeam(ctx, "t-1", "zhou"))
		for _, team := range []string{"t-1", "t-2"} {
			n.must(n.people.SetShifts(ctx, team, []records.Shift{{Contact: "wang", Weekday: time.Monday, Hours: records.Hours{From: 8 * 60, To: 20 * 60}}}))
			_, err := n.people.AddOverride(ctx, team, records.Override{Contact: "wang", From: n.now, To: n.now.Add(time.Hour)})
			n.must(err)
		}
		n.must(n.people.LeaveTeam(ctx, "t-1", "wang"))
		left := map[string]int{"t-1": 0, "t-2": 1}
		for team, want := range left {
			roster, err := n.people.Roster(ctx, team, n.now, n.now.Add(time.Hour))
			n.must(err)
			if len(roster.Shifts) != want || len(roster.Overrides) != want {
				n.Errorf("%s: %+v", team, roster)
			}
		}
		file, err := n.people.Team(ctx, "t-1")
		n.must(err)
		n.same("members", file.Members, []string{"zhou"})
		n.refused(n.people.LeaveTeam(ctx, "t-1", "wang"), records.ErrNotFound, "contact.not_found", "wang")
		n.refused(n.people.LeaveTeam(ctx, "t-9", "wang"), records.ErrNotFound, "team.not_found", "t-9")
		n.refused(n.people.JoinTeam(ctx, "t-9", "wang"), records.ErrNotFound, "team.not_found", "t-9")
		n.refused(n.people.JoinTeam(ctx, "t-1", "gone"), records.ErrNotFound, "contact.not_found", "gone")
	})
}
