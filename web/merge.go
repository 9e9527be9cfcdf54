package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

type duplicatesView struct {
	page
	Pairs []pairView
}

type pairView struct{ One, Other alikeView }

func (s *Site) duplicates(w http.ResponseWriter, r *http.Request, user User) error {
	pairs, err := s.identities.Duplicates(r.Context(), user)
	if err != nil {
		return fmt.Errorf("look for likely duplicates: %w", err)
	}
	view := duplicatesView{page: s.newPage(r, user, "duplicates.title")}
	for _, p := range pairs {
		view.Pairs = append(view.Pairs, pairView{view.alike(p[0]), view.alike(p[1])})
	}
	s.render(w, http.StatusOK, "duplicates", view)
	return nil
}

func (s *Site) sayDistinct(ctx context.Context, user User, _ string, r *http.Request) error {
	return s.identities.SayDistinct(ctx, user, r.PostFormValue("one"), r.PostFormValue("other"))
}

// mergeView is what a merge would do, with what is to be decided.
type mergeView struct {
	page
	MergePreview
	One, Two   alikeView
	Rules      string // what the rules go by of the file that stays, and of the other
	TheirRules string
	Differ     []fileChoice
	Along      []personChoice
	More       []personChoice
	Comes      []string
	Obstacles  []string
}

// mergeRows are what is counted of what would come.
var mergeRows = []string{"file_entries", "assessments", "wearings", "alerts", "reminders", "situations", "consents", "deliveries"}

// fileChoice is a field of which one of two is to be chosen.
type fileChoice struct{ Name, Label, Survivor, Other string }

type personChoice struct {
	MergePerson
	As, Now, Then string
}

func (s *Site) merge(w http.ResponseWriter, r *http.Request, user User) error {
	survivor, other := chi.URLParam(r, "id"), r.URL.Query().Get("other")
	p, err := s.identities.Preview(r.Context(), user, survivor, other)
	if err != nil {
		return fmt.Errorf("look at what a merge would do: %w", err)
	}
	view := mergeView{page: s.newPage(r, user, "merge.title"), MergePreview: p}
	view.Rules, view.TheirRules = view.ruledBy(p.Care), view.ruledBy(p.OtherCare)
	view.One, view.Two = view.alike(p.Survivor), view.alike(p.Other)
	for _, f := range p.Fields {
		view.Differ = append(view.Differ, view.choice(f))
	}
	for _, who := range p.People {
		view.Along = append(view.Along, view.person(who))
	}
	for _, who := range p.Widened {
		view.More = append(view.More, view.person(who))
	}
	for _, rows := range p.Rows {
		view.Comes = append(view.Comes, view.T("merge.rows_"+rows.What, "n", rows.N))
	}
	for _, o := range p.Obstacles {
		view.Obstacles = append(view.Obstacles, view.T("merge.obstacle_"+o.Code, "about", o.About))
	}
	s.render(w, http.StatusOK, "merge", view)
	return nil
}

func (l *locale) choice(f MergeField) fileChoice {
	shown := func(value string) string {
		switch {
		case value == "":
			return l.T("merge.nothing")
		case f.Name == "sex":
			return l.T("sex." + value)
		}
		return value
	}
	return fileChoice{f.Name, l.T("identity." + f.Name), shown(f.Survivor), shown(f.Other)}
}

// ruledBy is what the rules go by, in a line.
func (l *locale) ruledBy(care MergeCare) string {
	var said []string
	for _, name := range care.Conditions {
		said = append(said, l.condition(name))
	}
	for _, limit := range care.Limits {
		said = append(said, l.limit(limit.Name)+" "+limit.Value)
	}
	for _, plan := range care.Planned {
		said = append(said, plan.Metric.Info().Display(l.Tag)+" "+l.T("change.every", "span", l.span(plan.Every)))
	}
	return cmp.Or(strings.Join(said, l.T("list.and")), l.T("merge.nothing"))
}

func (l *locale) person(who MergePerson) personChoice {
	c := personChoice{MergePerson: who, Then: l.T("merge.then", "kinds", l.kindsOrNone(who.New))}
	if who.Relation != "" {
		c.As = l.T("relation." + who.Relation)
	}
	c.Now = l.T("merge.now", "survivor", l.kindsOrNone(who.Survivor), "other", l.kindsOrNone(who.Other))
	return c
}

func (l *locale) kindsOrNone(names []string) string {
	if len(names) == 0 {
		return l.T("merge.nothing")
	}
	return l.kinds(names)
}

func (s *Site) mergeNow(ctx context.Context, user User, survivor string, r *http.Request) error {
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	said := MergeSaying{Reason: reason, Tag: r.PostFormValue("tag"), Care: r.PostFormValue("care"), Widen: r.PostForm["widen"]}
	for name, values := range r.PostForm {
		value := values[0]
		if field, ok := strings.CutPrefix(name, "field-"); ok && value == "other" {
			said.FromOther = append(said.FromOther, field)
		}
		if contact, ok := strings.CutPrefix(name, "person-"); ok {
			if value == "along" {
				said.Along = append(said.Along, contact)
				said.Widen = append(said.Widen, contact) // what they would see stands beside it
			} else {
				said.Behind = append(said.Behind, contact)
			}
		}
	}
	return s.identities.Merge(ctx, user, survivor, r.PostFormValue("other"), said)
}
