package escalation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

var began = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// people are a daughter, a son, a neighbour, two nurses of whom one is on duty,
// and their supervisor.
func people() Circle {
	return Circle{
		Resident: []Person{{Contact: "speaker"}}, Family: []Person{{Contact: "daughter", User: "u-daughter"}, {Contact: "son"}},
		Neighbours: []Person{{Contact: "neighbour", From: rules.Critical}}, OnDuty: []Person{{Contact: "nurse", User: "u-nurse"}},
		Team:       []Person{{Contact: "nurse", User: "u-nurse"}, {Contact: "backup"}},
		Supervisor: &Person{Contact: "supervisor"}, Staff: []Person{{Contact: "admin"}},
	}
}

// line is one alert's life on a virtual clock: what is told of it is written down.
type line struct {
	t       testing.TB
	facts   Facts
	circle  Circle
	state   State
	told    []string
	made    []Made
	gap     int
	policy  func(rules.Severity) Policy
	elapsed time.Duration
}

func alert(t testing.TB, severity rules.Severity) *line {
	l := &line{t: t, circle: people(), facts: Facts{Alert: "a", About: About{Resident: "r"}, Severity: severity, Status: engine.Firing, BeganAt: began}}
	l.policy = func(s rules.Severity) Policy { return standard(t, Standard(Residents, s)) }
	l.change(engine.Began, "")
	return l
}

func (l *line) now() time.Time { return began.Add(l.elapsed) }

func (l *line) change(cause engine.Cause, by string) {
	l.facts.New = append(l.facts.New, Change{At: l.now(), Cause: cause, By: by})
}

// look asks the planner, as a runner does that was woken.
func (l *line) look() {
	d := Plan(l.state, l.facts, &l.circle, l.policy(l.facts.Severity), l.now())
	l.state, l.facts.New = d.State, nil
	l.made = append(l.made, d.Made...)
	if d.Gap {
		l.gap++
	}
	for _, m := range d.Made {
		what := fmt.Sprintf("%s %s", l.elapsed, m.Cause)
		if m.Why == ForStep {
			what += fmt.Sprintf(" %d.%d", m.Stage, m.Round)
		}
		if m.Late {
			what += " late"
		}
		if m.Why == ForGap {
			what += " gap"
		}
		l.told = append(l.told, what+": "+strings.Join(m.Whom, " "))
	}
}

// run lets time pass, and looks whenever something is due.
func (l *line) run(until time.Duration) {
	for !l.state.Due.IsZero() && !l.state.Due.After(began.Add(until)) {
		l.elapsed = max(l.elapsed, l.state.Due.Sub(began))
		l.look()
	}
	l.elapsed = until
}

// sleep lets time pass while nobody looks.
func (l *line) sleep(until time.Duration) { l.elapsed = until }

func (l *line) claim(by string, lasts time.Duration) {
	l.facts.Status, l.facts.ClaimedBy, l.facts.ClaimedUntil = engine.Claimed, by, l.now().Add(lasts)
	l.change(engine.WasClaimed, by)
	l.look()
}

func (l *line) claimExpires() {
	l.facts.Status, l.facts.ClaimedBy, l.facts.ClaimedUntil = engine.Firing, "", time.Time{}
	l.change(engine.ClaimExpired, "")
	l.look()
}

func (l *line) resolve(by string) {
	l.facts.Status = engine.Resolved
	l.change(engine.WasResolved, by)
	l.look()
}

func (l *line) want(want ...string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.told); diff != "" {
		l.t.Errorf("told (-want +got):\n%s", diff)
	}
	l.told = nil
}

func TestStepByStepUntilSomebodyAnswers(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(16 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"2m0s step 2.0: daughter son neighbour",
		"3m0s step 3.0: nurse backup",
		"5m0s step 4.0: supervisor speaker daughter son nurse neighbour backup",
		"10m0s step 4.1: supervisor speaker daughter son nurse neighbour backup",
		"15m0s step 4.2: supervisor speaker daughter son nurse neighbour backup",
	)
	if !l.made[3].Emergency || l.made[2].Emergency {
		t.Error("want the emergency number asked for from the last step on")
	}
	l.resolve("u-nurse")
	l.run(time.Hour)
	l.want("16m0s over: speaker daughter son neighbour backup supervisor")
}

