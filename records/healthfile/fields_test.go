package healthfile_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/records/healthfile"
)

// filled says something in every field of a kind.
func filled(k healthfile.Kind) map[string][]string {
	said := map[string][]string{}
	for _, f := range healthfile.Fields(k) {
		switch f.Type {
		case healthfile.OneDay:
			said[f.Name] = []string{"2019-05"}
		case healthfile.Number:
			said[f.Name] = []string{"2.5"}
		case healthfile.Whole:
			said[f.Name] = []string{"3"}
		case healthfile.YesOrNo:
			said[f.Name] = []string{"yes"}
		case healthfile.Choice:
			said[f.Name] = f.Choices[:1]
		case healthfile.Choices:
			said[f.Name] = f.Choices
		default:
			said[f.Name] = []string{"words"}
		}
	}
	return said
}

func TestFormsSayWhatBodiesDo(t *testing.T) {
	for _, k := range healthfile.Kinds() {
		said := filled(k)
		b, err := healthfile.FromValues(k, said)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(said, healthfile.Values(b)); diff != "" {
			t.Errorf("%s: %s", k, diff)
		}
		// All but what is not filled in by people is in the form.
		value := reflect.ValueOf(b).Elem()
		for i := range value.NumField() {
			if f := value.Type().Field(i); value.Field(i).IsZero() != (f.Tag.Get("readOnly") != "") {
				t.Errorf("%s.%s is %v", k, f.Name, value.Field(i))
			}
		}
		empty, err := healthfile.FromValues(k, map[string][]string{"nonsense": {"x"}, "note": {" \n"}})
		if err != nil || !reflect.ValueOf(empty).Elem().IsZero() {
			t.Errorf("%s of nothing: %+v, %v", k, empty, err)
		}
	}
	_, err := healthfile.FromValues(healthfile.Habitual, map[string][]string{"cigarettes_a_day": {"many"}, "smoking_from_age": {"1.5"}, "alcohol_a_day": {"1,5"}})
	for _, says := range []string{`body.cigarettes_a_day "many" is not a number`, `body.smoking_from_age "1.5"`} {
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "alcohol") {
			t.Errorf("%v, want %s", err, says)
		}
	}
	fields := healthfile.Fields(healthfile.ADocument)
	if slices.ContainsFunc(fields, func(f healthfile.Field) bool { return f.Name == "sha256" }) || !fields[0].Needed {
		t.Errorf("%+v", fields)
	}
}
