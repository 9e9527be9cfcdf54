package deliveries

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

func TestAReceiverThatFailsIsTriedAgainWithTheSameKey(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x")
		tries := 0
		h.post.at("a@x", func(_ context.Context, _ int, take func()) error {
			if tries++; tries < 3 {
				take() // it closes half-way: nobody knows whether it has it
				return errBusy
			}
			take()
			return nil
		})
		h.alert("a1", rules.Critical)
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.passes(time.Hour)
		all := h.expects("a@x", "a@x", "a@x")
		for _, g := range all {
			if g.Key != all[0].Key || g.Alert != "a1" {
				t.Errorf("another key or number: %+v", g)
			}
		}
		if wait := all[1].at.Sub(all[0].at); wait < 500*time.Millisecond || wait > time.Second {
			t.Errorf("tried again after %s", wait)
		}
		h.became("a1", "daughter a@x sent: 250 ok")
		var attempts []attemptRow
		if err := h.db.NewSelect().Model(&attempts).Order("n").Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(attempts) != 3 || attempts[0].Outcome != "failed" || attempts[0].Answer != "500 busy" || attempts[2].Outcome != "accepted" {
			t.Errorf("attempts: %+v", attempts)
		}
	})
}

func TestAfterItsTimeTheNextChannelIsUsedAndThenSomebodyElse(t *testing.T) {
	for _, test := range []struct {
		severity rules.Severity
		within   time.Duration
	}{{rules.Critical, time.Minute}, {rules.Warning, 10 * time.Minute}} {
		t.Run(test.severity.String(), func(t *testing.T) {
			story(t, func(t *testing.T, h *house) {
				h.people.add("daughter", Family, "a@x", "b@x")
				h.post.at("a@x", failing)
				h.alert("a1", test.severity)
				h.tell(call("a1", 1, "daughter", test.severity))
				h.passes(test.within / 2)
				h.expects()
				h.passes(test.within / 2)
				h.expects("b@x")
				h.became("a1", "daughter a@x failed: 500 busy", "daughter b@x sent: 250 ok")
				if n := h.rows("a1")[0].Attempts; n < 5 || n > 12 {
					t.Errorf("%d attempts", n)
				}
				h.post.at("b@x", failing)
				h.tell(call("a1", 2, "daughter", test.severity))
				h.passes(test.within)
				if all, _ := h.lost.heard(); len(all) != 0 {
					t.Errorf("lost too early: %v", all)
				}
				h.passes(test.within)
				if all, woke := h.lost.heard(); len(all) != 1 || all[0] != (Lost{"a1", 2, Who{"r1", "daughter"}}) || woke != 1 {
					t.Errorf("lost: %+v, woken %d times", all, woke)
				}
			})
		})
	}
}

func TestAPermanentRefusalEndsAChannelAtOnce(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x", "b@x")
		h.post.at("a@x", func(context.Context, int, func()) error { return refusal{permanent: true} })
		h.alert("a1", rules.Critical)
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.passes(time.Millisecond)
		h.expects("b@x")
		h.became("a1", "daughter a@x failed: refused: 550 no", "daughter b@x sent: 250 ok")
	})
}

func TestAProviderIsLeftAloneAsLongAsItWants(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x", "b@x")
		wants := 40 * time.Second
		var tries []time.Time
		h.post.at("a@x", func(_ context.Context, _ int, take func()) error {
			if tries = append(tries, time.Now()); len(tries) < 2 {
				return refusal{after: wants}
			}
			take()
			return nil
		})
		h.alert("a1", rules.Critical)
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.passes(wants - time.Second)
		h.expects()
		h.passes(time.Second)
		h.expects("a@x")

		// Longer than there is time for: the next channel at once.
		tries, wants = nil, time.Hour
		h.tell(call("a1", 2, "daughter", rules.Critical))
		h.passes(time.Millisecond)
		h.expects("b@x")
	})
}

func TestWhoCannotBeReachedIsKnownAtOnce(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("neighbour", Neighbour)
		h.alert("a1", rules.Critical)
		h.tell(call("a1", 1, "neighbour", rules.Critical), call("a1", 1, "nobody", rules.Critical))
		h.passes(time.Millisecond)
		if all, woke := h.lost.heard(); len(all) != 2 || woke == 0 {
			t.Errorf("lost: %+v, woken %d times", all, woke)
		}
		h.became("a1", "neighbour  failed: no channel for this", "nobody  failed: no channel for this")
	})
}

func TestOneThatHangsHoldsUpNobodyElse(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		const hung, fine = "https://hung.example/hook", "https://fine.example/hook"
		webhook := func(id, address string) Channel {
			return Channel{ID: id, Kind: Webhook, Address: address, From: rules.Info}
		}
		h.post.at(hung, hanging)
		var tellings []Telling
		for i := range 30 {
			id := "slow" + string(rune('a'+i))
			h.people.set(Contact{ID: id, Relation: Staff, Zone: shanghai(), Channels: []Channel{webhook(id, hung)}})
			tellings = append(tellings, call("a1", 1, id, rules.Critical))
		}
		h.people.set(Contact{ID: "fast", Relation: Staff, Zone: shanghai(), Channels: []Channel{webhook("fast", fine)}})
		h.alert("a1", rules.Critical)
		h.tell(tellings...)
		h.passes(time.Millisecond)
		h.tell(call("a1", 1, "fast", rules.Critical))
		h.passes(time.Millisecond)
		h.expects(fine)
		// All thirty end within their minute and a little: those for whom there was no
		// place are lost as well as those that hung.
		h.passes(time.Minute + 10*time.Second)
		if all, _ := h.lost.heard(); len(all) != 30 {
			t.Errorf("%d of 30 are known to be lost", len(all))
		}
	})
}

// A browser that gave its subscription up is never asked again; a mailbox that is
// not there may come back.
func TestABrowserThatHasGoneIsTakenOut(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "browser@x", "mail@x", "last@x")
		c := h.people.all["daughter"]
		c.Channels[0].Kind = WebPush
		h.people.set(c)
		gone := func(context.Context, int, func()) error { return refusal{permanent: true, gone: true} }
		h.post.at("browser@x", gone)
		h.post.at("mail@x", gone)
		h.alert("a1", rules.Critical)
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.passes(time.Minute)
		h.expects("last@x")
		h.became("a1", "daughter browser@x failed: refused: 550 no", "daughter mail@x failed: refused: 550 no", "daughter last@x sent: 250 ok")
		if !slices.Equal(h.people.ended, []string{"browser@x"}) {
			t.Errorf("taken out: %q", h.people.ended)
		}
	})
}