func TestAClaimStopsTheStepsAndTheOthersHearOfIt(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(2*time.Minute + 30*time.Second)
	l.claim("u-daughter", time.Hour)
	l.run(20 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"2m0s step 2.0: daughter son neighbour",
		"2m30s claimed: speaker nurse son neighbour",
	)
	l.claim("u-daughter", 2*time.Hour) // who has it stays with it
	l.want()
	l.claim("u-nurse", 2*time.Hour)
	l.want("20m0s claimed: speaker daughter son neighbour")
	l.resolve("u-nurse")
	l.want("20m0s over: speaker daughter son neighbour")
}

func TestAClaimThatRunsOutGoesOnWhereItStood(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(time.Minute)
	l.claim("contact:son", 10*time.Minute) // whom the daughter has called
	l.run(11 * time.Minute)
	l.claimExpires()
	l.run(14 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"1m0s claimed: speaker daughter nurse",
		"11m0s claim_expired 2.0: daughter son neighbour speaker nurse",
		"12m0s step 3.0: nurse backup",
		"14m0s step 4.0: supervisor speaker daughter son nurse neighbour backup",
	)
}

// An engine that does not say that a claim is over must not keep an alert quiet.
func TestAClaimEndsThoughNobodySaysSo(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.claim("u-nurse", 5*time.Minute)
	l.run(6 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"0s claimed: speaker daughter",
		"6m0s claim_expired 2.0: daughter son neighbour speaker nurse",
	)
	l.claimExpires() // late, and known by then
	l.want()
}

func TestClaimedAndNotClosedIsToldAgain(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(time.Minute)
	l.claim("u-nurse", 12*time.Hour)
	l.run(time.Hour + 2*time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"1m0s claimed: speaker daughter",
		"31m0s not_closed: nurse daughter",
		"1h1m0s not_closed: nurse daughter",
	)
	warning := alert(t, rules.Warning)
	warning.look()
	warning.claim("u-nurse", 12*time.Hour)
	warning.run(5 * time.Hour)
	warning.want("0s begun 1.0: speaker daughter nurse", "0s claimed: speaker daughter", "4h0m0s not_closed: nurse daughter")
}

func TestWhoHasLeftHearsNothingMore(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(2*time.Minute + 30*time.Second)
	l.told = nil
	l.circle.Neighbours, l.circle.Family = nil, l.circle.Family[:1] // the son and the neighbour
	l.claim("u-nurse", 10*time.Minute)
	l.run(12*time.Minute + 30*time.Second)
	l.claimExpires()
	l.change(engine.Repeated, "")
	l.elapsed += time.Second
	l.look()
	l.resolve("u-nurse")
	l.want(
		"2m30s claimed: speaker daughter",
		"12m30s claim_expired 3.0: nurse backup speaker daughter",
		"12m31s repeated 3.0: speaker daughter nurse backup",
		"12m31s over: speaker daughter backup",
	)
}

func TestASnoozeHolds(t *testing.T) {
	l := alert(t, rules.Warning)
	l.look()
	l.run(5 * time.Minute)
	l.facts.SnoozedUntil = l.now().Add(time.Hour)
	l.change(engine.WasSnoozed, "u-nurse")
	l.look()
	l.run(65 * time.Minute)
	l.facts.SnoozedUntil = time.Time{}
	l.change(engine.SnoozeEnded, "")
	l.look()
	l.run(80 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"1h5m0s snooze_ended 2.0: daughter son speaker nurse",
		"1h20m0s step 3.0: nurse backup",
	)
}

func TestWorsenedBeginsAgainAtOnceAlsoWhenClaimed(t *testing.T) {
	l := alert(t, rules.Warning)
	l.look()
	l.run(time.Minute)
	l.claim("u-nurse", 12*time.Hour)
	l.run(10 * time.Minute)
	l.facts.Severity = rules.Critical
	l.change(engine.Worsened, "")
	l.look()
	l.run(13 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"1m0s claimed: speaker daughter",
		"10m0s worsened 1.0: speaker daughter nurse",
		"12m0s step 2.0: daughter son neighbour",
		"13m0s step 3.0: nurse backup",
	)
	l.claim("u-nurse", 2*time.Hour) // now for what it has become
	l.run(20 * time.Minute)
	l.want("13m0s claimed: speaker daughter son neighbour backup")
}

