package deliveries

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// desk is what stands behind links, with a clock that the test turns.
type desk struct {
	*house
	links *Links
	taps  *Taps
	clock time.Time
	judge *bench
}

// bench is a judge who writes what it is told.
type bench struct {
	mu    sync.Mutex
	h     *house
	acts  []string
	fails error
}

func (b *bench) Claim(_ context.Context, alert, by string, until time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails != nil {
		return b.fails
	}
	b.acts = append(b.acts, "claim "+alert+" by "+by)
	b.h.claim(alert, by, until)
	return nil
}

func (b *bench) Resolve(_ context.Context, alert, by string, verdict engine.Verdict, _ string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acts = append(b.acts, string(verdict)+" "+alert+" by "+by)
	b.h.resolve(alert)
	b.h.exec("INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence) VALUES (?, 2, 1, 'resolved', 3, 'person', ?, ?, '', '{}')", alert, by, verdict)
	return nil
}

type faces map[string]string

func (f faces) NameOf(_ context.Context, by string) (string, error) { return f[by], nil }

func newDesk(t *testing.T) *desk {
	db := storetest.Open(t, storetest.New(t))
	h := newHouse(t, db)
	d := &desk{house: h, clock: time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC), judge: &bench{h: h}}
	now := func() time.Time { return d.clock }
	registry, err := devices.OpenRegistry(t.Context(), db, h.log)
	if err != nil {
		t.Fatal(err)
	}
	home, err := registry.AddHome(t.Context(), devices.Home{ID: "h1", Name: "5-2", TimeZone: "Asia/Shanghai"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := registry.SetHomePhone(t.Context(), home.ID, "010-6265 1234", false); err != nil {
		t.Fatal(err)
	}
	residents := records.NewResidents(db, registry)
	if _, err := residents.Create(t.Context(), records.Resident{ID: "r1", Name: "李伟", Phone: "138 0013 8000", HomeID: home.ID, TimeZone: "Asia/Shanghai", Language: "zh-CN"}); err != nil {
		t.Fatal(err)
	}
	if d.links, err = OpenLinks(t.Context(), db, "https://anxin.example.org/"); err != nil {
		t.Fatal(err)
	}
	names := faces{"u1": "Wang Fang", "contact:son": "Li Qiang"}
	writer, err := NewWriter(alerts.NewAlerts(db), alerts.NewNames(residents, registry), registry, names, d.links, now)
	if err != nil {
		t.Fatal(err)
	}
	h.Deliveries = New(Config{DB: db, People: h.people, Carrier: h.post, Author: writer, Occurrences: h.done, Log: slog.New(slog.DiscardHandler), Now: now})
	d.taps = NewTaps(db, h.people, writer, d.judge, h.done, now)
	h.people.set(Contact{ID: "daughter", User: "u1", Relation: Family, Language: "en", Zone: shanghai(), Channels: []Channel{{ID: "a", Kind: Email, Address: "a@x", Trusted: true, From: rules.Info}}})
	h.people.set(Contact{ID: "son", Relation: Family, Language: "en", Zone: shanghai(), Channels: []Channel{{ID: "b", Kind: SMS, Address: "+86", From: rules.Info}}})
	return d
}

// sos begins an alert and tells both of it; it returns the links of each, by action.
func (d *desk) sos(id string) (daughter, son map[Action]string) {
	d.t.Helper()
	d.house.alert(id, rules.Critical)
	text, err := json.Marshal(rules.Rule{ID: "sos", Name: rules.Text{EN: "SOS", ZH: "求助"}, Message: rules.Text{EN: "{name} calls for help.", ZH: "{name}求助。"}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.exec("UPDATE alerts SET rule_text = ? WHERE id = ?", string(text), id)
	d.tell(call(id, 1, "daughter", rules.Critical), call(id, 1, "son", rules.Critical))
	links := map[string]map[Action]string{}
	for _, r := range d.rows(id) {
		d.exec("UPDATE deliveries SET status = 'sent', attempts = 1, next_at = NULL WHERE id = ?", r.ID)
		m, err := d.compose(d.t.Context(), &r)
		if err != nil {
			d.t.Fatal(err)
		}
		links[r.Contact] = map[Action]string{}
		for _, l := range m.Links {
			token, ok := strings.CutPrefix(l.URL, "https://anxin.example.org/t/")
			if !ok {
				d.t.Fatalf("link %s", l.URL)
			}
			links[r.Contact][l.Action] = token
		}
	}
	return links["daughter"], links["son"]
}

func (d *desk) use(token string) Tap {
	d.t.Helper()
	tap, err := d.taps.Use(d.t.Context(), token)
	if err != nil {
		d.t.Fatal(err)
	}
	return tap
}

func (d *desk) look(token string) Tap {
	d.t.Helper()
	tap, err := d.taps.Look(d.t.Context(), token)
	if err != nil {
		d.t.Fatal(err)
	}
	return tap
}

func TestOneTapClaims(t *testing.T) {
	d := newDesk(t)
	daughter, son := d.sos("a1")
	for range 5 { // a scanner of mail
		if tap := d.look(daughter[Claim]); tap.Standing != Ready || tap.Subject != "SOS: 李伟" {
			t.Fatalf("before: %+v", tap)
		}
	}
	if len(d.judge.acts) != 0 || d.rows("a1")[0].Status == Seen {
		t.Fatal("looking at a link did something")
	}
	if tap := d.look(son[Claim]); tap.Subject != "Anxin: urgent" {
		t.Errorf("over a channel that is not trusted: %q", tap.Subject)
	}
	tap := d.use(daughter[Claim])
	if tap.Standing != Done || !tap.Mine || !tap.Until.Equal(d.clock.Add(30*time.Minute)) || tap.Holder != "Wang Fang" {
		t.Errorf("after: %+v", tap)
	}
	d.use(daughter[Claim])
	if len(d.judge.acts) != 1 || d.judge.acts[0] != "claim a1 by u1" {
		t.Errorf("what was done: %q", d.judge.acts)
	}
	for _, r := range d.rows("a1") {
		if (r.Status == Seen) != (r.Contact == "daughter") {
			t.Errorf("delivery to %s is %s", r.Contact, r.Status)
		}
	}
	// The other one learns that somebody has it; over this channel not who.
	for _, action := range []Action{Claim, FalseAlarm} {
		if tap := d.use(son[action]); tap.Standing != HeldNow || tap.Mine || tap.Holder != "" || tap.Until.IsZero() {
			t.Errorf("the second to %s: %+v", action, tap)
		}
	}
	if len(d.judge.acts) != 1 {
		t.Errorf("what was done: %q", d.judge.acts)
	}
	// Who has it may still say that it was a false alarm.
	if tap := d.use(daughter[FalseAlarm]); tap.Standing != Closed || !tap.Mine {
		t.Errorf("closed: %+v", tap)
	}
	if tap := d.use(son[Claim]); tap.Standing != Closed {
		t.Errorf("after the end: %+v", tap)
	}
	if len(d.judge.acts) != 2 || d.judge.acts[1] != "false_alarm a1 by u1" {
		t.Errorf("what was done: %q", d.judge.acts)
	}
}

// Behind a link stands what its contact may know over the channel that it came by,
// with what else can be done; it makes no link last longer.
func TestWhatStandsBehindALink(t *testing.T) {
	d := newDesk(t)
	d.people.set(Contact{ID: "son", Relation: Neighbour, Language: "en", Zone: shanghai(), Channels: []Channel{{ID: "b", Kind: SMS, Address: "+86", From: rules.Info}}})
	daughter, neighbour := d.sos("a1")
	tap := d.look(daughter[Look])
	if tap.Scene == nil {
		t.Fatalf("nothing: %+v", tap)
	}
	s := *tap.Scene
	if s.Name != "李伟" || s.What != "李伟 calls for help." || s.Where != "5-2" || s.Why == "" || s.Since.IsZero() || s.As != "u1" || !slices.Equal(s.Residents, []string{"r1"}) {
		t.Errorf("the daughter sees %+v", s)
	}
	if want := []Phone{{Number: "138 0013 8000", Of: "李伟"}, {Number: "010-6265 1234", Home: true}}; !slices.Equal(s.Phones, want) {
		t.Errorf("the daughter may call %v, want %v", s.Phones, want)
	}
	if len(s.Offers) != 2 || s.Offers[0].Action != Claim || s.Offers[0].Label != "I have it" || s.Offers[1].Action != FalseAlarm {
		t.Fatalf("the daughter may %+v", s.Offers)
	}
	if s := d.look(neighbour[Look]).Scene; s == nil || s.Where != "5-2" || s.Name+s.What+s.Why != "" || len(s.Phones) != 0 || len(s.Offers) != 1 {
		t.Errorf("the neighbour sees %+v", s)
	}
	if tap := d.use(s.Offers[0].Token); tap.Standing != Done || !tap.Mine || len(tap.Scene.Offers) != 1 || tap.Scene.Offers[0].Action != FalseAlarm {
		t.Errorf("taken: %+v, %+v", tap, tap.Scene)
	}
	if s := d.look(neighbour[Look]).Scene; len(s.Offers) != 0 {
		t.Errorf("the neighbour may %+v of what another has", s.Offers)
	}
	offered := d.look(daughter[Look]).Scene.Offers[0].Token
	d.clock = d.clock.Add(24 * time.Hour)
	for _, token := range []string{offered, daughter[Look]} {
		if tap := d.look(token); tap.Standing != Expired || tap.Scene != nil {
			t.Errorf("a day later: %+v", tap)
		}
	}
	// Over a channel that is not trusted there is no more than the message said.
	d = newDesk(t)
	if _, son := d.sos("a2"); d.look(son[Look]).Scene != nil {
		t.Errorf("over a channel that is not trusted: %+v", d.look(son[Look]).Scene)
	}
}

func TestSomebodyWithoutAUserClaimsToo(t *testing.T) {
	d := newDesk(t)
	daughter, son := d.sos("a1")
	d.use(son[Claim])
	if len(d.judge.acts) != 1 || d.judge.acts[0] != "claim a1 by contact:son" {
		t.Errorf("what was done: %q", d.judge.acts)
	}
	if tap := d.look(daughter[Claim]); tap.Standing != HeldNow || tap.Holder != "Li Qiang" {
		t.Errorf("the other: %+v", tap)
	}
}

func TestOfManyTapsAtOnceOneClaims(t *testing.T) {
	d := newDesk(t)
	daughter, son := d.sos("a1")
	var wg sync.WaitGroup
	for i := range 20 {
		token := []string{daughter[Claim], son[Claim]}[i%2]
		wg.Go(func() {
			if _, err := d.taps.Use(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(d.judge.acts) != 1 {
		t.Errorf("what was done: %q", d.judge.acts)
	}
}

func TestALinkThatFailedWorksAgain(t *testing.T) {
	d := newDesk(t)
	daughter, _ := d.sos("a1")
	d.judge.fails = &store.Fault{Kind: store.ErrConflict, Code: "alert.starting", Entity: "alert"}
	if _, err := d.taps.Use(t.Context(), daughter[Claim]); err == nil {
		t.Fatal("it is not said that it failed")
	}
	d.judge.fails = nil
	if tap := d.use(daughter[Claim]); tap.Standing != Done {
		t.Errorf("the second time: %+v", tap)
	}
}

func TestLinksEnd(t *testing.T) {
	d := newDesk(t)
	daughter, _ := d.sos("a1")
	d.clock = d.clock.Add(linksLast - time.Second)
	if tap := d.look(daughter[Claim]); tap.Standing != Ready {
		t.Errorf("just in time: %+v", tap)
	}
	d.clock = d.clock.Add(time.Second)
	if tap := d.use(daughter[Claim]); tap.Standing != Expired || len(d.judge.acts) != 0 {
		t.Errorf("too late: %+v, %q", tap, d.judge.acts)
	}
	// Who is removed does nothing any more.
	d.clock = d.clock.Add(-time.Hour)
	other := d.house.people.all["daughter"]
	other.Relation = Staff // as those are who are not in the care team
	d.house.people.set(other)
	if _, err := d.taps.Use(t.Context(), daughter[Claim]); !errors.Is(err, ErrNoLink) {
		t.Errorf("of somebody who has left the care team: %v", err)
	}
	delete(d.house.people.all, "daughter")
	if _, err := d.taps.Use(t.Context(), daughter[Claim]); !errors.Is(err, ErrNoLink) {
		t.Errorf("of somebody who is removed: %v", err)
	}
}

func TestOnlyOurLinksWork(t *testing.T) {
	d := newDesk(t)
	daughter, _ := d.sos("a1")
	good := daughter[Claim]
	bad := []string{"", "x", good[1:], good + "A", strings.ToLower(good), "../../" + good}
	for i := range good {
		other := byte('A')
		if good[i] == other {
			other = 'B'
		}
		bad = append(bad, good[:i]+string(other)+good[i+1:])
	}
	for _, token := range bad {
		if token == good {
			continue
		}
		if _, err := d.taps.Use(t.Context(), token); !errors.Is(err, ErrNoLink) {
			t.Errorf("%q: %v", token, err)
		}
	}
	if len(d.judge.acts) != 0 {
		t.Errorf("what was done: %q", d.judge.acts)
	}
	// The key stays over a restart, and is another elsewhere.
	again, err := OpenLinks(t.Context(), d.db, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.read(good, d.clock); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	elsewhere, err := OpenLinks(t.Context(), storetest.Open(t, storetest.New(t)), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := elsewhere.read(good, d.clock); !errors.Is(err, ErrNoLink) {
		t.Errorf("elsewhere: %v", err)
	}
}

func TestALinkOfADigestSaysHowMuchItWas(t *testing.T) {
	d := newDesk(t)
	d.sos("a1")
	d.sos("a2")
	now := d.clock.UnixMilli()
	digest := ulid.Make().String()
	d.exec(`INSERT INTO deliveries (id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail, channel, kind, lane, gathered, status, queued_at, due_at, deadline_at, attempts, answer)
		VALUES (?, 'digest', ?, 0, 0, 'many', '', 'daughter', 'staff', 3, true, 0, '{}', 'a', 'email', 'email', false, 'sent', ?, ?, ?, 1, '')`, digest, digest, now, now, now)
	d.exec("UPDATE deliveries SET digest = ?, gathered = true WHERE contact = 'daughter' AND about = 'alert'", digest)
	tap := d.use(d.links.token(ticket{Look, digest, d.clock.Add(time.Hour)}))
	if tap.Subject != "Anxin: 2 messages, 2 urgent" || !tap.Many || tap.Standing != Done {
		t.Errorf("%+v", tap)
	}
	for _, alert := range []string{"a1", "a2"} {
		if r := d.rows(alert)[0]; r.Status != Seen {
			t.Errorf("what was in it is %s", r.Status)
		}
	}
}

func TestWhatArrivesAndIsSeen(t *testing.T) {
	d := newDesk(t)
	daughter, _ := d.sos("a1")
	if err := d.taps.Receive(t.Context(), daughter[Look], false); err != nil {
		t.Fatal(err)
	}
	if r := d.rows("a1")[0]; r.Status != Delivered || r.DeliveredAt == 0 || r.SentAt == 0 {
		t.Errorf("arrived: %+v", r)
	}
	if err := d.taps.Receive(t.Context(), daughter[Look], true); err != nil {
		t.Fatal(err)
	}
	if r := d.rows("a1")[0]; r.Status != Seen || r.SeenAt == 0 {
		t.Errorf("seen: %+v", r)
	}
	if err := d.taps.Receive(t.Context(), daughter[Look], false); err != nil {
		t.Fatal(err)
	}
	if r := d.rows("a1")[0]; r.Status != Seen {
		t.Errorf("later: %+v", r)
	}
}

// Whoever looks at a test has shown that the channel is theirs; that it has arrived
// shows it of nobody.
func TestWhoLooksAtATestConfirmsTheChannel(t *testing.T) {
	d := newDesk(t)
	id, err := d.Test(t.Context(), "daughter", "a")
	if err != nil {
		t.Fatal(err)
	}
	d.exec("UPDATE deliveries SET status = 'sent', attempts = 1, next_at = NULL WHERE id = ?", id)
	token := d.links.token(ticket{Look, id, d.clock.Add(time.Hour)})
	for _, looked := range []bool{false, true} {
		if err := d.taps.Receive(t.Context(), token, looked); err != nil {
			t.Fatal(err)
		}
		if confirmed := len(d.people.confirmed) == 1 && d.people.confirmed[0] == "a"; confirmed != looked {
			t.Errorf("looked %t, confirmed %q", looked, d.people.confirmed)
		}
	}
}

func FuzzToken(f *testing.F) {
	l := &Links{key: []byte("key")}
	f.Add(l.token(ticket{Claim, "01KB2J3A4B5C6D7E8F9G0H1J2K", time.Unix(2_000_000_000, 0)}))
	f.Add("x")
	f.Fuzz(func(t *testing.T, token string) {
		got, err := l.read(token, time.Unix(1_900_000_000, 0))
		if err == nil && l.token(got) != token {
			t.Errorf("%q is read as %+v", token, got)
		}
	})
}
