package web

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
)

// ErrNoLink says that there is no such one-tap link.
var ErrNoLink = errors.New("no such link")

// Taps does what one-tap links ask for, without a sign-in.
type Taps interface {
	// Look says what a link is good for and changes nothing, Use does what it asks
	// for; ErrNoLink when there is no such link.
	Look(ctx context.Context, token string) (Tap, error)
	Use(ctx context.Context, token string) (Tap, error)
	// Receive notes that the message with the link has arrived, or was looked at.
	Receive(ctx context.Context, token string, looked bool) error
}

// Tap is what somebody sees who follows a one-tap link.
type Tap struct {
	Standing TapStanding
	Action   TapAction
	// Language is that of whom the link was sent to, "" when not known.
	Language string
	// Subject is that of the message with the link, Label what the link says; "" for
	// the usual words.
	Subject, Label string
	// Holder has the alert until Until, or has closed it; "" for somebody who is not
	// named. Mine is set when that is who taps.
	Holder string
	Until  time.Time
	Zone   *time.Location
	Mine   bool
	// Alert is the alert's id, "" for a link about none. Many is set for a message about
	// several.
	Alert string
	Many  bool
	// Page is where what it is about is shown, "" for nowhere of its own.
	Page string
	// Drill is set for an alert that only pretends.
	Drill bool
	// Scene is what is shown of the alert; nil for nothing.
	Scene *TapScene
}

// TapStanding is how things stand behind a link.
type TapStanding string

// The standings.
const (
	TapReady   TapStanding = "ready"
	TapDone    TapStanding = "done"
	TapHeld    TapStanding = "held"
	TapClosed  TapStanding = "closed"
	TapExpired TapStanding = "expired"
)

// TapAction is what a link does.
type TapAction string

// The actions.
const (
	TapClaim      TapAction = "claim"
	TapFalseAlarm TapAction = "false_alarm"
	TapOpen       TapAction = "open"
	TapFinish     TapAction = "done"
	TapHelp       TapAction = "help"
)

type tapView struct {
	page
	Tap     Tap
	Says    string
	Button  string // "" when there is nothing to do
	Whole   string // the address of the page about it all
	Waiting bool   // it is not known yet, for too much is asked for
}

// showTap shows what a link is good for. Programs that look for harm in messages
// follow links, so that this changes nothing.
func (s *Site) showTap(w http.ResponseWriter, r *http.Request) { s.tap(w, r, s.taps.Look) }

func (s *Site) useTap(w http.ResponseWriter, r *http.Request) { s.tap(w, r, s.taps.Use) }

func (s *Site) tap(w http.ResponseWriter, r *http.Request, do func(context.Context, string) (Tap, error)) {
	w.Header().Set("X-Robots-Tag", "noindex")
	t, err := do(r.Context(), chi.URLParam(r, "token"))
	if errors.Is(err, ErrNoLink) && !s.missed.allow(r, s.now()) {
		w.Header().Set("Retry-After", strconv.Itoa(int(missWindow.Seconds())))
		view := tapView{page: s.newPage(r, User{}, "tap.title"), Waiting: true}
		view.Says = view.T("tap.too_many")
		s.render(w, http.StatusTooManyRequests, "tap", view)
		return
	}
	view := tapView{page: s.newPage(r, User{Language: t.Language}, "tap.title"), Tap: t}
	switch {
	case errors.Is(err, ErrNoLink):
		view.Says = view.T("tap.none")
		s.render(w, http.StatusNotFound, "tap", view)
	case errors.Is(err, ErrStarting):
		s.fail(w, r, err)
	case err != nil && r.Context().Err() != nil:
	case err != nil:
		s.fail(w, r, err)
	case r.Header.Get("Accept") == "application/json": // a browser's service worker, which shows it itself
		view.say()
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]string{"says": view.Says}); err != nil && r.Context().Err() == nil {
			s.log.WarnContext(r.Context(), "say how it stands behind a link", "error", err)
		}
	default:
		view.say()
		s.render(w, http.StatusOK, "tap", view)
	}
}

