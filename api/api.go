package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/live"
)

// Config is what the API stands on.
type Config struct {
	Residents *records.Residents
	Care      *records.CareBook
	Users     *records.Users
	People    *records.People
	Consents  *records.Consents
	File      *healthfile.Book
	Audit     *audit.Log
	Access    records.Access
	Devices   *devices.Registry
	Health    *devices.Health
	Timeline  timeline.Store
	Live      *live.View
	// Duplicates finds files of one person; Merges makes them one. Survivor is in whose
	// file a resident's is now: nil, everybody has their own.
	Duplicates *duplicates.Book
	Merges     *merging.Book
	Survivor   func(resident string) string
	Journal    Shelf
	Alerts     *alerts.Alerts
	Judge      Judge
	Comments   *alerts.Comments
	Scenes     *alerts.Scenes
	Policies   Policies
	Escalation Escalation
	Feed       *alerts.Feed
	Rules      Rules
	Trials     Trials
	// Deliveries are what became of telling people; nil, as in a program that tells
	// nobody, there is nothing about it, nor Tester, Reach or Drills.
	Deliveries *deliveries.Book
	Tester     Tester
	Reach      Reach
	Drills     Drills
	// Reminders are what residents are to do.
	Reminders *reminders.Book
	// ReminderCheck looks at one before it is kept.
	ReminderCheck ReminderCheck
	// Assessments are what residents were assessed by forms.
	Assessments *assessments.Book
	// Panels are questions to experts, and their advice.
	Panels *panels.Book
	// Weeks are what weeks of residents were like.
	Weeks Weeks
	// Rights carries out what residents may ask of who keeps their data.
	Rights  Rights
	Metrics http.Handler
	// Ready says why the service cannot take in readings, nil when it can.
	Ready func() error
	// Letters sends links; nil, there are no e-mails with them. PublicURL is the address
	// at which people reach the pages, "" when not known.
	Letters   Letters
	PublicURL string
	// SecureCookies makes browsers send the session over HTTPS only.
	SecureCookies bool
	// Proxies are networks of proxies of ours, which say where a request comes from.
	Proxies []netip.Prefix
	Version string
	Log     *slog.Logger
	Now     func() time.Time
}

// Shelf is the part of the journal that the API shows.
type Shelf interface {
	Counts() journal.Counts
	Shelf(ctx context.Context, reason journal.Reason, codec, device string, after uint64, max int) ([]journal.Shelved, error)
	Summaries(ctx context.Context, max int) ([]journal.Summary, error)
	RequestReplay(ctx context.Context, ids []uint64) (int, error)
}

// API answers HTTP requests.
type API struct {
	residentStore *records.Residents
	care          *records.CareBook
	users         *records.Users
	people        *records.People
	consents      *records.Consents
	file          *healthfile.Book
	audit         *audit.Log
	access        records.Access
	registry      *devices.Registry
	health        *devices.Health
	timeline      timeline.Store
	live          *live.View
	duplicates    *duplicates.Book
	merges        *merging.Book
	survivor      func(string) string
	journal       Shelf
	alerts        *alerts.Alerts
	names         *alerts.Names
	judge         Judge
	comments      *alerts.Comments
	scenes        *alerts.Scenes
	policies      Policies
	escalation    Escalation
	feed          *alerts.Feed
	rules         Rules
	trials        Trials
	deliveries    *deliveries.Book
	tester        Tester
	reach         Reach
	drills        Drills
	reminders     *reminders.Book
	checkReminder ReminderCheck
	assessments   *assessments.Book
	weeks         Weeks
	rights        Rights
	panels        *panels.Book
	trying        chan struct{} // the turn to try rules
	ready         func() error
	letters       Letters
	writing       chan struct{} // letters under way
	publicURL     string
	secure        bool
	proxies       []netip.Prefix
	log           *slog.Logger
	now           func() time.Time
	tries         tries
	router        chi.Router
	stopping      chan struct{}
	changes       *bell
	stop          sync.Once
}

// New returns the API with all its routes. Pages can be added with [API.Pages].
func New(c Config) *API {
	a := &API{
		residentStore: c.Residents, care: c.Care, users: c.Users, people: c.People, consents: c.Consents, file: c.File, audit: c.Audit, access: c.Access, registry: c.Devices, health: c.Health,
		timeline: c.Timeline, live: c.Live, journal: c.Journal, ready: c.Ready,
		alerts: c.Alerts, names: alerts.NewNames(c.Residents, c.Devices), judge: c.Judge, comments: c.Comments, scenes: c.Scenes, policies: c.Policies, escalation: c.Escalation, feed: c.Feed, rules: c.Rules,
		duplicates: c.Duplicates, merges: c.Merges, survivor: c.Survivor,
		deliveries: c.Deliveries, tester: c.Tester, reach: c.Reach, drills: c.Drills,
		reminders: c.Reminders, checkReminder: c.ReminderCheck, assessments: c.Assessments, weeks: c.Weeks, rights: c.Rights, panels: c.Panels,
		trials: c.Trials, trying: make(chan struct{}, 1),
		letters: c.Letters, writing: make(chan struct{}, lettersAtOnce), publicURL: strings.TrimSuffix(c.PublicURL, "/"),
		secure: c.SecureCookies, proxies: c.Proxies, log: c.Log, now: c.Now, stopping: make(chan struct{}), changes: newBell(),
		tries: tries{failed: map[string]failures{}},
	}
	r := chi.NewRouter()
	a.router = r
	r.Use(a.recoverer, onlyText, middleware.GetHead)
	r.NotFound(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusNotFound, "there is nothing here")
	})
	r.MethodNotAllowed(a.methodNotAllowed)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	r.Get("/readyz", a.readyz)
	r.Handle("/metrics", c.Metrics)

	r.Group(func(r chi.Router) {
		r.Use(a.changes.afterChanges, keepOut, a.authenticate, a.byFile)
		r.With(a.requireUser).Get("/api/v1/events", a.events)
		r.With(a.requireAdministrator).Mount("/debug", middleware.Profiler())
		a.operations(r, c.Version)
	})
	return a
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

