package web

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// Config is what the pages stand on.
type Config struct {
	Accounts  Accounts
	Self      Self
	Users     Users
	Doors     Doors
	Residents Residents
	Readings  Readings
	Devices   Devices
	Alerts    Alerts
	Reminders Reminders
	Plans     ReminderPlans
	// Assessments are what residents were assessed by forms.
	Assessments Assessments

	Judging   Judging
	Responses Responses
	People    People
	Privacy   Privacy
	Rights    Rights
	Files     Files
	Reports   Reports
	// Panels are questions to experts, and Advices what comes of them, for reports.
	Panels   Panels
	Advices  Advices
	Wearings Wearings
	// Identities are who residents are, and which files are of one person.
	Identities Identities
	// Taps, Deliveries and Reach are there where people are told; each may be nil.
	Taps       Taps
	Deliveries Deliveries
	Reach      Reach
	// Ways are the kinds of channels that are set up.
	Ways []ChannelKind
	// PushKey is the one by which push services know this Anxin, in Base64 for URLs;
	// "", browsers cannot be told anything.
	PushKey string
	// SecureCookies makes browsers send the language's cookie over HTTPS only.
	SecureCookies bool
	Log           *slog.Logger
	Now           func() time.Time
}

// Site serves the pages.
type Site struct {
	accounts  Accounts
	self      Self
	users     Users
	doors     Doors
	residents Residents
	readings  Readings
	devices   Devices
	alerts    Alerts
	reminders Reminders
	plansOf   ReminderPlans

	assessments Assessments

	judging   Judging
	responses Responses
	people    People
	privacy   Privacy
	rights    Rights
	files     Files
	reports   Reports
	panels    Panels
	advices   Advices
	wearings  Wearings

	identities Identities

	taps      Taps
	told      Deliveries
	reach     Reach
	missed    misses
	ways      []ChannelKind
	pushKey   string
	secure    bool
	log       *slog.Logger
	now       func() time.Time
	languages languages
	templates templates
	assets    assets
}

// New returns the pages. It says so in the log when the binary was built
// without their scripts and styles; the pages say it too.
func New(c Config) (*Site, error) {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the pages' scripts and styles: %w", err)
	}
	return newSite(c, built)
}

func newSite(c Config, built fs.FS) (*Site, error) {
	s := &Site{
		accounts: c.Accounts, self: c.Self, users: c.Users, doors: c.Doors, residents: c.Residents, readings: c.Readings, devices: c.Devices,
		alerts: c.Alerts, reminders: c.Reminders, assessments: c.Assessments, judging: c.Judging, responses: c.Responses, people: c.People, files: c.Files, reports: c.Reports, panels: c.Panels, advices: c.Advices, privacy: c.Privacy, taps: c.Taps, told: c.Deliveries, reach: c.Reach, ways: c.Ways, pushKey: c.PushKey, rights: c.Rights, plansOf: c.Plans, wearings: c.Wearings, identities: c.Identities,
		secure: c.SecureCookies, log: c.Log, now: c.Now,
	}
	var err error
	if s.languages, err = loadLanguages(); err != nil {
		return nil, fmt.Errorf("load the pages' languages: %w", err)
	}
	if s.templates, err = parseTemplates(); err != nil {
		return nil, fmt.Errorf("parse the pages' templates: %w", err)
	}
	if s.assets, err = loadAssets(built); err != nil {
		return nil, fmt.Errorf("load the pages' scripts and styles: %w", err)
	}
	if !s.assets.built() {
		s.log.Warn("this binary was built without the pages' scripts and styles, so pages are plain and not live; make build makes a whole one")
	}
	return s, nil
}

