package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// wornView is who wore a device, with the form that corrects it.
type wornView struct {
	page
	Device      WornDevice
	Spells      []wornSpellLine
	Corrections []correctionView
	// Who are whom to choose from, nobody first; From, To and Why are as they were said.
	Who           []option
	Resident      string
	From, To, Why string
	// Wrong says what is not right about it, and Next is what would move.
	Wrong string
	Next  *correctionView
	Was   string // who was said to have worn it when Next was looked at
}

// Last is who wore it last; nil when nobody did.
func (v *wornView) Last() *Person {
	if n := len(v.Device.Spells); n > 0 {
		return &v.Device.Spells[n-1].Who
	}
	return nil
}

type wornSpellLine struct {
	Who      Person
	From, To string
}

// correctionView is a correction in words.
type correctionView struct {
	WornCorrection
	What, Made string
	Lines      []string
	NotTheirs  []wornAlertLine
	Found      []wornAlertLine
}

type wornAlertLine struct{ ID, Name, Began string }

func (s *Site) worn(w http.ResponseWriter, r *http.Request, user User) error {
	view, err := s.wornView(r, user)
	if err != nil {
		return err
	}
	s.render(w, http.StatusOK, "worn", view)
	return nil
}

func (s *Site) wornView(r *http.Request, user User) (*wornView, error) {
	device, err := s.wearings.Worn(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return nil, fmt.Errorf("read who wore a device: %w", err)
	}
	view := &wornView{page: s.newPage(r, user, "worn.title"), Device: device}
	view.Title = view.T("worn.of", "name", device.Name)
	view.Path = "/devices/" + device.ID + "/worn"
	for _, spell := range device.Spells {
		line := view.wearing(Wearing{From: spell.From, To: spell.To}, device.Zone)
		view.Spells = append(view.Spells, wornSpellLine{Who: spell.Who, From: line.From, To: line.To})
	}
	for _, c := range device.Corrections {
		view.Corrections = append(view.Corrections, view.correction(c))
	}
	view.choose("")
	return view, nil
}

// choose fills the list of whom to choose from.
func (v *wornView) choose(resident string) {
	v.Resident = resident
	v.Who = []option{{Value: "", Label: v.T("worn.nobody"), Chosen: resident == ""}}
	for _, p := range v.Device.People {
		v.Who = append(v.Who, option{Value: p.ID, Label: p.Name, Chosen: p.ID == resident})
	}
}

// correct shows what a correction would move, and then makes it.
func (s *Site) correctWorn(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	view, err := s.wornView(r, user)
	if err != nil {
		return err
	}
	form := r.PostForm
	view.choose(form.Get("resident"))
	view.From, view.To, view.Why = form.Get("from"), form.Get("to"), strings.TrimSpace(form.Get("why"))
	said, err := view.said()
	if err == nil && form.Has("was") {
		was := form.Get("was")
		said.Was = &was
		if err = s.wearings.Correct(r.Context(), user, said); err == nil {
			http.Redirect(w, r, view.Path+"#corrections", http.StatusSeeOther)
			return nil
		}
	} else if err == nil {
		var next WornCorrection
		if next, err = s.wearings.Foresee(r.Context(), user, said); err == nil {
			shown := view.correction(next)
			view.Next, view.Was = &shown, next.Was.ID
		}
	}
	status := http.StatusOK
	if err != nil {
		var fault WornFault
		if !errors.As(err, &fault) {
			return err
		}
		status, view.Wrong = http.StatusUnprocessableEntity, view.T("worn.fault."+string(fault))
	}
	s.render(w, status, "worn", view)
	return nil
}

// said is what the form says, by the clock of who wears the device.
func (v *wornView) said() (said WornSaid, err error) {
	said = WornSaid{Device: v.Device.ID, Resident: v.Resident, Why: v.Why}
	if said.From, err = time.ParseInLocation(localTime, v.From, v.Device.Zone); err != nil {
		return said, WornFault("from")
	}
	if v.To != "" {
		if said.To, err = time.ParseInLocation(localTime, v.To, v.Device.Zone); err != nil {
			return said, WornFault("to")
		}
	}
	if v.Why == "" {
		return said, WornFault("why")
	}
	return said, nil
}

func (v *wornView) correction(c WornCorrection) correctionView {
	zone := v.Device.Zone
	shown := correctionView{WornCorrection: c}
	until := minute(c.To, zone)
	if c.GoesOn {
		until = v.T("file.still")
	}
	said := []any{"is", c.Is.Name, "was", c.Was.Name, "from", minute(c.From, zone), "to", until}
	switch {
	case c.Is.ID == "":
		shown.What = v.T("worn.what_nobody", said...)
	case c.Was.ID == "":
		shown.What = v.T("worn.what_new", said...)
	default:
		shown.What = v.T("worn.what", said...)
	}
	if !c.At.IsZero() {
		by := c.By
		if by == "" {
			by = v.T("worn.by_command")
		}
		shown.Made = v.T("worn.made", "name", by, "time", minute(c.At, zone), "why", c.Why)
	}
	for _, metric := range slices.Sorted(maps.Keys(c.Readings)) {
		shown.Lines = append(shown.Lines, v.T("worn.moves", "what", metric.Info().Display(v.Tag), "n", c.Readings[metric]))
	}
	if c.Hours > 0 {
		shown.Lines = append(shown.Lines, v.T("worn.hours", "n", c.Hours))
	}
	if c.Mixed > 0 {
		shown.Lines = append(shown.Lines, v.T("worn.mixed", "n", c.Mixed))
	}
	shown.NotTheirs, shown.Found = v.wornAlerts(c.NotTheirs), v.wornAlerts(c.Found)
	return shown
}

func (v *wornView) wornAlerts(all []WornAlert) (lines []wornAlertLine) {
	for _, a := range all {
		lines = append(lines, wornAlertLine{ID: a.ID, Name: v.in(a.Name), Began: minute(a.Began, v.Device.Zone)})
	}
	return lines
}
