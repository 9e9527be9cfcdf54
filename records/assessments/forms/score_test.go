package forms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

func library(t testing.TB) *forms.Library {
	t.Helper()
	l, err := forms.Default()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func form(t testing.TB, id string) *forms.Form {
	t.Helper()
	f, ok := library(t).Form(id)
	if !ok {
		t.Fatalf("there is no form %s", id)
	}
	return f
}

// inOrder answers the items that are summed, one after the other.
func inOrder(f *forms.Form, values ...float64) forms.Answers {
	answers := forms.Answers{}
	for i, id := range f.Scoring.Sum {
		answers[id] = forms.Said(values[i])
	}
	return answers
}

// The totals are the examples of the national form and of the published scales.
func TestScore(t *testing.T) {
	for _, c := range []struct {
		form, set string
		answers   []float64
		total     int
		band      string
	}{
		{"self_care", "", []float64{0, 0, 0, 0, 0}, 0, "independent"},
		{"self_care", "", []float64{3, 0, 0, 0, 0}, 3, "independent"},
		{"self_care", "", []float64{3, 1, 0, 0, 0}, 4, "mild"},
		{"self_care", "", []float64{3, 0, 0, 5, 0}, 8, "mild"},
		{"self_care", "", []float64{3, 1, 0, 5, 0}, 9, "moderate"},
		{"self_care", "", []float64{3, 3, 3, 5, 1}, 15, "moderate"},
		{"self_care", "", []float64{5, 3, 5, 5, 0}, 18, "moderate"},
		{"self_care", "", []float64{3, 3, 3, 5, 5}, 19, "unable"},
		{"self_care", "", []float64{5, 7, 5, 10, 10}, 37, "unable"},

		{"barthel", "", []float64{10, 5, 5, 10, 10, 10, 10, 15, 15, 10}, 100, "none"},
		{"barthel", "", []float64{10, 5, 5, 10, 10, 10, 10, 15, 15, 5}, 95, "mild"},
		{"barthel", "", []float64{0, 0, 0, 0, 10, 10, 10, 15, 15, 0}, 60, "moderate"},
		{"barthel", "", []float64{0, 0, 0, 0, 0, 10, 0, 15, 15, 0}, 40, "severe"},
		{"barthel", "gdl2", []float64{0, 0, 0, 0, 0, 10, 0, 15, 15, 0}, 40, "partial"},
		{"barthel", "gdl2", []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, "total"},

		// Having a second diagnosis and an infusion adds points.
		{"morse", "", []float64{0, 15, 0, 0, 0, 0}, 15, "low"},
		{"morse", "", []float64{0, 15, 0, 20, 0, 0}, 35, "moderate"},
		{"morse", "", []float64{25, 15, 30, 20, 20, 15}, 125, "high"},

		{"cognition_screen", "", []float64{0, 0}, 0, "negative"},
		{"cognition_screen", "", []float64{0, 1}, 1, "positive"},
		{"emotion_screen", "", []float64{1, 0}, 1, "positive"},
		{"emotion_screen", "", []float64{0, 1}, 1, "positive"},

		// Whoever says yes to everything has the five reversed items right.
		{"gds_15", "", []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 10, "moderate"},
		{"gds_15", "", []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 5, "mild"},
		{"gds_15", "", []float64{1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0}, 0, "normal"},
		{"gds_15", "", []float64{0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1}, 15, "severe"},

		{"ability", "", []float64{90}, 90, "intact"},
	} {
		f := form(t, c.form)
		r, err := f.Score(inOrder(f, c.answers...), c.set)
		if err != nil || !r.Scored || r.Total != c.total || r.Band != c.band {
			t.Errorf("%s %v: total %d, band %q (%v), want %d, %q", c.form, c.answers, r.Total, r.Band, err, c.total, c.band)
		}
	}
}

func TestBandLimits(t *testing.T) {
	for _, c := range []struct {
		form, set string
		education float64
		// limits are the bands from the least total on: "independent 3" is it up to 3.
		limits string
	}{
		{"self_care", "national", 0, "independent 3 mild 8 moderate 18 unable 37"},
		{"barthel", "china", 0, "severe 40 moderate 60 mild 99 none 100"},
		{"barthel", "gdl2", 0, "total 19 very 39 partial 59 minimal 79 independent 100"},
		{"morse", "gdl2", 0, "low 24 moderate 45 high 125"},
		{"cognition_screen", "national", 0, "negative 0 positive 2"},
		{"emotion_screen", "national", 0, "negative 0 positive 2"},
		{"gds_15", "common", 0, "normal 4 mild 8 moderate 11 severe 15"},
		{"mmse", "china", 0, "impaired 17 normal 30"},
		{"mmse", "china", 1, "impaired 20 normal 30"},
		{"mmse", "china", 2, "impaired 24 normal 30"},
		{"mmse", "china", 3, "impaired 24 normal 30"},
		{"mmse", "china_four", 2, "impaired 22 normal 30"},
		{"mmse", "china_four", 3, "impaired 23 normal 30"},
		{"ability", "gb_42195", 0, "complete 29 severe 45 moderate 65 mild 89 intact 90"},
	} {
		f := form(t, c.form)
		set, ok := f.Set(c.set)
		if !ok {
			t.Errorf("%s has no set %s", c.form, c.set)
			continue
		}
		answers := forms.Answers{"education": forms.Said(c.education)}
		from := 0
		for rest := strings.Fields(c.limits); len(rest) > 0; rest = rest[2:] {
			var to int
			if _, err := fmt.Sscan(rest[1], &to); err != nil {
				t.Fatal(err)
			}
			for total := from; total <= to; total++ {
				if b, ok := set.Band(total, answers); !ok || b.ID != rest[0] {
					t.Errorf("%s %s, education %v: %d is %v, want %s", c.form, c.set, c.education, total, b, rest[0])
				}
			}
			from = to + 1
		}
		if b, ok := set.Band(from, answers); ok {
			t.Errorf("%s %s: %d is %s, want none", c.form, c.set, from, b.ID)
		}
	}
}

func TestWhatIsNotVerifiedSaysSo(t *testing.T) {
	verified := map[string]bool{"self_care": true, "health_check": true, "cognition_screen": true, "emotion_screen": true, "barthel": true, "morse": true, "mmse": true}
	sets := map[string]bool{"self_care national": true, "barthel gdl2": true, "morse gdl2": true, "cognition_screen national": true, "emotion_screen national": true, "mmse china": true}
	for _, f := range library(t).Forms() {
		if f.IsVerified() != verified[f.ID] {
			t.Errorf("form %s is verified: %v", f.ID, f.IsVerified())
		}
		if f.Scoring == nil {
			continue
		}
		for _, s := range f.Scoring.Sets {
			if s.IsVerified() != sets[f.ID+" "+s.ID] {
				t.Errorf("band set %s of form %s is verified: %v", s.ID, f.ID, s.IsVerified())
			}
		}
	}
	check := form(t, "health_check")
	for id, want := range map[string]bool{"bp_left_systolic": true, "adherence": true, "self_rated_health": false, "symptoms": false} {
		if item, ok := check.Item(id); !ok || check.Knows(item) != want {
			t.Errorf("item %s is verified: %v, want %v", id, !want, want)
		}
	}
}

func TestComplaints(t *testing.T) {
	for _, c := range []struct {
		form, answers string
		want          string // item, kind, and a part of the message
	}{
		{"self_care", `{"eating":1,"washing":0,"dressing":0,"toileting":0,"mobility":0}`, "eating not_allowed = 1 is not allowed: want 0, 3 or 5"},
		{"self_care", `{"eating":0,"washing":5,"dressing":0,"toileting":0,"mobility":0}`, "washing not_allowed 0, 1, 3 or 7"},
		{"self_care", `{"eating":0,"washing":0,"dressing":0,"toileting":3,"mobility":0}`, "toileting not_allowed 0, 1, 5 or 10"},
		{"self_care", `{"eating":0,"washing":0,"dressing":0.5,"toileting":0,"mobility":0}`, "dressing not_allowed 0.5"},
		{"self_care", `{"eating":0,"washing":0,"dressing":0,"toileting":0,"mobility":null}`, "mobility missing"},
		{"self_care", `{"eating":"3","washing":0,"dressing":0,"toileting":0,"mobility":0}`, "eating malformed a number"},
		{"self_care", `{"eating":0,"washing":0,"dressing":0,"toileting":0,"mobility":0,"moblity":1}`, "moblity no_item did you mean mobility?"},
		{"mmse", `{"total":31,"education":1}`, "total out_of_range want 0 to 30"},
		{"mmse", `{"total":21.5,"education":1}`, "total too_fine at most 0 decimals"},
		{"mmse", `{"total":21}`, "education missing"},
		{"health_check", `{"bp_left_systolic":80,"bp_left_diastolic":120,"bp_right_systolic":130,"bp_right_diastolic":80,"height":160,"weight":60,"self_rated_health":1,"evaluation":1}`, "bp_left_systolic not_over over bp_left_diastolic, which is 120"},
		{"health_check", `{"bp_left_systolic":130,"bp_left_diastolic":80,"bp_right_systolic":130,"bp_right_diastolic":80,"height":1.6,"weight":60,"self_rated_health":1,"evaluation":1}`, "height out_of_range want 100 to 230"},
		{"health_check", `{"bp_left_systolic":130,"bp_left_diastolic":80,"bp_right_systolic":130,"bp_right_diastolic":80,"height":160,"weight":60,"self_rated_health":1,"evaluation":1,"symptoms":[2,77]}`, "symptoms not_allowed = 77"},
		{"health_check", `{"bp_left_systolic":130,"bp_left_diastolic":80,"bp_right_systolic":130,"bp_right_diastolic":80,"height":160,"weight":60,"self_rated_health":1,"evaluation":1,"mouth":"` + strings.Repeat("口", 2001) + `"}`, "mouth too_long"},
	} {
		answers, err := forms.ParseAnswers([]byte(c.answers))
		if err != nil {
			t.Errorf("%s: %v", c.answers, err)
			continue
		}
		_, err = form(t, c.form).Score(answers, "")
		var wrong forms.Complaints
		if !errors.As(err, &wrong) || len(wrong) != 1 {
			t.Errorf("%s %s: %v, want one complaint", c.form, c.answers, err)
			continue
		}
		item, rest, _ := strings.Cut(c.want, " ")
		kind, text, _ := strings.Cut(rest, " ")
		if wrong[0].Item != item || string(wrong[0].Kind) != kind || !strings.Contains(wrong[0].Message, text) {
			t.Errorf("%s: %+v, want %s", c.answers, wrong[0], c.want)
		}
	}
	if _, err := form(t, "barthel").Score(forms.Answers{}, "gld2"); err == nil {
		t.Error("answers to nothing have a score")
	}
	if _, err := form(t, "ability").Score(forms.Answers{"total": forms.Said(3)}, "none"); err == nil || !strings.Contains(err.Error(), "no band set") {
		t.Errorf("another band set: %v", err)
	}
}

func TestBodyMassIndexIsComputed(t *testing.T) {
	answers := forms.Answers{"evaluation": forms.Said(1), "self_rated_health": forms.Said(2), "symptoms": forms.SaidAll(3, 2, 3), "mouth": forms.Wrote("  "),
		"bmi": forms.Said(50)} // what is said of it is not believed
	for id, v := range map[string]float64{"bp_left_systolic": 130, "bp_left_diastolic": 80, "bp_right_systolic": 134, "bp_right_diastolic": 82, "height": 160.5, "weight": 60.2} {
		answers[id] = forms.Said(v)
	}
	r, err := form(t, "health_check").Score(answers, "")
	if err != nil || r.Scored || r.Answers["bmi"].Number != 23.4 {
		t.Errorf("%+v, %v, want a BMI of 23.4 and no total", r, err)
	}
	if text, _ := json.Marshal(r.Answers["symptoms"]); string(text) != "[2,3]" {
		t.Errorf("symptoms %s", text)
	}
	if _, ok := r.Answers["mouth"]; ok {
		t.Error("an empty text is an answer")
	}
}

func TestCompare(t *testing.T) {
	f := form(t, "self_care")
	score := func(values ...float64) forms.Result {
		r, err := f.Score(inOrder(f, values...), "")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	c := f.Compare(score(3, 1, 0, 5, 0), score(3, 3, 0, 1, 5))
	if c.By != 3 || c.Turn != forms.Worse {
		t.Errorf("the total: %+v", c)
	}
	for i, want := range []struct {
		points int
		turn   forms.Turn
	}{{0, forms.Same}, {2, forms.Worse}, {0, forms.Same}, {-4, forms.Better}, {5, forms.Worse}} {
		if got := c.Items[i]; got.Points != want.points || got.Turn != want.turn {
			t.Errorf("%s: %d %s, want %+v", got.Item.ID, got.Points, got.Turn, want)
		}
	}
	// To say yes to a reversed question is better, though its value is higher.
	f = form(t, "gds_15")
	before := score(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	after := score(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if c := f.Compare(before, after); c.By != -1 || c.Turn != forms.Better || c.Items[0].Points != -1 || c.Items[0].Turn != forms.Better {
		t.Errorf("a reversed item: %+v", c)
	}
	f = form(t, "mmse")
	mmse := func(total, education float64) forms.Result {
		return forms.Result{Scored: true, Total: int(total), Answers: forms.Answers{"total": forms.Said(total), "education": forms.Said(education)}}
	}
	if c := f.Compare(mmse(20, 1), mmse(24, 2)); c.Turn != forms.Better || c.Items[1].Turn != forms.Changed || c.Items[1].Points != 0 {
		t.Errorf("an item without points: %+v", c)
	}
}

func TestFormsArePickedUpFromPages(t *testing.T) {
	answers, wrong := form(t, "health_check").Read(map[string][]string{
		"symptoms": {"3", "2"}, "weight": {" 60,5 "}, "height": {""}, "pulse": {"many"}, "mouth": {" fine "}, "bmi": {"12"}, "next": {"/"},
	})
	text, _ := json.Marshal(answers)
	if string(text) != `{"mouth":"fine","symptoms":[2,3],"weight":60.5}` {
		t.Errorf("read %s", text)
	}
	if len(wrong) != 1 || wrong[0].Item != "pulse" || wrong[0].Kind != forms.Malformed {
		t.Errorf("complaints %v", wrong)
	}
}

func TestWhatAreNoAnswers(t *testing.T) {
	for text, want := range map[string]string{
		``: "want a JSON object", `[]`: "want a JSON object", `{"a":1`: "cannot be read", `{"a":1} x`: "follows", `{"a":1,"a":2}`: "a is answered twice", `{"a":1,"a":null}`: "twice",
		`{"a":true}`: "a want a number", `{"a":{}}`: "a want a number", `{"a":[1.5]}`: "whole numbers", `{"a":1e999}`: "out of all range",
		`{"a":"` + strings.Repeat("x", 20000) + `"}`: "longer than",
	} {
		if _, err := forms.ParseAnswers([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
}

// Whatever is read can be written and read again to the same, and scored without
// harm.
func FuzzParseAnswers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"eating":3,"washing":0}`, `{"symptoms":[1,2],"mouth":"fine","weight":60.5}`, `{"a":null}`, `{"total":1e3,"education":-0}`, `{"q1":"\ud800"}`, `{"symptoms":[]}`} {
		f.Add([]byte(seed))
	}
	l := library(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		answers, err := forms.ParseAnswers(text)
		if err != nil {
			if !errors.As(err, &forms.Complaints{}) {
				t.Errorf("not complaints: %v", err)
			}
			return
		}
		written, err := json.Marshal(answers)
		if err != nil {
			t.Fatal(err)
		}
		again, err := forms.ParseAnswers(written)
		if err != nil {
			t.Fatalf("%s cannot be read again: %v", written, err)
		}
		if len(again) != len(answers) {
			t.Errorf("%s has become %v", written, again)
		}
		for id, a := range answers {
			if !a.Equal(again[id]) {
				t.Errorf("%s: %+v has become %+v", id, a, again[id])
			}
		}
		for _, form := range l.Forms() {
			least, most := form.Range()
			if r, err := form.Score(answers, ""); err == nil && r.Scored && (r.Total < least || r.Total > most || r.Band == "") {
				t.Errorf("%s of %s: %+v", form.ID, text, r)
			}
		}
	})
}