// Routes adds the pages to r, which must already find out who asks: the pages
// learn it from [Accounts]. Pages that need somebody send others to the sign-in.
func (s *Site) Routes(r chi.Router) {
	r.Get("/assets/*", s.assets.serve)
	r.Group(func(r chi.Router) {
		r.Use(s.guardUpload, http.NewCrossOriginProtection().Handler)
		r.Post("/residents/{id}/file/document/upload", s.forUser(s.upload))
		r.Post("/residents/{id}/file/photo/upload", s.forUser(s.uploadPhoto))
	})
	r.Group(func(r chi.Router) {
		r.Use(guardPage, http.NewCrossOriginProtection().Handler)
		r.Get("/sign-in", s.showSignIn)
		r.Post("/sign-in", s.signIn)
		r.Post("/sign-out", s.signOut)
		r.Get("/forgot", s.showForgot)
		r.Post("/forgot", s.forgot)
		r.Get("/welcome/{secret}", s.throughDoor(s.showWelcome))
		r.Post("/welcome/{secret}", s.throughDoor(s.welcome))
		r.Get("/reset/{secret}", s.throughDoor(s.showReset))
		r.Post("/reset/{secret}", s.throughDoor(s.useReset))
		r.Get("/account", s.forUser(s.account))
		r.Post("/account/sessions/end", s.act(s.endOthers))
		r.Post("/account/sessions/{id}/end", s.act(s.endSession))
		r.Post("/account/password", s.act(s.changePassword))
		r.Post("/account/language", s.forUser(s.setLanguage))
		r.Post("/account/tokens", s.forUser(s.makeToken))
		r.Post("/account/tokens/{token}/revoke", s.act(s.revokeToken))
		r.Get("/users", s.forUser(s.userList))
		r.Post("/users", s.forUser(s.invite))
		r.Post("/users/{id}", s.act(s.changeUser))
		r.Post("/users/{id}/reset", s.forUser(s.resetUser))
		r.Post("/invitations/{id}/take-back", s.act(s.takeBack))
		r.Post("/language", s.chooseLanguage)
		r.Get("/sw.js", s.serveWorker)
		r.Get("/icon.png", s.serveIcon)
		r.Get("/manifest.webmanifest", s.serveManifest)
		r.Get("/push/key", s.servePushKey)
		r.Post("/push/renew", s.renewPush)
		r.Get("/", s.forUser(s.board))
		r.Get("/residents/{id}", s.forUser(s.resident))
		r.Post("/residents/{id}/duty", s.act(s.giveDuty))
		r.Post("/residents/{id}/duty/return", s.act(s.returnDuty))
		r.Post("/residents/{id}/duty/{duty}/accept", s.act(s.acceptDuty))
		r.Post("/residents/{id}/duty/{duty}/decline", s.act(s.declineDuty))
		r.Get("/residents/{id}/care-team", s.forUser(s.careTeam))
		r.Post("/residents/{id}/care-team", s.act(s.join))
		r.Post("/residents/{id}/phones", s.act(s.setPhones))
		r.Post("/residents/{id}/care-team/{contact}", s.act(s.changeMember))
		r.Get("/residents/{id}/consents", s.forUser(s.consents))
		r.Post("/residents/{id}/consents", s.forUser(s.giveConsent))
		r.Post("/residents/{id}/consents/{consent}/withdraw", s.act(s.withdrawConsent))
		r.Get("/residents/{id}/looks", s.forUser(s.looks))
		r.Get("/residents/{id}/rights", s.forUser(s.residentRights))
		r.Post("/residents/{id}/erasure", s.forUser(s.erase))
		r.Get("/erasures", s.forUser(s.erasures))
		r.Get("/processing", s.forUser(s.processing))
		r.Get("/new-resident", s.forUser(s.showNewcomer))
		r.Post("/new-resident", s.forUser(s.addNewcomer))
		r.Get("/duplicates", s.forUser(s.duplicates))
		r.Post("/duplicates/distinct", s.act(s.sayDistinct))
		r.Get("/residents/{id}/identity", s.forUser(s.identity))
		r.Post("/residents/{id}/identity", s.act(s.correctIdentity))
		r.Get("/residents/{id}/merge", s.forUser(s.merge))
		r.Post("/residents/{id}/merge", s.act(s.mergeNow))
		r.Post("/residents/{id}/merges/{merge}/undo", s.act(s.undoMerge))
		r.Get("/emergency", s.forUser(s.emergency))
		r.Post("/residents/{id}/emergency", s.act(s.breakGlass))
		r.Get("/emergencies", s.forUser(s.emergencies))
		r.Post("/emergencies/{id}/review", s.act(s.reviewEmergency))
		r.Get("/devices/{id}/worn", s.forUser(s.worn))
		r.Post("/devices/{id}/worn", s.forUser(s.correctWorn))
		r.Get("/residents/{id}/file", s.forUser(s.file))
		r.Post("/residents/{id}/file/rules/{condition}", s.act(s.acceptProposal))
		r.Get("/residents/{id}/file/{kind}", s.forUser(s.fileKind))
		r.Post("/residents/{id}/file/{kind}", s.forUser(s.keepEntry))
		r.Get("/residents/{id}/file/{kind}/{entry}", s.forUser(s.fileEntry))
		r.Post("/residents/{id}/file/{kind}/{entry}", s.forUser(s.keepEntry))
		r.Get("/residents/{id}/report", s.forUser(s.report))
		s.panelRoutes(r)
		r.Get("/residents/{id}/weeks/{week}", s.forUser(s.week))
		r.Get("/contacts/{id}", s.forUser(s.contact))
		r.Post("/contacts/{id}", s.act(s.changeContact))
		r.Post("/contacts/{id}/channels", s.act(s.addChannel))
		r.Post("/contacts/{id}/channels/{channel}", s.act(s.changeChannel))
		r.Post("/contacts/{id}/ended/{channel}", s.act(s.forgetEnded))
		r.Post("/contacts/{id}/residents/{resident}", s.act(s.setWishes))
		r.Get("/teams", s.forUser(s.teams))
		r.Get("/teams/{id}", s.forUser(s.roster))
		r.Post("/teams/{id}/members", s.act(s.joinTeam))
		r.Post("/teams/{id}/members/{contact}/remove", s.act(s.leaveTeam))
		r.Post("/teams/{id}/shifts", s.act(s.addShift))
		r.Post("/teams/{id}/shifts/{shift}/remove", s.act(s.removeShift))
		r.Post("/teams/{id}/overrides", s.act(s.addOverride))
		r.Post("/teams/{id}/overrides/{override}/remove", s.act(s.removeOverride))
		r.Get("/alerts", s.forUser(s.alertList))
		r.Get("/reports/response", s.forUser(s.response))
		r.Get("/alerts/{id}", s.forUser(s.alert))
		r.Get("/residents/{id}/reminders", s.forUser(s.plans))
		r.Get("/residents/{id}/reminders/new", s.forUser(s.plan))
		r.Post("/residents/{id}/reminders/new", s.forUser(s.keepPlan))
		r.Get("/residents/{id}/reminders/{reminder}", s.forUser(s.plan))
		r.Post("/residents/{id}/reminders/{reminder}", s.forUser(s.keepPlan))
		r.Get("/reminders", s.forUser(s.reminderList))
		r.Get("/assessments", s.forUser(s.dueList))
		r.Get("/residents/{id}/assessments", s.forUser(s.assessmentList))
		r.Get("/residents/{id}/assessments/new/{form}", s.forUser(s.assess))
		r.Post("/residents/{id}/assessments/new/{form}", s.forUser(s.keepSheet))
		r.Get("/residents/{id}/assessments/{assessment}", s.forUser(s.assessment))
		r.Get("/residents/{id}/assessments/{assessment}/changes", s.forUser(s.assessmentChanges))
		r.Get("/residents/{id}/assessments/{assessment}/correct", s.forUser(s.correctSheet))
		r.Post("/residents/{id}/assessments/{assessment}/correct", s.forUser(s.keepCorrection))
		r.Post("/residents/{id}/occurrences/{occurrence}/done", s.act(s.finishReminder))
		r.Post("/residents/{id}/occurrences/{occurrence}/skip", s.act(s.skipReminder))
		r.Post("/alerts/{id}/claim", s.act(s.claim))
		r.Post("/alerts/{id}/resolve", s.act(s.resolve))
		r.Post("/alerts/{id}/snooze", s.act(s.snooze))
		r.Post("/alerts/{id}/on-scene", s.act(s.arrive))
		r.Post("/alerts/{id}/comment", s.act(s.comment))
		if s.reach != nil {
			r.Post("/residents/{id}/drills", s.act(s.beginDrill))
			r.Post("/contacts/{id}/channels/{channel}/test", s.act(s.testChannel))
		}
		if s.taps != nil {
			r.Get("/t/{token}", s.showTap)
			r.Post("/t/{token}", s.useTap)
			r.Post("/t/{token}/arrived", s.received(false))
			r.Post("/t/{token}/looked", s.received(true))
		}
	})
}

