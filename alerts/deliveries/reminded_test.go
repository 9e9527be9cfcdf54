package deliveries

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

func remind(occurrence, contact string, severity rules.Severity) Telling {
	return Telling{
		About: OfOccurrence, Subject: occurrence, Step: 1, Says: Plain, Who: Who{"r1", contact}, Severity: severity,
		Words: &Words{
			Subject: rules.Text{EN: "Reminder: Li Wei", ZH: "提醒：李伟"}, Text: rules.Text{EN: "Li Wei, 08:00: " + occurrence + ".", ZH: "李伟，08:00：" + occurrence + "。"},
			Plainly: rules.Text{EN: "Anxin: a reminder, 08:00.", ZH: "安心：有一条08:00的提醒。"}, Done: rules.Text{EN: "It is done", ZH: "已完成"},
		},
	}
}

// Four medicines at one moment are one message; so are the same four a quarter of
// an hour later, but for the one that was taken.
func TestWhatIsDueTogetherIsOneMessage(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("li", Resident, "li@x")
		h.tell(remind("aspirin", "li", rules.Info), remind("metformin", "li", rules.Info), remind("statin", "li", rules.Info), remind("iron", "li", rules.Info))
		h.passes(time.Second)
		if all := h.expects("li@x"); len(all) == 1 && all[0].Text != "aspirin metformin statin iron " {
			t.Errorf("told of %q", all[0].Text)
		}
		h.passes(15 * time.Minute)
		h.done.close("metformin")
		var again []Telling
		for _, id := range []string{"aspirin", "metformin", "statin", "iron"} {
			again = append(again, remind(id, "li", rules.Info))
			again[len(again)-1].Step = 2
		}
		h.tell(again...)
		h.passes(time.Second)
		if all := h.expects("li@x"); len(all) == 1 && all[0].Text != "aspirin statin iron " {
			t.Errorf("told again of %q", all[0].Text)
		}
		h.stop()
		h.run() // nobody is told once more
		h.tell(remind("aspirin", "li", rules.Info))
		h.passes(time.Hour)
		h.expects()
	})
}

// Of reminders there are three messages in an hour; a fourth waits, and is dropped
// when it is done by then. What does not bear waiting does not wait, and an alert
// does not wait for reminders.
func TestRemindersAreFew(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("li", Resident, "li@x")
		for i := range 5 {
			h.tell(remind(fmt.Sprint("o", i), "li", rules.Info))
			h.passes(5 * time.Minute)
		}
		h.expects("li@x", "li@x", "li@x")
		h.tell(remind("insulin", "li", rules.Warning))
		h.alert("a1", rules.Warning)
		h.tell(call("a1", 1, "li", rules.Warning))
		h.passes(time.Second)
		h.expects("li@x", "li@x")
		h.done.close("o4")
		h.passes(35 * time.Minute)
		if all := h.expects("li@x"); len(all) == 1 && all[0].Text != "o3 " {
			t.Errorf("told of %q", all[0].Text)
		}
		h.passes(2 * time.Hour)
		h.expects()
		h.became("o4", "li li@x dropped: it is done")
	})
}

// An alert is not put off because there were reminders.
func TestRemindersPutOffNoAlert(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("nurse", Caregiver, "nurse@x")
		for i := range 4 {
			h.tell(remind(fmt.Sprint("insulin", i), "nurse", rules.Warning))
		}
		h.alert("a1", rules.Warning)
		h.tell(call("a1", 1, "nurse", rules.Warning))
		h.passes(time.Second)
		h.expects("nurse@x", "nurse@x", "nurse@x", "nurse@x", "nurse@x")
	})
}

func TestAHelperSleeps(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("daughter", Family, "d@x")
		h.people.add("li", Resident, "li@x")
		h.passes(11 * time.Hour) // 23:00
		over := remind("aspirin", "daughter", rules.Info)
		over.Until = time.Now().Add(time.Hour)
		h.tell(over, remind("statin", "daughter", rules.Info), remind("insulin", "daughter", rules.Warning), remind("aspirin", "li", rules.Info))
		h.passes(time.Second)
		h.expects("d@x", "li@x")
		h.passes(8*time.Hour - 2*time.Second)
		h.expects()
		h.passes(2 * time.Second)
		if all := h.expects("d@x"); len(all) == 1 && all[0].Text != "statin " {
			t.Errorf("told of %q", all[0].Text)
		}
	})
}

// A first channel that fails is followed by the next, for reminders too.
func TestAReminderGoesOverTheNextChannel(t *testing.T) {
	story(t, func(t *testing.T, h *house) {
		h.people.add("li", Resident, "li@x", "li@y")
		h.post.at("li@x", func(context.Context, int, func()) error { return refusal{permanent: true} })
		h.tell(remind("aspirin", "li", rules.Info))
		h.passes(time.Minute)
		h.expects("li@y")
	})
}

