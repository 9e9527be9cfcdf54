package deliveries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

func TestSomebodyIsToldAtOnceAndOnce(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x")
		h.alert("a1", rules.Critical)
		began := time.Now()
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.passes(time.Hour)
		all := h.expects("a@x")
		if all[0].at != began || all[0].Key != h.rows("a1")[0].ID || !all[0].Loud {
			t.Errorf("got %+v", all[0])
		}
		h.became("a1", "daughter a@x sent: 250 ok")
		h.tell(call("a1", 2, "daughter", rules.Critical))
		h.passes(time.Hour)
		h.expects("a@x")
	})
}

func TestATransactionThatIsRunAgainSendsOnce(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x")
		h.alert("a1", rules.Critical)
		tellings := []Telling{call("a1", 1, "daughter", rules.Critical)}
		for range 3 * laneWidth { // rolled back each time
			tx, err := h.db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Queue(t.Context(), tx, tellings); err != nil {
				t.Fatal(err)
			}
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
		}
		h.passes(time.Minute)
		h.expects()
		h.tell(tellings...)
		h.passes(time.Minute)
		h.expects("a@x")
		if len(h.lanes.busy) != 0 {
			t.Errorf("lanes are busy: %v", h.lanes.busy)
		}
	})
}

// Who wants to hear of critical alerts only as one of the family is on duty now: whom
// to tell is the escalation's to say, and it waits for them.
func TestWhoIsToBeToldIsToldWhateverTheyWishOtherwise(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("nurse", Caregiver, "nurse@x")
		nurse := h.people.all["nurse"]
		nurse.From = rules.Critical
		h.people.set(nurse)
		h.alert("a1", rules.Warning)
		h.tell(call("a1", 1, "nurse", rules.Warning))
		h.passes(time.Second)
		h.expects("nurse@x")
	})
}

// A stop is no crash: what a provider is about to take is not sent once more.
func TestAStopWaitsForTheAnswer(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("son", Family, "son@x")
		h.alert("a1", rules.Critical)
		stopped := make(chan struct{})
		h.post.at("son@x", func(ctx context.Context, _ int, take func()) error {
			take()
			go func() {
				h.stop()
				close(stopped)
			}()
			time.Sleep(time.Second)
			return ctx.Err()
		})
		h.tell(call("a1", 1, "son", rules.Critical))
		<-stopped
		h.became("a1", "son son@x sent: 250 ok")
		h.run()
		h.passes(5 * time.Minute)
		h.expects("son@x")
	})
}

func TestWhatIsCriticalGoesFirst(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		slow := func(_ context.Context, _ int, take func()) error {
			time.Sleep(time.Second)
			take()
			return nil
		}
		h.alert("w", rules.Warning)
		h.alert("c", rules.Critical)
		var tellings []Telling
		for i := range 20 {
			id := string(rune('a' + i))
			h.people.add(id, Staff, id)
			h.post.at(id, slow)
			tellings = append(tellings, call("w", 1, id, rules.Warning))
		}
		h.tell(tellings...)
		h.passes(10 * time.Millisecond)
		h.tell(call("c", 1, "t", rules.Critical))
		h.passes(time.Second)
		all := h.post.taken()
		if len(all) != laneOrdinary+1 || all[laneOrdinary].Alert != "c" {
			t.Errorf("after a second %d were taken, the last about %s", len(all), all[len(all)-1].Alert)
		}
		h.passes(time.Minute)
		if rest := h.post.taken(); len(rest) != 20-laneOrdinary {
			t.Errorf("%d came later", len(rest))
		}
	})
}

func TestNothingIsSentAboutWhatIsClosedOrTaken(t *testing.T) {
	until := func() time.Time { return time.Now().Add(time.Hour).Truncate(time.Millisecond) }
	for what, test := range map[string]struct {
		happens func(h *house)
		why     string
	}{
		"closed":  {func(h *house) { h.resolve("a1") }, "the alert is closed"},
		"claimed": {func(h *house) { h.claim("a1", "u2", until()) }, "somebody has it"},
		"grouped": {func(h *house) { h.exec("UPDATE alerts SET part_of = 'a0'") }, "it is told with another"},
		"gone":    {func(h *house) { h.exec("DELETE FROM alerts") }, "there is no such alert"},
	} {
		t.Run(what, func(t *testing.T) {
			story(t, func(t *testing.T, h *house) {
				h.people.add("daughter", Family, "a@x", "b@x")
				h.post.at("a@x", failing)
				h.alert("a1", rules.Critical)
				h.tell(call("a1", 1, "daughter", rules.Critical))
				h.passes(10 * time.Second)
				test.happens(h)
				h.post.at("a@x", nil)
				h.passes(time.Hour)
				h.expects()
				h.became("a1", "daughter a@x dropped: "+test.why)
			})
		})
		t.Run(what+" between the queueing and the sending", func(t *testing.T) {
			story(t, func(t *testing.T, h *house) {
				h.people.add("daughter", Family, "a@x")
				h.alert("a1", rules.Critical)
				tx, err := h.db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				tellings := []Telling{call("a1", 1, "daughter", rules.Critical)}
				if err := h.Queue(t.Context(), tx, tellings); err != nil {
					t.Fatal(err)
				}
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
				test.happens(h)
				h.Committed(tellings)
				h.passes(time.Hour)
				h.expects()
				h.became("a1", "daughter a@x dropped: "+test.why)
			})
		})
	}
}

