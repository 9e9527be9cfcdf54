package api_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/medication"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/reports/gather"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/live"
	"github.com/anxin-care/anxin/vitals"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world is the API on real stores, with one resident, Li, who wears band-1.
type world struct {
	t          *testing.T
	server     *httptest.Server
	api        *api.API
	records    *store.DB
	journal    *journal.File
	timeline   timeline.Store
	view       *live.View
	users      *records.Users
	people     *records.People
	judge      *alerts.Judge
	feed       *alerts.Feed
	rules      *rulebook.Editor
	escalation *escalation.Runner
	queued     noQueue
	reminders  *reminders.Book
	merges     *merging.Book
	panels     *panels.Book
	ready      error
	tokens     map[records.Role]string
}

// defaultWords are those of the default rules.
type defaultWords struct{}

func (defaultWords) CheckCare(c records.Care) ([]store.Field, error) { return alerts.CheckCare(c, nil) }

// anyAddress finds nothing wrong with any address but "wrong".
type anyAddress struct{}

func (anyAddress) Check(_ records.ChannelKind, address string) error {
	if address == "wrong" {
		return errors.New("is wrong")
	}
	return nil
}

type noSensors struct{}

func (noSensors) Sensor(string) (class, zone string) { return "", "" }

// oneDaughter is all that there is around residents.
type oneDaughter struct{}

func (oneDaughter) Circles(_ context.Context, _ bun.IDB, about []escalation.About, _ time.Time) (map[escalation.About]escalation.Circle, error) {
	all := map[escalation.About]escalation.Circle{}
	for _, a := range about {
		all[a] = escalation.Circle{Family: []escalation.Person{{Contact: "daughter"}}}
	}
	return all, nil
}

// noQueue tells nobody, and signals when somebody was to be told.
type noQueue chan struct{}

func (noQueue) Queue(context.Context, bun.Tx, []escalation.Telling) error { return nil }

func (q noQueue) Queued([]escalation.Telling) {
	select {
	case q <- struct{}{}:
	default:
	}
}

