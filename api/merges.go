package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/store"
)

// Merge is that one resident's file went into another's.
type Merge struct {
	ID       string     `json:"id"`
	Survivor string     `json:"survivor" doc:"Whose file it is"`
	Other    string     `json:"other" doc:"Whose file went into it; by this id the survivor is found"`
	Reason   string     `json:"reason"`
	By       string     `json:"by" doc:"A user"`
	At       time.Time  `json:"at"`
	UndoneAt *time.Time `json:"undone_at,omitempty"`
	UndoneBy string     `json:"undone_by,omitempty"`
	Undoing  string     `json:"undoing,omitempty" doc:"Why it was undone"`
	Readings string     `json:"readings" enum:"to_move,moving,moved,to_return,returned" doc:"How far the readings have followed"`
}

func showMerge(m merging.Merge) Merge {
	out := Merge{
		ID: m.ID, Survivor: m.Survivor, Other: m.Other, Reason: m.Reason, By: m.By, At: m.At.UTC(), UndoneBy: m.UndoneBy, Undoing: m.Undoing, Readings: string(m.Readings),
	}
	if !m.Holds() {
		at := m.UndoneAt.UTC()
		out.UndoneAt = &at
	}
	return out
}

// MergePreview is what a merge would do.
type MergePreview struct {
	Tag       string          `json:"tag" doc:"To be given with the merge: it is refused when one of the files has changed meanwhile"`
	Fields    []MergeField    `json:"fields" nullable:"false" doc:"What the files say otherwise of who they are: name those in from_other that are as the other's says"`
	Care      Care            `json:"care" doc:"What the rules go by of the survivor"`
	OtherCare Care            `json:"other_care"`
	People    []MergePerson   `json:"people" nullable:"false" doc:"Those around the other alone: of each it is to be said whether they come along"`
	Widened   []MergeWidened  `json:"widened" nullable:"false" doc:"Those who would see more than before: it is to be agreed to"`
	Rows      map[string]int  `json:"rows" doc:"How much of what would come"`
	Obstacles []MergeObstacle `json:"obstacles" nullable:"false" doc:"To be settled first"`
}

// MergeField is what two files say of one thing.
type MergeField struct {
	Name     string `json:"name" example:"birth_date"`
	Survivor string `json:"survivor"`
	Other    string `json:"other"`
}

// MergePerson is a contact around the other resident.
type MergePerson struct {
	Contact  string `json:"contact"`
	Relation string `json:"relation"`
}

// MergeWidened is a contact who would see more: by kinds of data.
type MergeWidened struct {
	Contact  string   `json:"contact"`
	Survivor []string `json:"of_survivor" nullable:"false" doc:"What they see of the survivor now"`
	Other    []string `json:"of_other" nullable:"false" doc:"And of the other"`
	New      []string `json:"then" nullable:"false" doc:"What they would see of the one file"`
}

// MergeObstacle is something that has to be settled first.
type MergeObstacle struct {
	Code  string `json:"code" example:"medicine_twice"`
	About string `json:"about,omitempty" example:"Metformin 500 mg"`
}

type previewInput struct {
	ResidentPath
	Other string   `query:"other" doc:"Whose file would go into this one"`
	Along []string `query:"along" doc:"Contacts around the other who would come along"`
}

type previewOutput struct{ Body MergePreview }

func (a *API) previewMerge(ctx context.Context, in *previewInput) (*previewOutput, error) {
	if _, err := a.mayMerge(ctx, in.ID, cmp.Or(in.Other, in.ID)); err != nil {
		return nil, err
	}
	if in.Other == "" {
		return nil, invalid("query.other", in.Other, "say whose file")
	}
	p, err := a.merges.Preview(ctx, in.ID, in.Other, in.Along...)
	if err != nil {
		return nil, a.failed(ctx, "look at what a merge would do", err)
	}
	out := MergePreview{Tag: p.Tag, Rows: p.Rows, Care: showCare(records.CareVersion{Care: p.Care}).Care, OtherCare: showCare(records.CareVersion{Care: p.OtherCare}).Care, Fields: []MergeField{}, People: []MergePerson{}, Widened: []MergeWidened{}, Obstacles: []MergeObstacle{}}
	for _, f := range p.Fields {
		out.Fields = append(out.Fields, MergeField(f))
	}
	for _, who := range p.People {
		out.People = append(out.People, MergePerson{who.Contact, string(who.Relation)})
	}
	for _, w := range p.Widened {
		out.Widened = append(out.Widened, MergeWidened{w.Contact, w.Survivor.Names(), w.Other.Names(), w.New.Names()})
	}
	for _, o := range p.Obstacles {
		out.Obstacles = append(out.Obstacles, MergeObstacle(o))
	}
	return &previewOutput{Body: out}, nil
}

