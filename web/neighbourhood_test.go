package web_test

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/timeline/live"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// neighbourhood is a small world behind the pages, all of it in memory. The
// view of the newest readings is the real one.
type neighbourhood struct {
	residents []web.Resident
	devices   map[string][]web.Device
	readings  []vitals.Reading
	live      *live.View
	alerts    *alertBook
	people    *peopleBook
	accounts  *accountBook
	privacy   *privacyBook
	rights    *rightsBook
	links     *links
	reminders *reminderBook
	assessed  *assessmentBook
	files     *fileBook

	identities *identityBook
	panels     *panelBook

	reports *reportBook
	worn    *wornBook
	reach   *reach
	now     func() time.Time
	pushKey string

	mu       sync.Mutex
	sessions map[string]web.User
	failing  bool
	guessed  bool // too often
}

type tooOften struct{}

func (tooOften) Error() string             { return "too often" }
func (tooOften) RetryAfter() time.Duration { return 90 * time.Second }

// noon is the neighbourhood's time in tests without a browser.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC) // 12:00 in Shanghai

const (
	login    = "nurse"
	password = "correct horse"
)

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

var everything = web.Shows{Vitals: true, Alerts: true, File: true, Documents: true}

// newNeighbourhood has three residents: one with everything, one of whom some
// things are old or doubtful, and one of whom nothing is known.
func newNeighbourhood(t testing.TB, now func() time.Time) *neighbourhood {
	t.Helper()
	zone := shanghai(t)
	n := &neighbourhood{
		residents: []web.Resident{
			{ID: "r-zhao", Name: "赵德明", Home: "10-101", Zone: zone, Shows: everything},
			{ID: "r-li", Name: "李秀英", Home: "2-101", Room: "南屋", Zone: zone, Shows: everything},
			{ID: "r-brown", Name: "Ada <Brown>", Home: "2-302", Zone: time.UTC, Shows: everything, Situations: []web.Situation{
				{Kind: web.AwayFromHome, Until: now().Add(2 * time.Hour)}, {Kind: web.WithVisitors, Until: now().Add(40 * time.Hour)},
			}},
		},
		live: live.NewView(), alerts: newAlertBook(now), links: newLinks(t, now), reach: &reach{now: now}, reminders: newReminderBook(now), files: newFileBook(now), reports: &reportBook{now}, people: newPeopleBook(now, zone), accounts: newAccountBook(now), privacy: newPrivacyBook(now, zone), now: now, pushKey: pushKeys.Public, sessions: map[string]web.User{}, worn: &wornBook{now: now, zone: zone}, identities: newIdentityBook(now),
	}
	n.panels = newPanelBook(now, n.residents[0])
	n.rights = &rightsBook{privacy: n.privacy}
	n.assessed = newAssessmentBook(t, now, n.residents)
	start := now()
	yes, no := true, false
	full, low := 87.0, 8.0
	n.devices = map[string][]web.Device{
		"r-li": {
			{ID: "band-1", Name: "Bracelet", Kind: "bracelet", Worn: true, Every: 10 * time.Minute, LastSeen: start.Add(-5 * time.Second), Online: &yes, Battery: &full},
			{ID: "cuff-1", Name: "Cuff", Kind: "cuff", Model: "C-200", LastSeen: start.Add(-9 * time.Hour)},
		},
		"r-zhao": {
			{ID: "band-2", Name: "Bracelet", Kind: "bracelet", Worn: true, Every: 10 * time.Minute, LastSeen: start.Add(-3 * time.Hour), Online: &no, Battery: &low, ClockOff: -time.Hour},
			{ID: "door-2", Name: "Front door", Kind: "contact", Every: 9 * time.Hour, LastSeen: start.Add(-50 * time.Hour), Problem: `contact: "maybe" is not a state`},
			{ID: "bed-2", Name: "Bed", Kind: "bed sensor", Every: 10 * time.Minute, BatteryLow: true},
		},
	}
	n.report("r-li", "band-1", start.Add(-12*time.Second), value(vitals.HeartRate, 72), value(vitals.SpO2, 97), value(vitals.StepCount, 120))
	n.report("r-li", "cuff-1", start.Add(-9*time.Hour), value(vitals.BPSystolic, 132), value(vitals.BPDiastolic, 78))
	n.report("r-li", "band-1", start.Add(-2*time.Minute), value(vitals.BodyTemperature, 36.55), value(vitals.DeviceBattery, 87))
	n.report("r-li", "door-1", start.Add(-3*time.Hour), value(vitals.DoorContact, 1), value(vitals.Smoke, 0))
	n.report("r-zhao", "band-2", start.Add(-3*time.Hour), value(vitals.HeartRate, 64))
	n.report("r-zhao", "meter-2", start.Add(-time.Hour), vitals.Value{Metric: vitals.GlucoseRandom, Number: 1.1, Marks: vitals.Below})
	n.report("r-zhao", "oxi-2", start.Add(-time.Minute), vitals.Value{Metric: vitals.SpO2, Number: 41, Marks: vitals.Implausible | vitals.LowQuality})
	n.report("r-zhao", "smoke-2", start.Add(-30*time.Second), value(vitals.Smoke, 1))
	n.report("r-zhao", "pendant-2", start.Add(-70*time.Hour), value(vitals.SOSButton, 1))
	return n
}