func TestNewsGoToThoseWhoWereTold(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x")
		h.people.add("son", Family, "b@x")
		h.post.at("b@x", failing)
		h.alert("a1", rules.Warning)
		h.tell(call("a1", 1, "daughter", rules.Warning))
		h.passes(time.Second)
		h.expects("a@x")
		until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		h.claim("a1", "u1", until)
		news := func(says Says, step int, contact string) Telling {
			return Telling{About: OfNews, Subject: "a1", Step: step, Says: says, Who: Who{"r1", contact}, Severity: rules.Warning, Holder: "u1", HeldUntil: until}
		}
		h.tell(news(Taken, 2, "daughter"), news(Taken, 2, "son"))
		h.passes(time.Second)
		if all := h.expects("a@x"); all[0].Loud || all[0].Says != Taken {
			t.Errorf("the news: %+v", all[0])
		}
		h.tell(Telling{About: OfAlert, Subject: "a1", Step: 3, Says: Remind, Who: Who{"r1", "daughter"}, Severity: rules.Warning, Holder: "u1", HeldUntil: until})
		h.passes(time.Second)
		h.expects("a@x")
		h.tell(Telling{About: OfAlert, Subject: "a1", Step: 4, Says: Remind, Who: Who{"r1", "daughter"}, Severity: rules.Warning, Holder: "u1", HeldUntil: until.Add(-time.Minute)})
		h.passes(time.Second)
		h.expects()
		h.resolve("a1")
		h.tell(news(Over, 5, "daughter"), news(Over, 5, "son"))
		h.passes(24 * time.Hour)
		h.expects("a@x")
	})
}

func TestAWarningAtNightWaitsForTheMorning(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x")
		h.people.add("carer", Caregiver, "b@x")
		h.passes(11 * time.Hour) // 23:00
		h.alert("a1", rules.Warning)
		h.alert("a2", rules.Warning)
		h.tell(call("a1", 1, "daughter", rules.Warning), call("a1", 1, "carer", rules.Warning), call("a2", 1, "daughter", rules.Warning))
		h.passes(8*time.Hour - time.Second)
		h.expects("b@x")
		h.resolve("a2")
		h.passes(time.Second)
		h.expects("a@x")
		h.became("a2", "daughter a@x dropped: the alert is closed")
	})
}

// Whoever may name an address cannot have it written to without end.
func TestTestsAreFewAnHour(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("son", Family, "son@x", "son@y")
		sent := func() (n int) {
			for i := range 2 * mostTests {
				var fault *store.Fault
				_, err := h.Test(t.Context(), "son", []string{"son@x", "son@y"}[i%2])
				if errors.As(err, &fault) && fault.Code == "test.too_many" {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		if n := sent(); n != mostTests {
			t.Errorf("%d tests at once", n)
		}
		h.passes(time.Hour)
		if n := sent(); n != mostTests {
			t.Errorf("%d tests an hour later", n)
		}
	})
}

// A digest cannot say that it is a test, nor be its answer.
func TestATestGoesByItselfInAStorm(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("son", Family, "son@x")
		for i := range mostAtOnce + 1 {
			id := fmt.Sprint("a", i)
			h.alert(id, rules.Critical)
			h.tell(call(id, 1, "son", rules.Critical))
		}
		if _, err := h.Test(t.Context(), "son", "son@x"); err != nil {
			t.Fatal(err)
		}
		h.passes(time.Second)
		all := h.expects("son@x", "son@x", "son@x", "son@x", "son@x", "son@x")
		if !slices.ContainsFunc(all, func(g got) bool { return g.About == OfTest }) {
			t.Errorf("no test among %+v", all)
		}
	})
}

func TestWhoHasLeftTheCareTeamIsToldNothingMore(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("son", Family, "son@x")
		h.people.add("nurse", Caregiver, "nurse@x")
		h.alert("a1", rules.Info)
		h.tell(call("a1", 1, "son", rules.Info), call("a1", 1, "nurse", rules.Info))
		h.alert("a2", rules.Warning)
		h.post.at("son@x", func(context.Context, int, func()) error { return errBusy })
		h.tell(call("a2", 1, "son", rules.Warning))
		h.passes(time.Second)
		h.people.add("son", Staff, "son@x") // as those are who are not in the care team
		h.post.at("son@x", nil)
		h.passes(12 * time.Hour)
		h.expects("nurse@x")
		h.became("a1", "son son@x dropped: has left the care team", "nurse nurse@x sent: 250 ok")
		h.became("a2", "son son@x dropped: has left the care team")
	})
}

