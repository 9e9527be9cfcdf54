package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// purposes are what is asked for, each by itself, in this order.
var purposes = []string{"monitoring", "sharing", "panel", "research", "abroad"}

// scopes are the kinds of data.
var scopes = []string{"status", "vitals", "alerts", "file", "documents"}

// consentDays are how long a consent can be made to last; 0 until it is withdrawn.
var consentDays = []int{0, 7, 30, 90, 365}

type consentsView struct {
	page
	Resident Resident
	Purposes []purposeView
	Contacts []Person
	Self     bool
	Days     []option
}

// purposeView is what was agreed to for one purpose.
type purposeView struct {
	Name, Title, Text string
	Sharing           bool
	Lines             []consentLine
}

type consentLine struct {
	Consent
	Says  []string
	Ended string // why it does not hold, "" when it does
}

// Kinds are the kinds of data to choose from.
func (v consentsView) Kinds() []option {
	var list []option
	for _, s := range scopes {
		list = append(list, option{Value: s, Label: v.T("scope." + s), Chosen: s == "status" || s == "alerts"})
	}
	return list
}

func (s *Site) consents(w http.ResponseWriter, r *http.Request, user User) error {
	resident, err := s.residents.Resident(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	view := consentsView{page: s.newPage(r, user, "consents.title"), Resident: resident}
	file, err := s.privacy.Consents(r.Context(), user, resident.ID, view.Tag)
	if err != nil {
		return fmt.Errorf("read the consents of resident %s: %w", resident.ID, err)
	}
	view.Contacts, view.Self = file.Contacts, file.Self
	for _, days := range consentDays {
		label := view.T("consents.for_ever")
		if days > 0 {
			label = view.T("consents.for_days", "n", days)
		}
		view.Days = append(view.Days, option{Value: strconv.Itoa(days), Label: label})
	}
	for _, name := range purposes {
		p := purposeView{Name: name, Title: view.T("purpose." + name), Text: file.Texts[name], Sharing: name == "sharing"}
		for _, c := range file.List {
			if c.Purpose == name {
				p.Lines = append(p.Lines, view.consentLine(c))
			}
		}
		view.Purposes = append(view.Purposes, p)
	}
	s.render(w, http.StatusOK, "consents", view)
	return nil
}

func (v consentsView) consentLine(c Consent) consentLine {
	zone := v.Resident.Zone
	line := consentLine{Consent: c}
	if c.Contact.ID != "" {
		line.Says = append(line.Says, v.T("consents.sees", "name", c.Contact.Name, "kinds", v.kinds(c.Scopes)))
	}
	given := []any{"name", c.GivenBy, "manner", v.T("manner." + c.Manner), "time", minute(c.GivenAt, zone)}
	if c.Guardian {
		line.Says = append(line.Says, v.T("consents.by_guardian", given...))
	} else {
		line.Says = append(line.Says, v.T("consents.by_resident", given...))
	}
	if c.Proof != "" {
		line.Says = append(line.Says, v.T("consents.proved", "proof", c.Proof))
	}
	if c.Witness != "" {
		line.Says = append(line.Says, v.T("consents.witnessed", "name", c.Witness))
	}
	if !c.Until.IsZero() {
		line.Says = append(line.Says, v.T("consents.until", "time", minute(c.Until, zone)))
	}
	switch {
	case c.Holds:
	case !c.WithdrawnAt.IsZero():
		line.Ended = v.T("consents.withdrawn", "time", minute(c.WithdrawnAt, zone))
		if c.Withdrawal != "" {
			line.Ended += " · " + c.Withdrawal
		}
	case v.Now.Before(c.From):
		line.Ended = v.T("consents.from", "time", minute(c.From, zone))
	default:
		line.Ended = v.T("consents.ended", "time", minute(c.Until, zone))
	}
	return line
}

// minute is a moment by the clock of a zone.
func minute(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04")
}

// kinds are kinds of data in words.
func (l *locale) kinds(names []string) string {
	said := make([]string, len(names))
	for i, name := range names {
		said[i] = l.T("scope." + name)
	}
	return strings.Join(said, l.T("list.and"))
}

func (s *Site) giveConsent(ctx context.Context, user User, resident string, r *http.Request) error {
	form := r.PostForm
	c := Consent{
		Purpose: form.Get("purpose"), Contact: Person{ID: form.Get("contact")}, Scopes: form["scope"], GivenBy: strings.TrimSpace(form.Get("given_by")),
		Guardian: form.Get("capacity") == "guardian", Manner: form.Get("manner"), Language: form.Get("language"), Proof: strings.TrimSpace(form.Get("proof")), Witness: strings.TrimSpace(form.Get("witness")),
	}
	days, err := strconv.Atoi(form.Get("days"))
	if err != nil || !slices.Contains(consentDays, days) {
		return fmt.Errorf("%w: days %q", errForm, form.Get("days"))
	}
	if days > 0 {
		c.Until = s.now().Add(time.Duration(days) * 24 * time.Hour)
	}
	switch {
	case !slices.Contains(purposes, c.Purpose):
		return fmt.Errorf("%w: purpose %q", errForm, c.Purpose)
	case c.Purpose == "sharing" && (c.Contact.ID == "" || len(c.Scopes) == 0):
		return fmt.Errorf("%w: to whom, and what", errForm)
	case c.GivenBy == "", c.Manner == "paper" && c.Proof == "", c.Manner == "spoken" && c.Witness == "", c.Guardian && c.Proof == "":
		return fmt.Errorf("%w: who gave it, and what shows it", errForm)
	}
	if c.Purpose != "sharing" {
		c.Contact, c.Scopes = Person{}, nil
	}
	return s.privacy.GiveConsent(ctx, user, resident, c)
}

func (s *Site) withdrawConsent(ctx context.Context, user User, resident string, r *http.Request) error {
	words, err := text(r, "words")
	if err != nil {
		words = "" // withdrawing asks for no reason
	}
	return s.privacy.WithdrawConsent(ctx, user, resident, chi.URLParam(r, "consent"), words)
}