type mergeInput struct {
	ResidentPath
	Body struct {
		Other     string   `json:"other" doc:"Whose file goes into this one"`
		Reason    string   `json:"reason" minLength:"1" maxLength:"2000" doc:"How it is known that they are one person"`
		Tag       string   `json:"tag" doc:"Of the preview"`
		FromOther []string `json:"from_other,omitempty" doc:"The fields that are as the other's file says" example:"[\"birth_date\"]"`
		Care      string   `json:"care,omitempty" enum:"survivor,other,both" doc:"What the rules go by; needed where the files differ"`
		Along     []string `json:"along,omitempty" doc:"Contacts around the other who come along"`
		Behind    []string `json:"behind,omitempty" doc:"And who do not"`
		Widen     []string `json:"widen,omitempty" doc:"Contacts of whom it is agreed that they see more"`
	}
}

type mergeOutput struct{ Body Merge }

func (a *API) mergeResidents(ctx context.Context, in *mergeInput) (*mergeOutput, error) {
	b := &in.Body
	user, err := a.mayMerge(ctx, in.ID, b.Other)
	if err != nil {
		return nil, err
	}
	m, err := a.merges.Merge(ctx, merging.Request{
		Survivor: in.ID, Other: b.Other, Reason: b.Reason, By: user.ID, Tag: b.Tag, FromOther: b.FromOther, Care: merging.CareChoice(b.Care), Along: b.Along, Behind: b.Behind, Widen: b.Widen,
	})
	if err != nil {
		return nil, a.failed(ctx, "merge the files", err)
	}
	return &mergeOutput{Body: showMerge(m)}, nil
}

type mergesOutput struct{ Body []Merge }

func (a *API) listMerges(ctx context.Context, in *ResidentPath) (*mergesOutput, error) {
	if _, err := a.resident(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	list, err := a.merges.Of(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "list the merges", err)
	}
	out := &mergesOutput{Body: make([]Merge, len(list))}
	for i, m := range list {
		out.Body[i] = showMerge(m)
	}
	return out, nil
}

type undoInput struct {
	ResidentPath
	Merge string `path:"merge" doc:"The merge's id"`
	Body  struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"How it is known that they are two persons"`
	}
}

func (a *API) undoMerge(ctx context.Context, in *undoInput) (*mergeOutput, error) {
	user, err := a.mayMerge(ctx, in.ID, in.ID)
	if err != nil {
		return nil, err
	}
	m, err := a.merges.One(ctx, in.Merge)
	if err == nil && m.Survivor != in.ID {
		return nil, a.failed(ctx, "undo the merge", store.NotFound("merge", in.Merge))
	}
	if err == nil {
		m, err = a.merges.Undo(ctx, in.Merge, user.ID, in.Body.Reason)
	}
	if err != nil {
		return nil, a.failed(ctx, "undo the merge", err)
	}
	return &mergeOutput{Body: showMerge(m)}, nil
}

// mergedInto is the header that says whose file answered, by the id of one that went
// into it.
const mergedInto = "Anxin-Merged-Into"

// byFile lets who asks for a resident whose file went into another's find that one:
// pages are sent there, for as long as it is so, and operations answer with the
// survivor. It does so only for who has signed in.
func (a *API) byFile(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := UserOf(r.Context()); !ok || a.survivor == nil {
			next.ServeHTTP(w, r)
			return
		}
		route := chi.RouteContext(r.Context())
		pattern := route.RoutePattern()
		for i, key := range route.URLParams.Keys {
			if key != "resident" && (key != "id" || !strings.Contains(pattern, "/residents/{id}")) {
				continue
			}
			was := route.URLParams.Values[i]
			is := a.survivor(was)
			if is == was {
				continue
			}
			if r.Method == http.MethodGet && !strings.HasPrefix(pattern, "/api/") {
				to := *r.URL
				to.Path, to.RawPath = strings.Replace(to.Path, "/residents/"+was, "/residents/"+is, 1), ""
				http.Redirect(w, r, to.RequestURI(), http.StatusFound)
				return
			}
			route.URLParams.Values[i] = is
			r.SetPathValue(key, is) // which operations read
			w.Header().Set(mergedInto, is)
		}
		if q := r.URL.Query(); q.Has("resident") && a.survivor(q.Get("resident")) != q.Get("resident") {
			q.Set("resident", a.survivor(q.Get("resident")))
			to := *r.URL
			to.RawQuery = q.Encode()
			r.URL = &to
		}
		next.ServeHTTP(w, r)
	})
}