func TestAnotherPressIsToldAtOnce(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(time.Minute)
	l.change(engine.Repeated, "")
	l.look()
	l.run(2 * time.Minute)
	l.claim("contact:backup", time.Hour)
	l.run(10 * time.Minute)
	l.change(engine.Repeated, "")
	l.look()
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"1m0s repeated 1.0: speaker daughter nurse",
		"2m0s step 2.0: daughter son neighbour",
		"2m0s claimed: speaker daughter nurse son neighbour",
		"10m0s repeated 2.0: speaker daughter nurse son neighbour backup",
	)
	for i, again := range map[int]time.Duration{0: 0, 1: time.Minute, 2: 0, 3: 0, 4: 10 * time.Minute} {
		want := time.Time{}
		if again != 0 {
			want = began.Add(again)
		}
		if got := l.made[i].Again; !got.Equal(want) {
			t.Errorf("%s says that somebody called again at %v, want %v", l.told[i], got, want)
		}
	}
	d := Decision{State: l.state, Made: l.made[4:]}
	for _, telling := range d.tellings(&l.facts) {
		if telling.Unanswered || telling.Holder != "contact:backup" {
			t.Errorf("%s hears that nobody has answered (%t), and that %q has it", telling.Contact, telling.Unanswered, telling.Holder)
		}
	}
}

func TestAStepThatIsDueSaysThatNobodyHasAnswered(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(2 * time.Minute)
	d := Decision{State: l.state, Made: l.made}
	for _, telling := range d.tellings(&l.facts) {
		if want := telling.Stage > 1; telling.Unanswered != want {
			t.Errorf("step %d says that nobody has answered: %t, want %t", telling.Stage, telling.Unanswered, want)
		}
	}
}

func TestAPartIsNotToldUntilItStandsAlone(t *testing.T) {
	l := alert(t, rules.Critical)
	l.facts.Part = true
	l.look()
	l.run(10 * time.Minute)
	l.want()
	l.facts.Part = false
	l.change(engine.Ungrouped, "")
	l.look()
	l.want("10m0s ungrouped 1.0: speaker daughter nurse")
	l.facts.Part = true
	l.change(engine.Grouped, "")
	l.look()
	l.run(time.Hour)
	l.resolve("u-nurse")
	l.want()
}

func TestInformationIsToldOnce(t *testing.T) {
	l := alert(t, rules.Info)
	l.look()
	l.run(48 * time.Hour)
	l.resolve("")
	l.want("0s begun 1.0: daughter son nurse")
}

func TestWhoHoldsTheTokenComesFirst(t *testing.T) {
	l := alert(t, rules.Critical)
	l.circle.Holder = &Person{Contact: "aunt"}
	l.look()
	l.want("0s begun 1.0: speaker aunt nurse")
}

// Nobody in a step is no reason to wait.
func TestStepsWithNobodyAreSkipped(t *testing.T) {
	l := alert(t, rules.Critical)
	l.circle = Circle{Supervisor: &Person{Contact: "supervisor"}, Staff: []Person{{Contact: "admin"}}}
	l.look()
	l.run(5 * time.Minute)
	l.want("0s begun 4.0: supervisor", "5m0s step 4.1: supervisor")
}

func TestNobodyAtAllIsToldToStaffOnceAsAGap(t *testing.T) {
	l := alert(t, rules.Critical)
	l.circle = Circle{Staff: []Person{{Contact: "admin"}}}
	l.look()
	l.run(5 * time.Minute)
	l.want("0s begun gap: admin", "5m0s step 4.1: admin")
	if l.gap != 1 {
		t.Errorf("the gap was found %d times, want once", l.gap)
	}
	l.circle.Family = []Person{{Contact: "daughter"}}
	l.run(10 * time.Minute)
	l.want("10m0s step 4.2: daughter")
}

