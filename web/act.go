package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
)

// claimMinutes is for how long one tap claims an alert: time to call, to go
// there, and to see.
const claimMinutes = 30

// snoozeMinutes are the lengths of a snooze that pages offer.
var snoozeMinutes = []int{15, 60, 240}

// mostText is the longest reason or comment, in characters.
const mostText = 2000

// errForm says that a form lacks what it needs.
var errForm = errors.New("form is not filled in")

// act takes in a form about what the path names and goes back to the page that it was on:
// without scripts, a claim is one tap too.
func (s *Site) act(do func(ctx context.Context, user User, id string, r *http.Request) error) http.HandlerFunc {
	return s.forUser(func(w http.ResponseWriter, r *http.Request, user User) error {
		if err := r.ParseForm(); err != nil {
			return fmt.Errorf("%w: %w", errForm, err)
		}
		if err := do(r.Context(), user, chi.URLParam(r, "id"), r); err != nil {
			return err
		}
		http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
		return nil
	})
}

func (s *Site) claim(ctx context.Context, user User, id string, _ *http.Request) error {
	return s.alerts.Claim(ctx, user, id, s.now().Add(claimMinutes*time.Minute))
}

func (s *Site) resolve(ctx context.Context, user User, id string, r *http.Request) error {
	verdict := Verdict(r.PostFormValue("verdict"))
	if !slices.Contains([]Verdict{TrueAlarm, FalseAlarm, TestAlarm}, verdict) {
		return fmt.Errorf("%w: verdict %q", errForm, verdict)
	}
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	if r.PostFormValue("all") != "" {
		return s.alerts.ResolveGone(ctx, user, id, verdict, reason)
	}
	return s.alerts.Resolve(ctx, user, id, verdict, reason)
}

func (s *Site) snooze(ctx context.Context, user User, id string, r *http.Request) error {
	minutes, err := strconv.Atoi(r.PostFormValue("minutes"))
	if err != nil || !slices.Contains(snoozeMinutes, minutes) {
		return fmt.Errorf("%w: minutes %q", errForm, r.PostFormValue("minutes"))
	}
	return s.alerts.Snooze(ctx, user, id, s.now().Add(time.Duration(minutes)*time.Minute))
}

func (s *Site) arrive(ctx context.Context, user User, id string, _ *http.Request) error {
	return s.alerts.Arrive(ctx, user, id)
}

func (s *Site) comment(ctx context.Context, user User, id string, r *http.Request) error {
	said, err := text(r, "text")
	if err != nil {
		return err
	}
	if said == "" {
		return fmt.Errorf("%w: no comment", errForm)
	}
	return s.alerts.Comment(ctx, user, id, said)
}

// text is what was written into a field.
func text(r *http.Request, field string) (string, error) {
	written := strings.TrimSpace(r.PostFormValue(field))
	if n := utf8.RuneCountInString(written); n > mostText || !utf8.ValidString(written) {
		return "", fmt.Errorf("%w: %s of %d characters, want at most %d of text", errForm, field, n, mostText)
	}
	return written, nil
}
