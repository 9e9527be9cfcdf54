package forms_test

import (
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

const good = `id: walk
version: 1
title: {en: Walk, zh: 走路}
source: nowhere
verified: true
items:
  - id: steps
    text: {en: Steps, zh: 步}
    choices:
      - {value: 0, text: {en: few, zh: 少}}
      - {value: 2, text: {en: many, zh: 多}}
  - {id: far, text: {en: How far, zh: 多远}, kind: number, unit: km, min: 0, max: 9}
scoring:
  sum: [steps, far]
  better: high
  band_sets:
    - id: mine
      title: {en: Mine, zh: 我的}
      source: nowhere
      verified: false
      bands:
        - {id: strong, from: 6, to: 11, text: {en: strong, zh: 强}}
        - {id: weak, from: 0, to: 5, text: {en: weak, zh: 弱}}
`

func TestBadFormsAreRefused(t *testing.T) {
	if _, err := forms.Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"id: walk", "id: Walk", `id "Walk"`},
		{"version: 1", "version: 0", "version 0"},
		{"version: 1", "version: one", "line 2"},
		{"version: 1\n", "version: 1\nsorce: x\n", `line 3: there is no "sorce" here: did you mean source?`},
		{"title: {en: Walk, zh: 走路}", "title: {en: Walk}", "title: want both"},
		{"source: nowhere\nverified", "verified", "source: want"},
		{"verified: true\n", "", "verified: want true or false"},
		{"verified: true\n", "verified: true\nmodes: [obseved]\n", `did you mean observed?`},
		{"  - id: steps", "  - id: far", "line 12: item far: there is another"},
		{"{en: Steps, zh: 步}", "{zh: 步}", "line 7: item steps: text"},
		{"{en: Steps, zh: 步}", "{en: Steps, zh: 步, fr: pas}", `line 8: there is no "fr" here`},
		{"{value: 2,", "{value: 0,", "line 7: item steps: choice 0: there is another"},
		{"{en: many, zh: 多}", "{en: many}", "choice 2: want both"},
		{"kind: number", "kind: numbr", `line 12: item far: kind "numbr": want choice, several, number, text or computed: did you mean number?`},
		{", min: 0, max: 9", ", min: 0", "line 12: item far: min and max"},
		{", min: 0, max: 9", ", min: 9, max: 0", "min and max"},
		{"max: 9}", "max: 9, over: stps}", `over "stps": want another item that is a number: did you mean steps?`},
		{"max: 9}", "max: 9, optional: true}", "sum: far is optional"},
		{"max: 9}", "max: 9, decimals: 1}", "sum: far is neither a choice nor a whole number"},
		{"max: 9}", "max: 9}\n  - {id: b, text: {en: b, zh: b}, kind: computed, of: [far, steps]}", "line 13: item b: of: far is to be a number over 0 in kg"},
		{"sum: [steps, far]", "sum: [stepss]", `there is no item "stepss": did you mean steps?`},
		{"sum: [steps, far]", "sum: [steps, far, far]", "far is in it twice"},
		{"sum: [steps, far]", "sum: [steps, far]\n  reversed: [fat]", "reversed: fat is not in the sum: did you mean far?"},
		{"better: high", "better: best", `better "best"`},
		{"      verified: false\n", "", "line 17: band set mine: verified"},
		{"from: 6", "from: 7", "line 17: band set mine: band strong begins at 7: want 6"},
		{"from: 6", "from: 5", "band strong begins at 5: want 6"},
		{"to: 11", "to: 12", "the bands go to 12: want 11"},
		{"{id: weak, from: 0,", "{id: weak, from: 1,", "band weak begins at 1: want 0"},
		{"{id: weak, from: 0, to: 5,", "{id: weak, when: [0], from: 0, to: 5,", "when and by belong together"},
		{"verified: false\n", "verified: false\n      by: step\n", `by "step": want an item that is a choice`},
		{"better: high", "better: low", "the best band is the first"},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("the form has no %q", c.old)
		}
		_, err := forms.Parse([]byte(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v\nwant %s", c.new, err, c.want)
		}
	}
	for text, want := range map[string]string{"": "no form", "# nothing\n": "no form", good + "---\n" + good: "one form", "- a\n": "cannot unmarshal"} {
		if _, err := forms.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}

func TestLibrary(t *testing.T) {
	parse := func(version, old, new string) *forms.Form {
		f, err := forms.Parse([]byte(strings.Replace(strings.Replace(good, "version: 1", "version: "+version, 1), old, new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	one, two := parse("1", "", ""), parse("2", "Mine", "Ours")
	l, err := forms.NewLibrary(two, one)
	if err != nil {
		t.Fatal(err)
	}
	if f, ok := l.Form("walk"); !ok || f != two || len(l.Forms()) != 1 {
		t.Errorf("the newest is %+v of %d", f, len(l.Forms()))
	}
	if f, ok := l.Version("walk", 1); !ok || f != one {
		t.Errorf("the first is %+v", f)
	}
	if _, err := forms.NewLibrary(one, one); err == nil || !strings.Contains(err.Error(), "there are two of it") {
		t.Errorf("twice the same: %v", err)
	}
	if _, err := forms.NewLibrary(parse("1", "{id: weak,", "{id: weak, then: wlk,")); err == nil || !strings.Contains(err.Error(), "did you mean walk?") {
		t.Errorf("a form that is not there is to follow: %v", err)
	}

	d := library(t)
	barthel, _ := d.Form("barthel")
	if set := d.Set(barthel); set != "china" {
		t.Errorf("bands of %q", set)
	}
	for _, wrong := range [][2]string{{"bartel", "china"}, {"barthel", "gold"}, {"barthel", ""}, {"health_check", "china"}} {
		if err := d.Choose(wrong[0], wrong[1]); err == nil {
			t.Errorf("%v could be chosen", wrong)
		}
	}
	if err := d.Choose("barthel", "gdl2"); err != nil || d.Set(barthel) != "gdl2" {
		t.Errorf("bands of %q, %v", d.Set(barthel), err)
	}
}