func value(m vitals.Metric, number float64) vitals.Value {
	return vitals.Value{Metric: m, Number: number}
}

// report takes in what a device measured, and tells whoever watches.
func (n *neighbourhood) report(resident, device string, at time.Time, values ...vitals.Value) {
	n.mu.Lock()
	for _, v := range values {
		n.readings = append(n.readings, vitals.Reading{
			Resident: resident, Device: device, Metric: v.Metric, Number: v.Number, Marks: v.Marks, At: at.UTC(), Received: at.UTC(),
		})
	}
	n.mu.Unlock()
	n.live.Add(vitals.Report{
		Device: device, Residents: []string{resident}, Received: at.UnixMilli(),
		Samples: []vitals.Sample{{At: at.UnixMilli(), Values: values}},
	})
}

// of returns a resident's readings of a metric over a period, in order.
func (n *neighbourhood) of(resident string, m vitals.Metric, from, to time.Time) []vitals.Reading {
	n.mu.Lock()
	defer n.mu.Unlock()
	var found []vitals.Reading
	for _, r := range n.readings {
		if r.Resident == resident && r.Metric == m && !r.At.Before(from) && r.At.Before(to) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b vitals.Reading) int { return cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()) })
	return found
}

type userKey struct{}

const sessionCookie = "anxin_session"

// authenticate finds out who asks, as the API's middleware does.
func (n *neighbourhood) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie(sessionCookie); err == nil {
			n.mu.Lock()
			user, ok := n.sessions[cookie.Value]
			n.mu.Unlock()
			if ok {
				r = r.WithContext(context.WithValue(r.Context(), userKey{}, user))
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (n *neighbourhood) SignIn(_ *http.Request, givenLogin, givenPassword string) ([]*http.Cookie, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.guessed {
		return nil, fmt.Errorf("sign in: %w", tooOften{})
	}
	if n.failing {
		return nil, fmt.Errorf("the database is gone")
	}
	if givenLogin != login || givenPassword != password {
		return nil, fmt.Errorf("user %q: %w", givenLogin, web.ErrWrongPassword)
	}
	secret := fmt.Sprintf("session-%d", len(n.sessions))
	n.sessions[secret] = web.User{ID: "u-1", Name: "Nurse Chen", Staff: n.people.staff, Manages: n.people.staff}
	return []*http.Cookie{{Name: sessionCookie, Value: secret, Path: "/", HttpOnly: true}}, nil
}

func (n *neighbourhood) SignOut(r *http.Request) (*http.Cookie, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		delete(n.sessions, cookie.Value)
	}
	return &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1}, nil
}

func (n *neighbourhood) UserOf(ctx context.Context) (web.User, bool) {
	user, ok := ctx.Value(userKey{}).(web.User)
	return user, ok
}

func (n *neighbourhood) List(context.Context, web.User) ([]web.Resident, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failing {
		return nil, fmt.Errorf("the database is gone")
	}
	return slices.Clone(n.residents), nil
}

func (n *neighbourhood) Resident(_ context.Context, _ web.User, id string) (web.Resident, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.residents {
		if r.ID == id {
			return r, nil
		}
	}
	return web.Resident{}, fmt.Errorf("resident %q: %w", id, web.ErrNotFound)
}

func (n *neighbourhood) Latest(resident string) []vitals.Reading { return n.live.Latest(resident) }

func (n *neighbourhood) DevicesOf(_ context.Context, residents ...string) (map[string][]web.Device, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := map[string][]web.Device{}
	for _, id := range residents {
		found[id] = slices.Clone(n.devices[id])
	}
	return found, nil
}

// signedIn starts a session and returns its cookie.
func (n *neighbourhood) signedIn(t testing.TB) *http.Cookie {
	t.Helper()
	cookies, err := n.SignIn(nil, login, password)
	if err != nil {
		t.Fatal(err)
	}
	return cookies[0]
}

// handler serves the pages of the neighbourhood, with the given built assets.
func (n *neighbourhood) handler(t testing.TB, built fs.FS) *chi.Mux {
	t.Helper()
	site, err := web.NewWith(web.Config{
		Accounts: n, Self: n.accounts, Users: n.accounts, Doors: n.accounts, Residents: n, Readings: n, Devices: n, Alerts: n.alerts, Reminders: n.reminders, Assessments: n.assessed, Judging: n.alerts, Responses: n.alerts, People: n.people, Files: n.files, Reports: n.reports, Privacy: n.privacy, Taps: n.links, Deliveries: n.alerts, Reach: n.reach, Ways: []web.ChannelKind{"email", "sms", "chat", "webhook", "webpush"}, PushKey: n.pushKey, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: n.now, Rights: n.rights, Plans: n.reminders, Wearings: n.worn, Identities: n.identities, Panels: n.panels, Advices: n.panels,
	}, built)
	if err != nil {
		t.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(n.authenticate)
	site.Routes(r)
	return r
}