func TestInformationComesInTheDigest(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x", "b@x")
		for _, id := range []string{"a1", "a2", "a3"} {
			h.alert(id, rules.Info)
			h.tell(call(id, 1, "daughter", rules.Info))
		}
		h.post.at("a@x", func(context.Context, int, func()) error { return refusal{permanent: true} })
		h.resolve("a2")
		h.passes(6*time.Hour + 30*time.Minute - time.Second)
		h.expects()
		h.passes(2 * time.Second) // 18:30
		all := h.expects("b@x")
		if all[0].Text != "a1 a3 " {
			t.Errorf("the digest says %q", all[0].Text)
		}
		h.became("a1", "daughter a@x failed: refused: 550 no", "daughter b@x sent: 250 ok")
		h.became("a2", "daughter a@x dropped: the alert is closed")
		if digest := h.rows("a3")[1].Digest; digest != all[0].Key {
			t.Errorf("a3 went in digest %q, want %q", digest, all[0].Key)
		}
		h.passes(24 * time.Hour)
		h.expects()
	})
}

func TestSomebodyIsToldAgainAsTheyWish(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x")
		c := h.people.all["daughter"]
		c.Delay, c.Repeat, c.Quiet = 10*time.Minute, time.Hour, nil
		h.people.set(c)
		h.alert("a1", rules.Warning)
		h.tell(call("a1", 1, "daughter", rules.Warning))
		h.passes(10*time.Minute - time.Second)
		h.expects()
		h.passes(time.Second)
		h.expects("a@x")
		h.passes(3 * time.Hour)
		h.expects("a@x", "a@x", "a@x")
		h.claim("a1", "u1", time.Now().Add(time.Hour))
		h.passes(24 * time.Hour)
		h.expects()
	})
}

func TestWhatWasDueWhileNobodySentIsSentAfterwards(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x", "b@x")
		h.alert("a1", rules.Critical)
		h.stop()
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.passes(10 * time.Minute)
		h.expects()
		h.run()
		h.passes(time.Millisecond)
		h.expects("a@x")
	})
}

func TestThatNothingMovesIsSaid(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "a@x")
		h.alert("a1", rules.Critical)
		h.tell(call("a1", 1, "daughter", rules.Critical))
		h.passes(time.Second)
		if err := h.Moves(t.Context()); err != nil {
			t.Errorf("all is well: %v", err)
		}
		h.exec("UPDATE deliveries SET status = 'queued', next_at = ?", time.Now().Add(-overdueAfter).UnixMilli())
		if err := h.Moves(t.Context()); err == nil {
			t.Error("something has been due for a minute, and nothing is said")
		}
		h.stop()
		if err := h.Moves(t.Context()); err == nil {
			t.Error("nothing is sent, and nothing is said")
		}
	})
}

func TestWhatTheSpeakerReplies(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.set(Contact{ID: "li", Relation: Resident, Zone: shanghai(), Channels: []Channel{
			{ID: "s1", Kind: Speaker, Address: "speaker-1", From: rules.Info}, {ID: "s2", Kind: Speaker, Address: "speaker-2", From: rules.Info},
		}})
		reply := func(step int, device string, said bool, answer string) {
			t.Helper()
			for _, r := range h.rows("a1") {
				if r.Step == step && r.Channel == "s1" {
					if err := h.Replied(t.Context(), Reply{Device: device, Delivery: r.ID, Said: said, Answer: answer}); err != nil {
						t.Error(err)
					}
				}
			}
			h.passes(time.Second)
		}
		h.alert("a1", rules.Critical)
		for step := 1; step <= 3; step++ {
			h.tell(call("a1", step, "li", rules.Critical))
			h.passes(2 * time.Minute)
		}
		for _, g := range h.expects("speaker-1", "speaker-1", "speaker-1") {
			if lasts := g.Until.Sub(g.at); lasts != 10*time.Minute {
				t.Errorf("of use for %s", lasts)
			}
		}
		reply(1, "speaker-9", false, "") // of somebody else
		reply(1, "speaker-1", true, "")
		reply(2, "speaker-1", true, "yes")
		reply(3, "speaker-1", false, "")
		h.expects("speaker-2")
		h.became("a1", "li s1 delivered: 250 ok", "li s1 seen: 250 ok", "li s1 failed: the speaker could not say it", "li s2 sent: 250 ok")
	})
}