func TestTheSpeakerAtHomeIsNobodyWhoHelps(t *testing.T) {
	l := alert(t, rules.Critical)
	l.circle = Circle{Resident: []Person{{Contact: "speaker"}}, Staff: []Person{{Contact: "admin"}}}
	l.look()
	l.run(6 * time.Minute)
	l.want(
		"0s begun 4.0: speaker",
		"0s begun gap: admin",
		"5m0s step 4.1: speaker admin",
	)
	if l.gap != 1 {
		t.Errorf("%d gaps, want it said once", l.gap)
	}

	l = alert(t, rules.Critical)
	l.circle = Circle{Resident: []Person{{Contact: "speaker"}}, Neighbours: []Person{{Contact: "neighbour"}}}
	l.look()
	l.want("0s begun 2.0: speaker neighbour")
}

// Whom no channel reaches need not be waited for.
func TestTheNextStepIsMadeAtOnceWhenNobodyIsReached(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	for _, after := range []time.Duration{20 * time.Second, 40 * time.Second, time.Minute, 2 * time.Minute} {
		l.run(after)
		l.state = l.state.Unreached(l.now())
		l.look()
	}
	l.run(10 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"20s step 2.0: daughter son neighbour",
		"40s step 3.0: nurse backup",
		"1m0s step 4.0: supervisor speaker daughter son nurse neighbour backup",
		"2m0s unreached gap: admin",
		"7m0s step 4.1: supervisor speaker daughter son nurse neighbour backup",
	)
	if l.gap != 1 {
		t.Errorf("the gap was found %d times, want once", l.gap)
	}
	l.claim("u-nurse", time.Hour)
	if held := l.state.Unreached(l.now()); !cmp.Equal(held, l.state) {
		t.Error("who has it is not told faster because others are not reached")
	}
}

func TestWhoWantsOnlyGraveThingsHearsOfThose(t *testing.T) {
	l := alert(t, rules.Warning)
	l.circle.Family[0].From = rules.Critical
	l.look()
	l.want("0s begun 1.0: speaker son nurse")
}

// A step whose time passed while the service did not run is made once, at once,
// and says that it is late; those after it keep their distances.
func TestAfterAPauseStepsKeepTheirDistances(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.sleep(11 * time.Minute)
	l.look()
	l.run(20 * time.Minute)
	l.want(
		"0s begun 1.0: speaker daughter nurse",
		"11m0s step 2.0 late: daughter son neighbour",
		"12m0s step 3.0: nurse backup",
		"14m0s step 4.0: supervisor speaker daughter son nurse neighbour backup",
		"19m0s step 4.1: supervisor speaker daughter son nurse neighbour backup",
	)
}

func TestWhatWasOverBeforeAnybodyHeardIsNotTold(t *testing.T) {
	l := alert(t, rules.Critical)
	l.sleep(time.Hour)
	l.resolve("")
	l.want()
	if l.state.Phase != Ended || !l.state.Due.IsZero() {
		t.Errorf("phase %s, due %s: want it ended", l.state.Phase, l.state.Due)
	}
}

// Told as often as the runner is woken, nothing changes.
func TestLookingTwiceChangesNothing(t *testing.T) {
	for _, severity := range []rules.Severity{rules.Info, rules.Warning, rules.Critical} {
		l := alert(t, severity)
		l.look()
		before := l.state
		l.told = nil
		for range 3 {
			l.look()
		}
		l.want()
		if diff := cmp.Diff(before, l.state); diff != "" {
			t.Errorf("%s (-before +after):\n%s", severity, diff)
		}
	}
}

func TestEachStepIsNumbered(t *testing.T) {
	l := alert(t, rules.Critical)
	l.look()
	l.run(30 * time.Minute)
	l.claim("u-nurse", time.Hour)
	l.resolve("u-nurse")
	if !slices.IsSortedFunc(l.made, func(a, b Made) int { return a.N - b.N }) || l.made[0].N != 1 || l.made[len(l.made)-1].N != len(l.made) {
		t.Errorf("numbers are not 1 to %d: %+v", len(l.made), l.made)
	}
}
