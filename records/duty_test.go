package records_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

// family is Li's daughter and son, and Wang who is staff.
func (n *neighbourhood) family() (daughter, son, staff records.Actor) {
	n.Helper()
	for _, id := range []string{"daughter", "son"} {
		n.contact(id, "")
		n.cares(id, n.li, records.AsFamily)
	}
	return records.Actor{Contact: "daughter"}, records.Actor{User: "u-son", Contact: "son"}, records.Actor{User: "u-wang", Staff: true}
}

func (n *neighbourhood) holder(resident string) string {
	n.Helper()
	c := n.circle(resident)
	if c.Holder == nil {
		return ""
	}
	return c.Holder.ID + " until " + c.HolderUntil.Format("15:04")
}

func (n *neighbourhood) holds(want string) {
	n.Helper()
	if got := n.holder(n.li); got != want {
		n.Errorf("Li is with %q, want %q", got, want)
	}
}

func TestDutyIsHandedOver(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		daughter, son, staff := n.family()
		n.holds("")
		_, err := n.people.TakeDuty(ctx, n.li, tuesday.Add(4*time.Hour), daughter)
		n.must(err)
		n.holds("daughter until 08:00")
		_, err = n.people.TakeDuty(ctx, n.li, tuesday.Add(5*time.Hour), daughter) // longer
		n.must(err)
		n.holds("daughter until 09:00")
		_, err = n.people.TakeDuty(ctx, n.li, tuesday.Add(time.Hour), son)
		n.refused(err, records.ErrConflict, records.CodeDutyHeld, "contact daughter has the duty token until 2026-11-24T09:00:00Z")
		_, err = n.people.OfferDuty(ctx, n.li, "son", tuesday.Add(time.Hour), son)
		n.refused(err, records.ErrConflict, records.CodeDutyHeld, "")

		offer, err := n.people.OfferDuty(ctx, n.li, "son", tuesday.Add(10*time.Hour), daughter)
		n.must(err)
		n.holds("daughter until 09:00") // not accepted, it stays
		_, err = n.people.AcceptDuty(ctx, n.li, offer.ID, daughter)
		n.refused(err, records.ErrForbidden, records.CodeDutyNotYours, "")
		mine, err := n.people.DutiesOf(ctx, "son")
		n.must(err)
		if len(mine) != 1 || mine[0] != offer || !mine[0].AcceptedAt.IsZero() || mine[0].OfferedBy != "contact:daughter" {
			n.Errorf("%+v", mine)
		}
		n.must(n.people.DeclineDuty(ctx, n.li, offer.ID, son))
		n.holds("daughter until 09:00")
		_, err = n.people.AcceptDuty(ctx, n.li, offer.ID, son)
		n.refused(err, records.ErrConflict, records.CodeDutyOver, "does not hold any more")

		offer, err = n.people.OfferDuty(ctx, n.li, "son", tuesday.Add(10*time.Hour), daughter)
		n.must(err)
		n.now = n.now.Add(time.Hour)
		accepted, err := n.people.AcceptDuty(ctx, n.li, offer.ID, son)
		n.must(err)
		if !accepted.AcceptedAt.Equal(n.now) {
			n.Errorf("%+v", accepted)
		}
		n.holds("son until 14:00")
		_, err = n.people.AcceptDuty(ctx, n.li, offer.ID, son) // a second tap
		n.must(err)
		n.refused(n.people.ReturnDuty(ctx, n.li, daughter), records.ErrForbidden, records.CodeDutyNotYours, "")
		n.must(n.people.ReturnDuty(ctx, n.li, son))
		n.holds("")
		n.refused(n.people.ReturnDuty(ctx, n.li, son), records.ErrNotFound, records.CodeNoDuty, "nobody has the duty token")

		// Staff offer, and note what was said on the phone.
		offer, err = n.people.OfferDuty(ctx, n.li, "daughter", n.now.Add(time.Hour), staff)
		n.must(err)
		_, err = n.people.AcceptDuty(ctx, n.li, offer.ID, staff)
		n.must(err)
		n.holds("daughter until 06:00")
	})
}

func TestDutyEndsByItself(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		daughter, son, _ := n.family()
		_, err := n.people.TakeDuty(ctx, n.li, tuesday.Add(time.Hour), daughter)
		n.must(err)
		offer, err := n.people.OfferDuty(ctx, n.li, "son", tuesday.Add(2*time.Hour), daughter)
		n.must(err)
		short, err := n.people.OfferDuty(ctx, n.li, "son", tuesday.Add(30*time.Minute), daughter)
		n.must(err)
		_, err = n.people.AcceptDuty(ctx, n.li, offer.ID, son)
		n.refused(err, records.ErrConflict, records.CodeDutyOver, "") // the newer one stands in its place
		n.now = n.now.Add(30 * time.Minute)
		_, err = n.people.AcceptDuty(ctx, n.li, short.ID, son)
		n.refused(err, records.ErrConflict, records.CodeDutyOver, "")
		n.holds("daughter until 05:00")
		n.now = tuesday.Add(time.Hour - time.Millisecond)
		n.holds("daughter until 05:00")
		n.now = tuesday.Add(time.Hour)
		n.holds("")
		all, err := n.people.Duties(ctx, n.li)
		n.must(err)
		if len(all) != 0 {
			n.Errorf("%+v", all)
		}
		// What ended by itself is in nobody's way.
		_, err = n.people.TakeDuty(ctx, n.li, n.now.Add(time.Hour), son)
		n.must(err)
		n.holds("son until 06:00")
		var ended int64
		n.must(n.db.NewRaw("SELECT ended_at FROM duty_tokens WHERE contact = 'daughter'").Scan(ctx, &ended))
		if ended != tuesday.Add(time.Hour).UnixMilli() {
			n.Errorf("hers ended at %s", time.UnixMilli(ended))
		}
	})
}