// letters are those that people get, by contact.
func (d *desk) reminded(tellings ...Telling) map[string]Message {
	d.t.Helper()
	d.tell(tellings...)
	round, err := d.take(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	got := map[string]Message{}
	for i := range round.rows {
		m, err := d.compose(d.t.Context(), &round.rows[i])
		if err != nil {
			d.t.Fatal(err)
		}
		got[round.rows[i].Contact] = m
	}
	return got
}

func tokenOf(t *testing.T, m Message, a Action) string {
	t.Helper()
	for _, l := range m.Links {
		if l.Action == a {
			return strings.TrimPrefix(l.URL, "https://anxin.example.org/t/")
		}
	}
	t.Fatalf("no link to %s among %+v", a, m.Links)
	return ""
}

// What residents are to do is closed with one tap, of several things all. The
// channel that is not trusted names nobody and no medicine.
func TestOneTapFinishes(t *testing.T) {
	d := newDesk(t)
	got := d.reminded(remind("aspirin", "daughter", rules.Info), remind("metformin", "daughter", rules.Info), remind("aspirin", "son", rules.Info))
	daughter, son := got["daughter"], got["son"]
	if daughter.Subject != "Anxin: 2 reminders" || daughter.Text != "Li Wei, 08:00: aspirin.\nLi Wei, 08:00: metformin." {
		t.Errorf("to the daughter: %q, %q", daughter.Subject, daughter.Text)
	}
	if son.Subject != "Anxin" || son.Text != "Anxin: a reminder, 08:00." {
		t.Errorf("to the son: %q, %q", son.Subject, son.Text)
	}
	token := tokenOf(t, daughter, Finish)
	if tap := d.look(token); tap.Standing != Ready || tap.Label != "All of it is done" || len(d.done.finished) != 0 {
		t.Errorf("before: %+v", tap)
	}
	for range 2 {
		if tap := d.use(token); tap.Standing != Done || tap.Action != Finish {
			t.Errorf("after: %+v", tap)
		}
	}
	if want := []string{"aspirin by u1", "metformin by u1"}; !slices.Equal(d.done.finished, want) {
		t.Errorf("finished %q, want %q", d.done.finished, want)
	}
	// The other one is told that nothing is left to be done, and does nothing.
	other := tokenOf(t, son, Finish)
	if tap := d.use(other); tap.Standing != Closed || len(d.done.finished) != 2 {
		t.Errorf("the second: %+v", tap)
	}
	for _, r := range d.rows("aspirin") {
		if (r.Status == Seen) != true {
			t.Errorf("delivery to %s is %s", r.Contact, r.Status)
		}
	}
	// One thing has its own words, and its link its time.
	d.done = &done{why: map[string]string{}}
	d.taps.duties = d.done
	one := d.reminded(remind("insulin", "daughter", rules.Warning))["daughter"]
	if one.Subject != "Reminder: Li Wei" || one.Links[0].Label != "It is done" {
		t.Errorf("one: %q, %+v", one.Subject, one.Links)
	}
	d.clock = d.clock.Add(25 * time.Hour)
	if tap := d.use(tokenOf(t, one, Finish)); tap.Standing != Expired || len(d.done.finished) != 0 {
		t.Errorf("a day later: %+v", tap)
	}
}

// "Are you all right?" has two answers. That help is needed may be said once the
// other was given, too, and by each of those who were asked.
func TestOneTapAsksForHelp(t *testing.T) {
	d := newDesk(t)
	asked := remind("check", "daughter", rules.Warning)
	asked.Words.Done, asked.Words.Help = rules.Text{EN: "All is well", ZH: "一切安好"}, rules.Text{EN: "Help is needed", ZH: "需要帮助"}
	second := asked
	second.Who.Contact = "son"
	got := d.reminded(asked, second)
	var labels []string
	for _, l := range got["daughter"].Links {
		labels = append(labels, l.Label)
	}
	if want := []string{"All is well", "Help is needed", "Open"}; !slices.Equal(labels, want) {
		t.Errorf("links %q, want %q", labels, want)
	}
	d.use(tokenOf(t, got["son"], Finish))
	token := tokenOf(t, got["daughter"], Help)
	if tap := d.look(token); tap.Standing != Ready || tap.Label != "Help is needed" || len(d.done.refused) != 0 {
		t.Errorf("before: %+v", tap)
	}
	for range 2 {
		if tap := d.use(token); tap.Standing != Done || tap.Action != Help {
			t.Errorf("after: %+v", tap)
		}
	}
	if tap := d.use(tokenOf(t, got["son"], Help)); tap.Standing != Closed {
		t.Errorf("the second: %+v", tap)
	}
	if want := []string{"check by u1"}; !slices.Equal(d.done.refused, want) {
		t.Errorf("refused %q, want %q", d.done.refused, want)
	}
}