// Weight is how much the button stands out: that something was seen is less than what
// can be done about it.
func (v tapView) Weight() string {
	if v.Tap.Action == TapOpen && len(v.Offers()) > 0 {
		return "less"
	}
	return "big"
}

// say finds the words for how things stand.
func (v *tapView) say() {
	t := &v.Tap
	switch {
	case t.Alert != "":
		v.Whole = "/alerts/" + t.Alert
	case t.Many:
		v.Whole = "/alerts"
	case t.Page != "":
		v.Whole = t.Page
	}
	who, until := t.Holder, ""
	if who == "" {
		who = v.T("tap.somebody")
	}
	if !t.Until.IsZero() {
		until = t.Until.In(t.Zone).Format("15:04")
	}
	switch {
	case t.Standing == TapExpired:
		v.Says = v.T("tap.expired")
	case t.Action == TapHelp && (t.Standing == TapDone || t.Standing == TapClosed):
		v.Says = v.T("tap.helped")
	case t.Standing == TapClosed && t.Action == TapFinish:
		v.Says = v.T("tap.settled")
	case t.Standing == TapDone && t.Action == TapFinish:
		v.Says = v.T("tap.finished")
	case t.Standing == TapClosed && t.Drill && t.Mine:
		v.Says = v.T("tap.drill_mine")
	case t.Standing == TapClosed && t.Drill && t.Holder != "":
		v.Says = v.T("tap.drill_by", "name", who)
	case t.Standing == TapClosed && t.Drill:
		v.Says = v.T("tap.drill")
	case t.Standing == TapClosed && t.Mine:
		v.Says = v.T("tap.closed_mine")
	case t.Standing == TapClosed && t.Holder != "":
		v.Says = v.T("tap.closed_by", "name", who)
	case t.Standing == TapClosed:
		v.Says = v.T("tap.closed")
	case until != "" && t.Mine:
		v.Says = v.T("tap.mine", "time", until)
	case until != "":
		v.Says = v.T("tap.held", "name", who, "time", until)
	case t.Standing == TapDone:
		v.Says = v.T("tap.noted")
	case t.Alert != "":
		v.Says = v.T("alert.nobody")
	}
	if t.Standing != TapReady {
		return
	}
	switch t.Action {
	case TapClaim:
		v.Button = v.T("act.claim", "n", claimMinutes)
	case TapFalseAlarm:
		v.Button = v.T("verdict.false_alarm")
	case TapHelp:
		v.Button = t.Label
	case TapFinish:
		v.Button = v.T("tap.done")
		if t.Label != "" {
			v.Button = t.Label
		}
	default:
		v.Button = v.T("tap.seen")
	}
}

// received takes in what a browser's service worker says about a message.
func (s *Site) received(looked bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := s.taps.Receive(r.Context(), chi.URLParam(r, "token"), looked)
		switch {
		case errors.Is(err, ErrNoLink) && !s.missed.allow(r, s.now()):
			http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
		case errors.Is(err, ErrNoLink):
			http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		case err != nil:
			s.log.ErrorContext(r.Context(), "take in that a message has arrived", "error", err)
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

const (
	// missWindow and mostMisses bound how often one address asks for links that there
	// are not. Nobody guesses 128 bits. A link that there is always works: behind a
	// proxy all people have one address, and in a storm they tap at once.
	missWindow = time.Minute
	mostMisses = 120
)

// misses counts what was asked for in vain in a window, by address.
type misses struct {
	mu    sync.Mutex
	since time.Time
	by    map[string]int
}

func (m *misses) allow(r *http.Request, now time.Time) bool {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil || now.Sub(m.since) >= missWindow {
		m.since, m.by = now, map[string]int{}
	}
	m.by[address]++
	return m.by[address] <= mostMisses
}
