package records_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
)

func TestWhoIsToldOfWeeks(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		for _, id := range []string{"hong", "lin", "aunt"} {
			n.contact(id, "")
		}
		n.cares("hong", n.li, records.AsFamily)
		n.cares("lin", n.li, records.AsCaregiver)
		n.cares("aunt", n.li, records.AsNeighbour)
		hong, lin, aunt := records.Addressee{Resident: n.li, Contact: "hong"}, records.Addressee{Resident: n.li, Contact: "lin"}, records.Addressee{Resident: n.li, Contact: "aunt"}
		wished := func(week string) (who []records.Addressee) {
			list, err := n.people.Weeklies(ctx, week)
			n.must(err)
			for _, w := range list {
				who = append(who, w.Addressee)
			}
			return who
		}
		n.same("nobody asked", len(wished("2026-W48")), 0)
		n.must(n.people.SetWishes(ctx, n.li, "hong", records.Wishes{Weekly: true}))
		n.must(n.people.SetWishes(ctx, n.li, "lin", records.Wishes{Weekly: true}))
		n.refused(n.people.SetWishes(ctx, n.li, "aunt", records.Wishes{Weekly: true}), records.ErrInvalid, "member.invalid", "weekly")
		n.same("wished", wished("2026-W48"), []records.Addressee{hong, lin})

		told := func(who records.Addressee, week string) (first bool) {
			n.must(n.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
				first, err = n.people.WeekTold(ctx, tx, who, week)
				return err
			}))
			return first
		}
		n.same("told", []bool{told(hong, "2026-W48"), told(hong, "2026-W48"), told(hong, "2026-W47")}, []bool{true, false, false})
		n.cares("hong", n.li, records.AsManager) // whoever arranges the care team changes no wish
		n.same("still to be told", wished("2026-W48"), []records.Addressee{lin})
		n.same("a week later", wished("2026-W49"), []records.Addressee{hong, lin})
		n.must(n.people.SetWishes(ctx, n.li, "lin", records.Wishes{}))
		n.same("not wished any more", wished("2026-W49"), []records.Addressee{hong})

		shown := func(who records.Addressee) records.Scope {
			all, err := n.people.Shown(ctx, n.db, who)
			n.must(err)
			return all[who]
		}
		n.same("shown", []records.Scope{shown(hong), shown(lin), shown(aunt), shown(records.Addressee{Resident: n.zhao, Contact: "hong"})},
			[]records.Scope{records.Everything, records.Status | records.Vitals | records.Alerts | records.File, 0, 0})
		consents := records.NewConsents(n.db, func() time.Time { return n.now })
		given, err := consents.Give(ctx, records.Consent{Resident: n.li, Purpose: records.Sharing, Contact: "hong", Scope: records.Status | records.Vitals, GivenBy: "Li", Capacity: records.ByResident, Manner: records.SignedIn, Language: "en", From: n.now.Add(-time.Second)})
		n.must(err)
		n.same("by consent", shown(hong), records.Status|records.Vitals)
		_, err = consents.Withdraw(ctx, n.li, given.ID, "", "no more")
		n.must(err)
		n.same("withdrawn", shown(hong), records.Scope(0))

		// What was a file of its own, and what is about to be erased, has no weeks.
		_, err = n.db.ExecContext(ctx, "UPDATE residents SET merged_into = ? WHERE id = ?", n.zhao, n.li)
		n.must(err)
		n.same("of a file that went into another", len(wished("2026-W49")), 0)
		n.same("shown of it", shown(hong), records.Scope(0))
		_, err = n.db.ExecContext(ctx, "UPDATE residents SET merged_into = NULL WHERE id = ?", n.li)
		n.must(err)
		n.same("two files again", wished("2026-W49"), []records.Addressee{hong})
		_, err = n.db.ExecContext(ctx, `INSERT INTO erasures (id, resident, asked_by, asked_at, reason, sources, places, tries, problem, hash)
			VALUES ('e', ?, '', 1, 'asked', '[]', '[]', 0, '', '')`, n.li)
		n.must(err)
		n.same("of whom all is to be erased", len(wished("2026-W49")), 0)
	})
}