// longestForm is in bytes: a comment in Chinese with all that stands around it.
const longestForm = 64 << 10

// guardPage sets what every page answers with. Scripts and styles come from our
// own files only, so that a name with markup in it can do no harm; nothing of a
// resident stays in a browser's cache.
func guardPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guardAnswer(w)
		// Forms of ours never come in parts, and parts would be kept in files.
		if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); strings.HasPrefix(media, "multipart/") {
			http.Error(w, "forms in parts are not taken", http.StatusUnsupportedMediaType)
			return
		}
		// Of anybody, signed in or not: what is longer is no form of ours.
		r.Body = http.MaxBytesReader(w, r.Body, longestForm)
		next.ServeHTTP(w, r)
	})
}

// guardUpload is [guardPage] for the forms that a file comes with: they come in parts,
// which are read as they come, and not at all of who is not signed in.
func (s *Site) guardUpload(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guardAnswer(w)
		if _, ok := s.accounts.UserOf(r.Context()); !ok {
			http.Redirect(w, r, signInPath("/"), http.StatusSeeOther)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, longestUpload)
		next.ServeHTTP(w, r)
	})
}

func guardAnswer(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// forUser sends whoever is not signed in to the sign-in, and back afterwards.
func (s *Site) forUser(page func(http.ResponseWriter, *http.Request, User) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, ok := s.accounts.UserOf(r.Context())
		if !ok {
			back := r.URL.RequestURI()
			if r.Method == http.MethodPost { // there is no page at a form's own address
				back = localPath(r.PostFormValue("next"))
			}
			http.Redirect(w, r, signInPath(back), http.StatusSeeOther)
			return
		}
		if err := page(w, r, user); err != nil {
			s.fail(w, r, err)
		}
	}
}

