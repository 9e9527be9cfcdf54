package api

import (
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
)

// methodNotAllowed says which methods there are instead: chi tells them only to
// its own answer, which is empty.
func (a *API) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		asked := method
		if method == http.MethodHead {
			asked = http.MethodGet // which answers it, too
		}
		if a.router.Match(chi.NewRouteContext(), asked, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeProblem(w, http.StatusMethodNotAllowed, r.Method+" does nothing here: want "+strings.Join(allowed, ", "))
}

// recoverer answers for a handler that panicked, and keeps the panic in the log.
func (a *API) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			switch cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause) // meant to break the connection
			default:
				route := chi.RouteContext(r.Context()).RoutePattern()
				a.log.ErrorContext(r.Context(), "a handler panicked", "route", route, "panic", cause, "stack", string(debug.Stack()))
				writeProblem(w, http.StatusInternalServerError, "something of ours went wrong; the log has it")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// onlyText refuses an address with what is no text in it. No id and no word
// holds such, and the databases fail on it where they should find nothing.
func onlyText(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if whole := r.URL.Path + query; err != nil || !utf8.ValidString(whole) || strings.ContainsFunc(whole, unicode.IsControl) {
			writeProblem(w, http.StatusBadRequest, "the address holds characters that are not text")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// keepOut keeps answers, which are about people's health, out of caches and
// browsers from taking them for pages.
func keepOut(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
