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

// careTeamView is where staff change who is told of a resident.
type careTeamView struct {
	page
	Resident Resident
	Members  []memberForm
	// Others are contacts who are not in the care team yet.
	Others []Person
	// New is a member whom nothing was said of yet.
	New memberForm
	// Rings says where neighbours are asked to ring, and Nowhere that this is not known:
	// a neighbour who is told helps nobody then.
	Rings   string
	Nowhere bool
	// Phones are at which numbers the resident is called.
	Phones Phones
	// Reach is whether somebody can be told; nil where that is not known.
	Reach *reachView
}

// memberForm is one member with what can be changed of it.
type memberForm struct {
	Member
	l    *locale // not embedded: it has a name of its own
	Last bool    // in the order
}

// As is what the member is, in words.
func (f memberForm) As() string { return f.l.T("relation." + string(f.Relation)) }

// By says how the member is reached.
func (f memberForm) By() string { return f.by(f.l) }

var relations = []Relation{"family", "family_manager", "neighbour", "caregiver", "doctor", "resident"}

// Relations are those to choose from.
func (f memberForm) Relations() []option {
	var list []option
	for _, r := range relations {
		list = append(list, option{Value: string(r), Label: f.l.T("relation." + string(r)), Chosen: r == f.Relation})
	}
	return list
}

// Hears are the severities to choose from.
func (f memberForm) Hears() []option { return f.l.severities("hears", f.From) }

// severities are those to choose from, by what the choice is about.
func (l *locale) severities(about string, chosen Severity) []option {
	var list []option
	for s := Info; s <= Critical; s++ {
		list = append(list, option{Value: s.String(), Label: l.T(about + "." + s.String()), Chosen: s == chosen})
	}
	return list
}

var (
	delays  = []time.Duration{0, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
	repeats = []time.Duration{0, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
)

// Delays are how much later they may be told.
func (f memberForm) Delays() []option { return f.l.spans("delay", delays, f.Delay) }

// Repeats are how often they may be told again.
func (f memberForm) Repeats() []option { return f.l.spans("repeat", repeats, f.Repeat) }

// spans are lengths of time to choose from, with the one that was chosen
// elsewhere when it is none of them.
func (l *locale) spans(about string, list []time.Duration, chosen time.Duration) []option {
	if !slices.Contains(list, chosen) {
		list = append(slices.Clone(list), chosen)
		slices.Sort(list)
	}
	var options []option
	for _, d := range list {
		label := l.T(about + ".none")
		if d > 0 {
			label = l.T(about+".some", "span", l.span(d))
		}
		options = append(options, option{Value: strconv.Itoa(int(d / time.Second)), Label: label, Chosen: d == chosen})
	}
	return options
}

func (s *Site) careTeam(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	resident, err := s.residents.Resident(ctx, user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	around, err := s.people.Circle(ctx, user, resident.ID)
	if err != nil {
		return fmt.Errorf("read the care team of resident %s: %w", resident.ID, err)
	}
	all, err := s.people.Contacts(ctx, user) // who may not arrange is refused here
	if err != nil {
		return fmt.Errorf("list contacts: %w", err)
	}
	view := careTeamView{page: s.newPage(r, user, "careteam.title"), Resident: resident, Phones: around.Phones}
	view.New = memberForm{Member: Member{Relation: "family", Wishes: Wishes{From: Info}}, l: view.locale}
	for i, m := range around.Members {
		view.Members = append(view.Members, memberForm{Member: m, l: view.locale, Last: i == len(around.Members)-1})
	}
	view.Others = slices.DeleteFunc(all, func(p Person) bool {
		return slices.ContainsFunc(around.Members, func(m Member) bool { return m.ID == p.ID })
	})
	if slices.ContainsFunc(around.Members, func(m Member) bool { return m.Relation == "neighbour" }) {
		view.Rings, view.Nowhere = resident.Home, resident.Home == "" && resident.Room == ""
	}
	if s.reach != nil {
		if view.Reach, err = s.reachOf(ctx, user, &view.page, resident); err != nil {
			return err
		}
	}
	s.render(w, http.StatusOK, "careteam", view)
	return nil
}

// join puts somebody into the care team: a contact who is there, or a new one
// with a first channel.
func (s *Site) join(ctx context.Context, user User, resident string, r *http.Request) error {
	m := Member{Relation: Relation(r.PostFormValue("relation")), Wishes: Wishes{From: Info}}
	if m.Relation == "neighbour" {
		m.From = Critical
	}
	if !slices.Contains(relations, m.Relation) {
		return fmt.Errorf("%w: relation %q", errForm, m.Relation)
	}
	m.ID = r.PostFormValue("contact")
	if m.ID == "" {
		var err error
		if m.ID, err = s.newContact(ctx, user, r); err != nil {
			return err
		}
	}
	return s.people.SetMember(ctx, user, resident, m)
}

func (s *Site) newContact(ctx context.Context, user User, r *http.Request) (string, error) {
	name, err := text(r, "name")
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", fmt.Errorf("%w: nobody is chosen or named", errForm)
	}
	return s.people.AddContact(ctx, user, name, r.PostFormValue("language"))
}

// changeMember keeps what was said of a member, moves it, or takes it out.
func (s *Site) changeMember(ctx context.Context, user User, resident string, r *http.Request) error {
	contact := chi.URLParam(r, "contact")
	around, err := s.people.Circle(ctx, user, resident)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(around.Members, func(m Member) bool { return m.ID == contact })
	if i < 0 {
		return ErrNotFound
	}
	m := around.Members[i]
	switch r.PostFormValue("do") {
	case "remove":
		return s.people.RemoveMember(ctx, user, resident, contact)
	case "up":
		m.Place = max(1, m.Place-1)
	case "down":
		m.Place++
	default:
		if m.Relation = Relation(r.PostFormValue("relation")); !slices.Contains(relations, m.Relation) {
			return fmt.Errorf("%w: relation %q", errForm, m.Relation)
		}
		if m.Wishes, err = wishesOf(r); err != nil {
			return err
		}
	}
	return s.people.SetMember(ctx, user, resident, m)
}

// wishesOf reads how somebody wants to be told.
func wishesOf(r *http.Request) (w Wishes, err error) {
	if w.From, err = severityOf(r, "from"); err != nil {
		return w, err
	}
	for field, to := range map[string]*time.Duration{"delay": &w.Delay, "repeat": &w.Repeat} {
		seconds, err := strconv.Atoi(r.PostFormValue(field))
		if err != nil || seconds < 0 || seconds > 24*60*60 {
			return w, fmt.Errorf("%w: %s %q", errForm, field, r.PostFormValue(field))
		}
		*to = time.Duration(seconds) * time.Second
	}
	w.Weekly = r.PostFormValue("weekly") != ""
	return w, nil
}

func severityOf(r *http.Request, field string) (Severity, error) {
	for s := Info; s <= Critical; s++ {
		if s.String() == strings.TrimSpace(r.PostFormValue(field)) {
			return s, nil
		}
	}
	return 0, fmt.Errorf("%w: %s %q", errForm, field, r.PostFormValue(field))
}