// fail shows a page that says what did not work. The cause goes to the log.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, message, page := http.StatusInternalServerError, "error.failed", s.newPage
	var refused Refusal
	switch {
	case errors.As(err, &refused):
		status, message = http.StatusUnprocessableEntity, "refusal."+refused.Code
	case errors.Is(err, ErrNotFound):
		status, message = http.StatusNotFound, "error.not_found"
	case errors.Is(err, ErrResolved):
		status, message = http.StatusConflict, "error.resolved"
	case errors.Is(err, ErrCritical):
		status, message = http.StatusConflict, "error.critical"
	case errors.Is(err, ErrNotYours):
		status, message = http.StatusConflict, "error.not_yours"
	case errors.Is(err, ErrInPerson):
		status, message = http.StatusForbidden, "error.in_person"
	case errors.Is(err, ErrStarting):
		status, message = http.StatusServiceUnavailable, "error.starting"
	case errors.Is(err, ErrChanged):
		status, message = http.StatusConflict, "error.changed"
	case errors.Is(err, ErrNotNow):
		status, message = http.StatusConflict, "error.not_now"
	case errors.Is(err, errForm):
		status, message = http.StatusUnprocessableEntity, "error.form"
	case r.Context().Err() != nil:
		return // nobody is there to read it
	default:
		page = s.barePage // what has failed is not tried once more
		s.log.ErrorContext(r.Context(), "page failed", "route", chi.RouteContext(r.Context()).RoutePattern(), "error", err)
	}
	user, _ := s.accounts.UserOf(r.Context())
	view := failure{page: page(r, user, "error.title"), Back: "/"}
	view.Message = view.T(message)
	if r.Method == http.MethodPost {
		view.Back = localPath(r.PostFormValue("next"))
		view.Path = view.Back
	}
	s.render(w, status, "error", view)
}

type failure struct {
	page
	Message string
	Back    string // where to go on
}
