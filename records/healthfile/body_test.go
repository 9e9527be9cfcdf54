package healthfile_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
)

// checked is what is found wrong with a body; it is refused before the database is
// asked for anything.
func checked(t *testing.T, b healthfile.Body) map[string]string {
	t.Helper()
	err := healthfile.Settle(b, noon, strings.Repeat("!", 2001))
	var fault *store.Fault
	if !errors.As(err, &fault) {
		t.Fatal(err)
	}
	wrong := map[string]string{}
	for _, f := range fault.Fields {
		wrong[strings.TrimPrefix(f.Path, "body.")] = f.Message
	}
	if wrong["reason"] == "" {
		t.Errorf("the reason is not looked at: %v", wrong)
	}
	delete(wrong, "reason")
	return wrong
}

func number(n float64) *float64 { return &n }

func whole(n int) *int { return &n }

func TestWhatIsWrongIsSaidByField(t *testing.T) {
	long := strings.Repeat("长", 201)
	for _, c := range []struct {
		body healthfile.Body
		want map[string]string // part of what is said
	}{
		{&healthfile.Condition{Code: "I10.x00x002"}, nil},
		{&healthfile.Condition{Name: "heart trouble", Since: "1998"}, nil},
		{&healthfile.Condition{}, map[string]string{"name": "is empty"}},
		{&healthfile.Condition{Code: "Q99.9"}, map[string]string{"name": "is empty"}}, // not in the list
		{&healthfile.Condition{Code: "copd", Since: "2027", Severity: "bad", Name: long}, map[string]string{"code": "no code of ICD-10", "since": "in the future", "severity": "is none of mild, moderate, severe", "name": "longer than 200"}},
		{&healthfile.Condition{Code: "I10", Since: "2011-02-30"}, map[string]string{"since": "is not a day, a month or a year"}},
		{&healthfile.Condition{Code: "I10", Note: "a\nb\tc"}, nil},
		{&healthfile.Condition{Code: "I10", By: "a\nb", Note: "\x00"}, map[string]string{"diagnosed_by": "not text", "note": "not text"}},
		{&healthfile.Allergy{Substance: " ", Sort: "food", Drug: "penicillins"}, map[string]string{"substance": "is empty", "drug_group": "is of a medicine"}},
		{&healthfile.Medicine{Name: "Metformin", ATC: "a10ba02", From: "2026-12-24"}, nil}, // it is to begin then
		{&healthfile.Medicine{Name: "Metformin", ATC: "X1", Remind: true, From: "2026-11", Until: "2026-10"}, map[string]string{"atc": "no class of ATC", "schedule": "say when", "until": "is before from"}},
		{&healthfile.Operation{Event: "party", On: "1998", Until: "1997-12-31"}, map[string]string{"event": "none of operation", "what": "is empty", "until": "is before on"}},
		{&healthfile.Operation{Event: "operation", What: "hip", On: "1998", Until: "1998-01"}, nil},
		{&healthfile.Relative{Who: "father", Code: "I63", Age: whole(61)}, nil},
		{&healthfile.Relative{Who: "neighbour", Age: whole(131)}, map[string]string{"relative": "none of father", "name": "is empty", "age": "0 to 130"}},
		{&healthfile.Vaccination{Against: "Influenza", On: "2026-10-01", Next: "2027-10"}, nil},
		{&healthfile.Vaccination{Dose: whole(0), On: "2026-10-01", Next: "2026-09"}, map[string]string{"against": "is empty", "dose": "1 to 20", "next": "is before on"}},
		{&healthfile.Habits{Cigarettes: number(math.NaN()), Alcohol: number(51), Diet: []healthfile.Diet{"raw"}, SmokingSince: whole(30), SmokingUntil: whole(20)}, map[string]string{"cigarettes_a_day": "0 to 200", "alcohol_a_day": "0 to 50", "diet": "none of balanced", "smoking_until_age": "is before"}},
		{&healthfile.Disability{Sort: "sight", Grade: whole(5)}, map[string]string{"grade": "1 to 4"}},
		{&healthfile.Goal{What: "walk", Status: "done"}, map[string]string{"status": "none of proposed"}},
		{&healthfile.Task{}, map[string]string{"what": "is empty", "status": "none of planned"}},
		{&healthfile.Note{Text: " \n"}, map[string]string{"text": "is empty"}},
		{&healthfile.Document{Title: "x", Sort: "other", Paper: "../../etc/passwd"}, map[string]string{"sha256": "no paper"}},
		// The example of GB 11643-1999.
		{&healthfile.Particulars{IDNumber: "11010519491231002x", FileCode: "44030300100100001"}, nil},
		{&healthfile.Particulars{IDNumber: "110105194912310021", FileCode: "1", Payment: []healthfile.Payment{"cash"}, Photo: "x"}, map[string]string{"id_number": "digit that is wrong", "file_code": "17 digits", "payment": "none of employees", "photo": "no picture"}},
	} {
		wrong := checked(t, c.body)
		for path, says := range c.want {
			if !strings.Contains(wrong[path], says) {
				t.Errorf("%+v: %s %q, want %q", c.body, path, wrong[path], says)
			}
		}
		if len(wrong) != len(c.want) {
			t.Errorf("%+v: %v, want %v", c.body, wrong, c.want)
		}
	}
}

func TestEveryKindHasABody(t *testing.T) {
	for _, k := range healthfile.Kinds() {
		b := healthfile.NewBody(k)
		if b == nil || b.Kind() != k {
			t.Fatalf("%s has %T", k, b)
		}
		// What the API says that may be chosen is what is taken.
		of := reflect.TypeOf(b).Elem()
		for i := range of.NumField() {
			field := of.Field(i)
			choices := field.Tag.Get("enum")
			if choices == "" || k == healthfile.ADocument && field.Name == "Type" {
				continue
			}
			for _, choice := range strings.Split(choices, ",") {
				body := reflect.New(of)
				into := body.Elem().Field(i)
				if into.Kind() == reflect.Slice {
					into.Set(reflect.MakeSlice(into.Type(), 1, 1))
					into = into.Index(0)
				}
				into.SetString(choice)
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				if says := checked(t, body.Interface().(healthfile.Body))[name]; strings.Contains(says, "is none of") {
					t.Errorf("%s: %s %s", k, name, says)
				}
			}
		}
	}
	if healthfile.NewBody("diary") != nil {
		t.Error("there is a body of no kind")
	}
}

func TestDiagnoses(t *testing.T) {
	before := ""
	for _, one := range healthfile.Diagnoses() {
		if one.Code <= before || one.EN == "" || one.ZH == "" {
			t.Errorf("%+v after %s", one, before)
		}
		before = one.Code
		if b, err := json.Marshal(one); err != nil || len(checked(t, &healthfile.Condition{Code: one.Code})) != 0 {
			t.Errorf("%s: %v", b, err)
		}
	}
	for code, want := range map[string]string{"J44.9": "J44", "I10.x00x002": "I10", "I11.0": "I11.0", "I11.9": "I11", "I50": "I50", "": "", "J4": "", "Q99": ""} {
		if got, ok := healthfile.Diagnosis(code); got.Code != want || ok != (want != "") {
			t.Errorf("%s is %+v, want %s", code, got, want)
		}
	}
}
