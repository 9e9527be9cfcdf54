package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// shortestReason is in characters; see records.Consents.
const shortestReason = 10

type emergencyView struct {
	page
	Home string
	// Whom are those who live in the home that was asked for.
	Whom  []Person
	Asked bool
}

// emergency is where somebody of the staff asks for access to a resident who is
// another team's.
func (s *Site) emergency(w http.ResponseWriter, r *http.Request, user User) error {
	view := emergencyView{page: s.newPage(r, user, "emergency.title"), Home: strings.TrimSpace(r.URL.Query().Get("home"))}
	view.Asked = view.Home != ""
	var err error
	if view.Whom, err = s.privacy.Whom(r.Context(), user, view.Home); err != nil {
		return fmt.Errorf("find who lives in a home: %w", err)
	}
	s.render(w, http.StatusOK, "emergency", view)
	return nil
}

func (s *Site) breakGlass(ctx context.Context, user User, resident string, r *http.Request) error {
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	if len([]rune(reason)) < shortestReason {
		return fmt.Errorf("%w: the reason is too short", errForm)
	}
	return s.privacy.BreakGlass(ctx, user, resident, reason)
}

type emergenciesView struct {
	page
	Open, Past []emergencyLine
}

type emergencyLine struct {
	Emergency
	Clock string
}

func (s *Site) emergencies(w http.ResponseWriter, r *http.Request, user User) error {
	all, err := s.privacy.Emergencies(r.Context(), user)
	if err != nil {
		return fmt.Errorf("list access in emergencies: %w", err)
	}
	view := emergenciesView{page: s.newPage(r, user, "emergencies.title")}
	for _, e := range all {
		line := emergencyLine{Emergency: e, Clock: minute(e.Since, e.Zone)}
		if e.Reviewed {
			view.Past = append(view.Past, line)
		} else {
			view.Open = append(view.Open, line)
		}
	}
	s.render(w, http.StatusOK, "emergencies", view)
	return nil
}

func (s *Site) reviewEmergency(ctx context.Context, user User, id string, r *http.Request) error {
	verdict := r.PostFormValue("verdict")
	if verdict != "justified" && verdict != "not_justified" {
		return fmt.Errorf("%w: verdict %q", errForm, verdict)
	}
	note, err := text(r, "note")
	if err != nil {
		note = ""
	}
	return s.privacy.ReviewEmergency(ctx, user, id, verdict == "justified", note)
}