func TestWhoCannotHaveThem(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		daughter, _, staff := n.family()
		n.contact("stranger", "")
		n.contact("herself", "")
		n.cares("herself", n.li, records.AsResident)
		for _, contact := range []string{"stranger", "herself", "ghost", ""} {
			_, err := n.people.OfferDuty(ctx, n.li, contact, tuesday.Add(time.Hour), staff)
			n.refused(err, records.ErrNotFound, records.CodeNotMember, "is not in the care team")
			_, err = n.people.TakeDuty(ctx, n.li, tuesday.Add(time.Hour), records.Actor{Contact: contact, Staff: true})
			n.refused(err, records.ErrNotFound, records.CodeNotMember, "")
		}
		_, err := n.people.OfferDuty(ctx, n.li, "son", tuesday.Add(time.Hour), records.Actor{Contact: "stranger"})
		n.refused(err, records.ErrNotFound, records.CodeNotMember, "")
		_, err = n.people.TakeDuty(ctx, n.li, tuesday, daughter)
		n.refused(err, records.ErrInvalid, "duty.invalid", "until is not in the future")
		_, err = n.people.TakeDuty(ctx, n.li, tuesday.Add(32*24*time.Hour), daughter)
		n.refused(err, records.ErrInvalid, "duty.invalid", "until is more than 31 days ahead")
		_, err = n.people.TakeDuty(ctx, "ghost", tuesday.Add(time.Hour), daughter)
		n.refused(err, records.ErrNotFound, "resident.not_found", "")
		// Of the team that looks after her, everybody can.
		_, err = n.people.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-1", Name: "x", TimeZone: "UTC"}, Members: []string{"stranger"}, Residents: []string{n.li}})
		n.must(err)
		_, err = n.people.TakeDuty(ctx, n.li, tuesday.Add(time.Hour), records.Actor{Contact: "stranger"})
		n.must(err)
		n.holds("stranger until 05:00")
	})
}

// Who leaves the team has nobody of whom it looks after any more, and hears nothing
// of them.
func TestWhoLeavesTheTeamLeavesTheDuty(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		n.contact("nurse", "")
		n.contact("other", "")
		nurse := records.Actor{Contact: "nurse"}
		team := records.TeamFile{Team: records.Team{ID: "t-1", Name: "x", TimeZone: "UTC"}, Members: []string{"nurse", "other"}, Residents: []string{n.li}}
		takes := func() {
			n.Helper()
			_, err := n.people.TakeDuty(ctx, n.li, tuesday.Add(time.Hour), nurse)
			n.must(err)
			n.holds("nurse until 05:00")
		}
		_, err := n.people.AddTeam(ctx, team)
		n.must(err)
		takes()
		without := team
		without.Members = []string{"other"}
		_, err = n.people.ChangeTeam(ctx, without)
		n.must(err)
		n.holds("")

		_, err = n.people.ChangeTeam(ctx, team)
		n.must(err)
		n.holds("")
		takes()
		_, err = n.people.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-2", Name: "y", TimeZone: "UTC"}, Residents: []string{n.li}})
		n.must(err)
		n.holds("")

		_, err = n.people.ChangeTeam(ctx, team)
		n.must(err)
		takes()
		n.must(n.people.RemoveTeam(ctx, "t-1"))
		n.holds("")
	})
}

// Of two who accept at once one has it, and the other is told so.
func TestTwoAccept(t *testing.T) {
	eachNeighbourhood(t, func(n *neighbourhood) {
		ctx := n.Context()
		_, _, staff := n.family()
		for range 5 {
			var offers []records.Duty
			for _, contact := range []string{"daughter", "son"} {
				offer, err := n.people.OfferDuty(ctx, n.li, contact, n.now.Add(time.Hour), staff)
				n.must(err)
				offers = append(offers, offer)
			}
			errs := make([]error, len(offers))
			var all sync.WaitGroup
			for i, offer := range offers {
				all.Go(func() {
					_, errs[i] = n.people.AcceptDuty(ctx, n.li, offer.ID, records.Actor{Contact: offer.Contact})
				})
			}
			all.Wait()
			won := 0
			for i, err := range errs {
				switch {
				case err == nil:
					won++
					n.holds(offers[i].Contact + " until 05:00")
				case !errors.Is(err, records.ErrConflict):
					n.Errorf("the other: %v", err)
				}
			}
			if won != 1 {
				n.Errorf("%d have it: %v", won, errs)
			}
			n.must(n.people.ReturnDuty(ctx, n.li, staff))
		}
		// Nor can two take it at once.
		errs := make([]error, 2)
		var all sync.WaitGroup
		for i, contact := range []string{"daughter", "son"} {
			all.Go(func() {
				_, errs[i] = n.people.TakeDuty(ctx, n.li, n.now.Add(time.Hour), records.Actor{Contact: contact})
			})
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			n.Errorf("taken by both or none: %v", errs)
		}
	})
}
