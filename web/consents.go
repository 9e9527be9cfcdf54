package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
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
	// Back is the question to experts for which their consent is wanted; "" for none.
	Back string
}

// backTo is a path of this site to which a form leads back, "" for none.
func backTo(path string) string {
	if path != "" && localPath(path) == path {
		return path
	}
	return ""
}

// purposeView is what was agreed to for one purpose.
type purposeView struct {
	Name, Title, Text string
	Sharing           bool
	Lines             []consentLine
	Form              consentForm
}

// consentForm is a consent that is being entered, with what is wrong with it by field.
type consentForm struct {
	Consent
	Days  int
	Wrong map[string]string
	page  *consentsView
}

// Kinds are the kinds of data to choose from.
func (f consentForm) Kinds() []option {
	var list []option
	for _, s := range scopes {
		list = append(list, option{Value: s, Label: f.page.T("scope." + s), Chosen: slices.Contains(f.Scopes, s)})
	}
	return list
}

// Lasts are how long it may last.
func (f consentForm) Lasts() []option {
	var list []option
	for _, days := range consentDays {
		label := f.page.T("consents.for_ever")
		if days > 0 {
			label = f.page.T("consents.for_days", "n", days)
		}
		list = append(list, option{Value: strconv.Itoa(days), Label: label, Chosen: days == f.Days})
	}
	return list
}

// Capacities are in which somebody consents.
func (f consentForm) Capacities() []option {
	return []option{{"resident", f.page.T("capacity.resident"), !f.Guardian}, {"guardian", f.page.T("capacity.guardian"), f.Guardian}}
}

// Manners are the ways in which a consent is given.
func (f consentForm) Manners() (list []option) {
	for _, manner := range []string{"signed_in", "paper", "spoken"} {
		if manner != "signed_in" || f.page.Self {
			list = append(list, option{manner, f.page.T("manner." + manner), manner == f.Manner})
		}
	}
	return list
}

type consentLine struct {
	Consent
	Says  []string
	Ended string // why it does not hold, "" when it does
}

func (s *Site) consents(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showConsents(w, r, user, http.StatusOK, nil)
}

// showConsents shows what was agreed to, with a form that was not kept if there is one.
func (s *Site) showConsents(w http.ResponseWriter, r *http.Request, user User, status int, tried *consentForm) error {
	resident, err := s.residents.Resident(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	view := consentsView{page: s.newPage(r, user, "consents.title"), Resident: resident, Back: backTo(r.FormValue("back"))}
	file, err := s.privacy.Consents(r.Context(), user, resident.ID, view.Tag)
	if err != nil {
		return fmt.Errorf("read the consents of resident %s: %w", resident.ID, err)
	}
	view.Contacts, view.Self = file.Contacts, file.Self
	for _, name := range purposes {
		p := purposeView{Name: name, Title: view.T("purpose." + name), Text: file.Texts[name], Sharing: name == "sharing"}
		p.Form = consentForm{Consent: Consent{Scopes: []string{"status", "alerts"}}}
		if view.Self {
			p.Form.GivenBy = resident.Name
		}
		if tried != nil && tried.Purpose == name {
			p.Form = *tried
			for field, key := range p.Form.Wrong {
				p.Form.Wrong[field] = view.T(key)
			}
		}
		p.Form.page = &view
		for _, c := range file.List {
			if c.Purpose == name {
				p.Lines = append(p.Lines, view.consentLine(c))
			}
		}
		view.Purposes = append(view.Purposes, p)
	}
	if tried != nil {
		view.Path = "/residents/" + resident.ID + "/consents"
		if view.Back != "" {
			view.Path += "?" + url.Values{"back": {view.Back}}.Encode()
		}
	}
	s.render(w, status, "consents", view)
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

// giveConsent takes in a consent. What is missing is said beside its field, and what
// was filled in stays. Who came from a question to experts for it goes back there.
func (s *Site) giveConsent(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	c, err := s.consentOf(r.PostForm)
	if err != nil {
		return err
	}
	if len(c.Wrong) == 0 {
		given := c.Consent
		if given.Purpose != "sharing" {
			given.Contact, given.Scopes = Person{}, nil
		}
		if err := s.privacy.GiveConsent(r.Context(), user, chi.URLParam(r, "id"), given); err != nil {
			return err
		}
		next := cmp.Or(backTo(r.PostFormValue("back")), localPath(r.PostFormValue("next")))
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	return s.showConsents(w, r, user, http.StatusUnprocessableEntity, &c)
}

// consentOf reads a form, with what is missing.
func (s *Site) consentOf(form url.Values) (consentForm, error) {
	c := Consent{
		Purpose: form.Get("purpose"), Contact: Person{ID: form.Get("contact")}, Scopes: form["scope"], GivenBy: strings.TrimSpace(form.Get("given_by")),
		Guardian: form.Get("capacity") == "guardian", Manner: form.Get("manner"), Language: form.Get("language"), Proof: strings.TrimSpace(form.Get("proof")), Witness: strings.TrimSpace(form.Get("witness")),
	}
	days, err := strconv.Atoi(form.Get("days"))
	if err != nil || !slices.Contains(consentDays, days) {
		return consentForm{}, fmt.Errorf("%w: days %q", errForm, form.Get("days"))
	}
	if days > 0 {
		c.Until = s.now().Add(time.Duration(days) * 24 * time.Hour)
	}
	if !slices.Contains(purposes, c.Purpose) {
		return consentForm{}, fmt.Errorf("%w: purpose %q", errForm, c.Purpose)
	}
	wrong := map[string]string{}
	for field, missing := range map[string]bool{
		"contact": c.Purpose == "sharing" && c.Contact.ID == "", "scope": c.Purpose == "sharing" && len(c.Scopes) == 0, "given_by": c.GivenBy == "",
		"proof": c.Proof == "" && (c.Manner == "paper" || c.Guardian), "witness": c.Manner == "spoken" && c.Witness == "",
	} {
		if missing {
			wrong[field] = "consents.missing_" + field
		}
	}
	return consentForm{Consent: c, Days: days, Wrong: wrong}, nil
}

func (s *Site) withdrawConsent(ctx context.Context, user User, resident string, r *http.Request) error {
	words, err := text(r, "words")
	if err != nil {
		words = "" // withdrawing asks for no reason
	}
	return s.privacy.WithdrawConsent(ctx, user, resident, chi.URLParam(r, "consent"), words)
}
