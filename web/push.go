package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// What a browser needs to be told of something while no page is open asks for no
// sign-in: the service worker has to do with it at night.

func (s *Site) serveWorker(w http.ResponseWriter, r *http.Request) {
	// At the root, for a worker has a say in nothing above its own address; and under
	// one name, for browsers look there for a newer one.
	s.assets.as(w, r, "sw.js")
}

func (s *Site) serveIcon(w http.ResponseWriter, r *http.Request) { s.assets.as(w, r, "icon.png") }

// appManifest describes the pages as an app of the home screen (W3C, Web
// Application Manifest). iPhones take pushes for such apps only.
type appManifest struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Language   string    `json:"lang"`
	StartURL   string    `json:"start_url"`
	Scope      string    `json:"scope"`
	Display    string    `json:"display"`
	Background string    `json:"background_color"`
	Theme      string    `json:"theme_color"`
	Icons      []appIcon `json:"icons"`
}

type appIcon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

func (s *Site) serveManifest(w http.ResponseWriter, r *http.Request) {
	l := s.languages.of(r, User{})
	text, err := json.Marshal(appManifest{
		ID: "/", Name: l.T("site.name"), Language: l.Tag, StartURL: "/", Scope: "/", Display: "standalone", Background: "#eef4f8", Theme: "#0b5c8c",
		Icons: []appIcon{{"/icon.png", "512x512", "image/png", "any maskable"}},
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	_, _ = w.Write(text)
}

// servePushKey gives the key by which push services know this Anxin.
func (s *Site) servePushKey(w http.ResponseWriter, r *http.Request) {
	if s.pushKey == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, s.pushKey)
}

// renewPush takes in a browser's new subscription in place of an old one, which
// only that browser knows.
func (s *Site) renewPush(w http.ResponseWriter, r *http.Request) {
	err := s.people.RenewPush(r.Context(), r.PostFormValue("old"), r.PostFormValue("fresh"))
	var refused Refusal
	switch {
	case errors.Is(err, ErrNotFound) && !s.missed.allow(r, s.now()): // somebody guesses
		http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
	case errors.Is(err, ErrNotFound):
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
	case errors.As(err, &refused):
		http.Error(w, http.StatusText(http.StatusUnprocessableEntity), http.StatusUnprocessableEntity)
	case err != nil:
		s.log.ErrorContext(r.Context(), "renew the subscription of a browser", "error", err)
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// Browser is by what a browser knows its own channel on a page, which does not
// tell where it is reached: the SHA-256 of the endpoint, in Base64 for URLs.
func Browser(endpoint string) string {
	if endpoint == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(endpoint))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