// Pages adds the pages for people, behind the same sign-in: they find the user
// with [UserOf].
func (a *API) Pages(mount func(r chi.Router)) {
	a.router.Group(func(r chi.Router) {
		r.Use(a.changes.afterChanges, a.authenticate, a.byFile)
		mount(r)
	})
}

// Stop ends the streams of live events, and the sending of letters, so that the server
// can stop.
func (a *API) Stop() {
	a.stop.Do(func() {
		close(a.stopping)
		a.endLetters()
	})
}

func (a *API) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := a.ready(); err != nil {
		writeProblem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

func (a *API) operations(r chi.Router, version string) {
	cfg := huma.DefaultConfig("Anxin", version)
	cfg.Info.Description = "Readings, residents and devices of people who are watched over at home. Times are UTC; units are UCUM; errors are RFC 9457 problem details."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "/api/v1/openapi", "", "/api/v1/schemas"
	cfg.CreateHooks = nil // no $schema links in every answer
	cfg.Transformers = append(cfg.Transformers, withoutEchoes)
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer"},
		"session": {Type: "apiKey", In: "cookie", Name: a.cookieName(sessionCookie)},
	}
	api := humachi.New(r, cfg)
	api.UseMiddleware(a.humaRequireUser(api))

	get := func(id, path, summary string, tags ...string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: "/api/v1" + path, Summary: summary, Tags: tags,
			Security: signedIn, Errors: []int{401, 403, 404, 422, 503},
		}
	}
	post := func(id, path, summary string, tags ...string) huma.Operation {
		op := get(id, path, summary, tags...)
		op.Method, op.DefaultStatus = http.MethodPost, http.StatusCreated
		op.Errors = []int{400, 401, 403, 404, 409, 413, 415, 422}
		return op
	}
	changing := func(method string, status int) func(id, path, summary string, tags ...string) huma.Operation {
		return func(id, path, summary string, tags ...string) huma.Operation {
			op := post(id, path, summary, tags...)
			op.Method, op.DefaultStatus = method, status
			return op
		}
	}
	put, patch := changing(http.MethodPut, http.StatusOK), changing(http.MethodPatch, http.StatusOK)
	ask := changing(http.MethodPost, http.StatusOK)
	remove := changing(http.MethodDelete, http.StatusNoContent)
	huma.Register(api, get("list-residents", "/residents", "List residents", "residents"), a.listResidents)
	huma.Register(api, post("create-resident", "/residents", "Create a resident", "residents"), a.createResident)
	huma.Register(api, get("read-resident", "/residents/{id}", "Read a resident", "residents"), a.readResident)
	huma.Register(api, put("phone-resident", "/residents/{id}/phone", "Say at which number a resident is called", "residents"), a.phoneResident)
	huma.Register(api, put("call-resident", "/residents/{id}/called", "Say what a resident is called aloud at home", "residents"), a.callResident)
	a.identityOperations(api, get, post, patch, ask)
	huma.Register(api, get("read-care", "/residents/{id}/care", "What the rules go by of a resident: conditions, limits, plans", "care"), a.readCare)
	huma.Register(api, put("change-care", "/residents/{id}/care", "Change it: the new version takes the place of the whole", "care"), a.changeCare)
	huma.Register(api, get("care-history", "/residents/{id}/care/history", "All versions of it, newest first", "care"), a.careHistory)
	huma.Register(api, get("list-situations", "/situations", "What all residents are in: away, in hospital, with visitors", "care"), a.listSituations)
	huma.Register(api, get("resident-situations", "/residents/{id}/situations", "What a resident is in", "care"), a.residentSituations)
	huma.Register(api, get("situation-history", "/residents/{id}/situations/history", "All that a resident ever was in, newest first", "care"), a.situationHistory)
	huma.Register(api, put("set-situation", "/residents/{id}/situations/{kind}", "Say that a resident is in a situation until a time", "care"), a.setSituation)
	huma.Register(api, remove("end-situation", "/residents/{id}/situations/{kind}", "End a situation before its time", "care"), a.endSituation)
	a.peopleOperations(api, get, post, put, patch, ask, remove)
	a.consentOperations(api, get, post, ask)
	a.rightsOperations(api, get, post)
	a.accountOperations(api, get, post, patch, ask, remove)
	a.userOperations(api, get, post, patch, remove)
	a.fileOperations(api, get, post, put, ask, remove)
	a.reminderOperations(api, get, post, put, ask, remove)
	a.assessmentOperations(api, get, post, put)
	a.weekOperations(api, get)
	a.panelOperations(api, get, post, put, ask)
	huma.Register(api, get("latest", "/residents/{id}/latest", "Newest reading of each metric", "readings"), a.latest)
	huma.Register(api, describeReadings(get("readings", "/residents/{id}/readings", "Readings of a metric, raw or aggregated; CSV by Accept", "readings")), a.readings)
	change := func(id, path, summary string) huma.Operation {
		op := post(id, "/alerts/{id}/"+path, summary, "alerts")
		op.DefaultStatus = http.StatusOK
		return op
	}
	huma.Register(api, get("list-alerts", "/alerts", "List alerts", "alerts"), a.listAlerts)
	huma.Register(api, get("resident-alerts", "/residents/{id}/alerts", "List the alerts of a resident", "alerts"), a.residentAlerts)
	huma.Register(api, get("read-alert", "/alerts/{id}", "Read an alert with all its steps", "alerts"), a.readAlert)
	huma.Register(api, change("claim-alert", "claim", "I have it: look after an alert until a time"), a.claimAlert)
	huma.Register(api, change("resolve-alert", "resolve", "Close an alert with a verdict"), a.resolveAlert)
	huma.Register(api, change("snooze-alert", "snooze", "Keep an alert quiet until a time"), a.snoozeAlert)
	huma.Register(api, change("comment-alert", "comment", "Say something about an alert, open or resolved"), a.commentAlert)
	huma.Register(api, change("arrive", "on-scene", "I am there: whoever has an alert is with the resident"), a.arrive)
	huma.Register(api, get("read-escalation", "/alerts/{id}/escalation", "Who was told of an alert and when, and who is told next", "alerts"), a.readEscalation)
	a.policyOperations(api, get, put, remove)
	huma.Register(api, get("response-report", "/reports/response", "How fast critical alerts were answered, by team and week", "reports"), a.responseReport)
	huma.Register(api, get("list-rules", "/rules", "List the rules that alerts come from", "rules"), a.listRules)
	huma.Register(api, ask("check-rule", "/rules/check", "Say what is wrong with a rule", "rules"), a.checkRule)
	huma.Register(api, get("read-rule", "/rules/{id}", "Read a rule as data, and where it comes from", "rules"), a.readRule)
	huma.Register(api, put("save-rule", "/rules/{id}", "Make a rule, or change one: judged by from now on", "rules"), a.saveRule)
	huma.Register(api, remove("revert-rule", "/rules/{id}", "Go back to the default rule, or take away one that has none", "rules"), a.revertRule)
	huma.Register(api, get("rule-versions", "/rules/{id}/versions", "The versions that people have made of a rule, newest first", "rules"), a.ruleVersions)
	huma.Register(api, get("rule-burden", "/rules/{id}/burden", "How much a rule asks of those who answer its alerts", "rules"), a.ruleBurden)
	huma.Register(api, describeBacktest(ask("backtest-rules", "/rules/backtest", "Try rules on what was heard: how many alerts they would have given", "rules")), a.backtestRules)
	huma.Register(api, get("rules-budget", "/rules/budget", "How the alerts of the last weeks stand beside the alert budget", "rules"), a.rulesBudget)
	huma.Register(api, get("list-homes", "/homes", "List homes", "devices"), a.listHomes)
	huma.Register(api, put("phone-home", "/homes/{id}/phone", "Say at which number a home is called", "devices"), a.phoneHome)
	huma.Register(api, post("create-home", "/homes", "Create a home", "devices"), a.createHome)
	huma.Register(api, get("list-devices", "/devices", "List devices and how they are", "devices"), a.listDevices)
	huma.Register(api, post("add-device", "/devices", "Add a device; its password is shown once", "devices"), a.addDevice)
	huma.Register(api, get("list-unclaimed", "/devices/unclaimed", "Unknown devices whose messages are held", "devices"), a.listUnclaimed)
	huma.Register(api, post("claim-device", "/devices/unclaimed/{id}/claim", "Claim an unknown device; what was held is replayed", "devices"), a.claimDevice)
	huma.Register(api, get("read-device", "/devices/{id}", "Read a device and how it is", "devices"), a.readDevice)
	a.wearingOperations(api, get, ask)
	huma.Register(api, patch("change-device", "/devices/{id}", "Change how a device is called, and where it stands", "devices"), a.changeDevice)
	huma.Register(api, get("list-metrics", "/metrics", "The catalogue of metrics", "readings"), a.listMetrics)
	if a.deliveries != nil {
		a.deliveryOperations(api, get, post)
	}
	describeEvents(api.OpenAPI())
	api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[panels.Evidence](), true, "")
}

var signedIn = []map[string][]string{{"token": {}}, {"session": {}}}

// Router shows the routes, so that a test can walk them.
func (a *API) Router() chi.Routes { return a.router }