func newWorld(t *testing.T, changes ...func(*api.Config)) *world {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	log := slog.New(slog.DiscardHandler)
	w := &world{t: t, view: live.NewView(), queued: make(noQueue, 1), tokens: map[records.Role]string{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(ctx, storetest.In(t, dir))
	must(err)
	t.Cleanup(func() { db.Close() })
	w.records = db
	registry, err := devices.OpenRegistry(ctx, db, log)
	must(err)
	health, err := devices.OpenHealth(ctx, db)
	must(err)
	residents := records.NewResidents(db, registry)
	w.users = records.NewUsers(db)
	w.journal, err = journal.Open(ctx, dir)
	must(err)
	t.Cleanup(func() { w.journal.Close() })
	w.timeline, err = timeline.OpenSQL(ctx, dir)
	must(err)
	t.Cleanup(func() { w.timeline.Close() })

	w.people = records.NewPeople(db, anyAddress{}, func() time.Time { return noon })
	for _, role := range []records.Role{records.Administrator, records.Caregiver, records.Family} {
		u, err := w.users.Add(ctx, records.User{Login: string(role), Name: string(role), Role: role})
		must(err)
		must(w.users.SetPassword(ctx, u.ID, "long enough"))
		token, _, err := w.users.IssueToken(ctx, records.Token{UserID: u.ID, Label: "test"}, "")
		must(err)
		w.tokens[role] = token
	}
	_, err = residents.Create(ctx, records.Resident{ID: "li", Name: "Li Hua", TimeZone: "Asia/Shanghai"})
	must(err)
	_, _, err = registry.Enrol(ctx, []devices.Enrolment{{Device: devices.Device{ID: "band-1"}, Resident: "li", From: devices.FirstReading()}})
	must(err)

	all, err := rules.Default()
	must(err)
	book, err := rulebook.New(db, all, nil)
	must(err)
	contents, err := book.Read(ctx)
	must(err)
	w.feed = alerts.NewFeed()
	w.judge, err = alerts.OpenJudge(ctx, db, contents.Set, noSensors{}, 0, w.feed.Tell, log, func() time.Time { return noon })
	must(err)
	w.rules = rulebook.NewEditor(book, contents, w.judge, log)
	policies, err := escalation.NewPolicies(db)
	must(err)
	w.escalation = escalation.NewRunner(escalation.Config{
		DB: db, Policies: policies, Circles: oneDaughter{}, Queue: w.queued, Feed: w.feed, Log: log, Now: func() time.Time { return noon },
	})
	shelf, err := papers.Open(t.TempDir())
	must(err)
	audited := audit.NewLog(db, func() time.Time { return noon })
	cfg := api.Config{
		Residents: residents, Care: records.NewCareBook(db, defaultWords{}, func() time.Time { return noon }), Users: w.users, People: w.people, Consents: records.NewConsents(db, func() time.Time { return noon }), File: healthfile.NewBook(db, shelf, func() time.Time { return noon }), Audit: audited, Access: records.NewAccess(db, audited, func() time.Time { return noon }), Devices: registry, Health: health, Timeline: w.timeline, Live: w.view,
		Journal: w.journal, Alerts: alerts.NewAlerts(db), Judge: w.judge, Comments: alerts.NewComments(db, w.feed), Scenes: alerts.NewScenes(db, w.feed, func() time.Time { return noon }), Policies: policies, Escalation: w.escalation, Feed: w.feed, Rules: w.rules, Trials: w.trials(residents, all), Deliveries: deliveries.NewBook(db), Metrics: http.NotFoundHandler(), Ready: func() error { return w.ready },
		Version: "test", Log: log, Now: func() time.Time { return noon },
	}
	people := atHome{residents}
	w.reminders = reminders.NewBook(db, people, reminders.NewOutbox(db, cfg.Now), cfg.Now)
	cfg.Reminders = w.reminders
	cfg.ReminderCheck = service.ReminderCheck{People: w.people, Registry: registry, Book: w.reminders}
	library, err := forms.Default()
	must(err)
	cfg.Assessments = assessments.NewBook(db, library, residents, cfg.Now)
	cfg.Weeks = &gather.Gatherer{Residents: residents, Care: cfg.Care, Access: cfg.Access, Alerts: cfg.Alerts, Reminders: w.reminders, Past: w.timeline, Now: cfg.Now}
	cfg.Rights = &desk{}
	cfg.Duplicates = duplicates.NewBook(db, cfg.Now)
	w.merges = merging.NewBook(merging.Config{DB: db, Residents: residents, Homes: registry, Care: cfg.Care, Owned: service.Owned(), Judge: w.judge, Last: w.journal.Last, Now: cfg.Now})
	cfg.Merges = w.merges
	cfg.Survivor = func(id string) string {
		aliases, err := w.merges.Aliases(ctx)
		must(err)
		return cmp.Or(aliases[id], id)
	}
	w.panels = service.PanelParts{
		DB: db, Audit: audited, Users: w.users, People: cfg.People, Consents: cfg.Consents, Residents: residents, Timeline: w.timeline, Alerts: cfg.Alerts,
		Rules: func() *rules.Set { return w.rules.Current().Set }, File: cfg.File, Care: cfg.Care, Assessments: cfg.Assessments, Reminders: w.reminders,
		Judge: w.judge, Log: log, Now: cfg.Now,
	}.Book()
	cfg.Panels = w.panels
	cfg.File.Feeds(medication.New(w.reminders))
	for _, change := range changes {
		change(&cfg)
	}
	w.api = api.New(cfg)
	w.server = httptest.NewServer(w.api)
	t.Cleanup(func() {
		w.api.Stop()
		w.server.Close()
	})
	return w
}

// trials are those of a service that knows nothing but the time zone of residents.
func (w *world) trials(residents *records.Residents, all []rules.Rule) *backtest.Trials {
	return &backtest.Trials{
		Timeline: w.timeline, Sensors: noSensors{}, Alerts: alerts.NewAlerts(w.records), Residents: residents,
		Profiles: func(ctx context.Context, _ time.Time) (map[string]alerts.Profile, error) {
			list, err := residents.List(ctx, records.ResidentQuery{})
			profiles := map[string]alerts.Profile{}
			for _, r := range list {
				profiles[r.ID] = alerts.Profile{TimeZone: r.TimeZone}
			}
			return profiles, err
		},
		Rules: func(context.Context) ([]rules.Rule, error) { return all, nil },
	}
}

// measure gives Li readings, one each ten minutes before noon.
func (w *world) measure(m vitals.Metric, numbers ...float64) {
	w.t.Helper()
	for i, n := range numbers {
		at := noon.Add(-time.Duration(len(numbers)-i) * 10 * time.Minute).UnixMilli()
		r := vitals.Report{Device: "band-1", Residents: []string{"li"}, Received: at + 5, Samples: []vitals.Sample{
			{At: at, DeviceTime: at, Values: []vitals.Value{{Metric: m, Number: n}}},
		}}
		if err := w.timeline.Append(w.t.Context(), []vitals.Report{r}, uint64(i+1)); err != nil {
			w.t.Fatal(err)
		}
		w.view.Add(r)
	}
}

func (w *world) request(method, path, body, token string, header ...string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, string(text)
}

// get reads JSON as the administrator.
func (w *world) get(path string, into any) {
	w.t.Helper()
	resp, body := w.request("GET", path, "", w.tokens[records.Administrator])
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("GET %s: %s %s", path, resp.Status, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		w.t.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

// signIn signs in as a browser does that has these cookies, from an address of its own
// kind: "" for the usual one.
func (w *world) signIn(address, login, password string, cookies ...*http.Cookie) (records.User, []*http.Cookie, error) {
	req := httptest.NewRequest("POST", "/sign-in", nil)
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for _, cookie := range cookies {
		req.AddCookie(cookie)
	}
	if address != "" {
		req.RemoteAddr = address
	}
	return w.api.SignIn(req, login, password)
}

// open are the routes that answer without a sign-in. Nothing of a resident is
// among them; a new route is closed until it is put here.
var open = map[string]bool{
	"/healthz": true, "/readyz": true, "/metrics": true,
	"/api/v1/openapi.json": true, "/api/v1/openapi.yaml": true, "/api/v1/openapi-3.0.json": true, "/api/v1/openapi-3.0.yaml": true,
	"/api/v1/schemas/{schema}": true,
}

// atHome are residents of whom all may be asked.
type atHome struct{ residents *records.Residents }

func (p atHome) TimeZones(ctx context.Context, ids ...string) (map[string]string, error) {
	zones := map[string]string{}
	for _, id := range ids {
		if r, err := p.residents.Get(ctx, id); err == nil {
			zones[id] = r.TimeZone
		}
	}
	return zones, nil
}

func (atHome) Version() int64 { return 1 }

func (atHome) Excused(context.Context, ...string) (map[string]string, error) { return nil, nil }
