package vitals_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/vitals"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The golden file shows every change of a code, unit or bound in review.
func TestCatalogueGolden(t *testing.T) {
	var b strings.Builder
	for _, m := range vitals.Metrics() {
		i := m.Info()
		fmt.Fprintf(&b, "%d %s [%s] %s of %s", m, i.Name, i.Unit, i.Kind, i.Subject)
		if i.Bounded {
			fmt.Fprintf(&b, ", %v to %v", i.Min, i.Max)
		}
		if i.Resolution != 0 {
			fmt.Fprintf(&b, " by %v", i.Resolution)
		}
		if i.Profile != "" {
			fmt.Fprintf(&b, ", profile %s", i.Profile)
		}
		for n, w := range i.Words {
			fmt.Fprintf(&b, ", %d=%s", n, w)
		}
		fmt.Fprintf(&b, "\n  %s / %s\n", i.Display("en"), i.Display("zh-CN"))
		for _, c := range i.Codings {
			fmt.Fprintf(&b, "  %s|%s %s\n", c.System, c.Code, c.Display)
		}
		for _, u := range i.Units {
			fmt.Fprintf(&b, "  from %s %s: (n%+v)*%v/%v%+v\n", u.Name, strings.Join(u.Aliases, " "), u.Before, u.Times, u.By, u.After)
		}
	}
	const golden = "testdata/catalogue.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the catalogue has changed; if that is meant: go test ./vitals -update")
	}
}

func TestCatalogueIsThatOfTheClinicians(t *testing.T) {
	text, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		ID, UCUM, Code, Type string
		Profile              string   `json:"fhir_profile"`
		Min, Max, Resolution *float64 // null for words
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 46 {
		t.Fatalf("%d metrics, want 46", len(rows))
	}
	for _, row := range rows {
		m, ok := vitals.ParseMetric(row.ID)
		if !ok {
			t.Errorf("%s is missing", row.ID)
			continue
		}
		i := m.Info()
		if i.Unit != row.UCUM {
			t.Errorf("%s: unit %s, want %s", row.ID, i.Unit, row.UCUM)
		}
		// Carbon monoxide is an alarm's state here; its concentration has a metric of its own.
		if m == vitals.CarbonMonoxide {
			i = vitals.CarbonMonoxidePPM.Info()
		}
		if row.Min != nil && (!i.Bounded || i.Min != *row.Min || i.Max != *row.Max || i.Resolution != *row.Resolution) {
			t.Errorf("%s: %v to %v by %v, want %v to %v by %v", row.ID, i.Min, i.Max, i.Resolution, *row.Min, *row.Max, *row.Resolution)
		}
		if row.Min == nil && i.Bounded {
			t.Errorf("%s: bounds, want none", row.ID)
		}
		i = m.Info()
		code := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(row.Code, "MDC "), "SNOMED "), "local:")
		for _, want := range strings.Split(strings.TrimSuffix(code, " (mass)"), " + ") {
			found := false
			for _, c := range i.Codings {
				found = found || c.Code == want
			}
			if !found {
				t.Errorf("%s: code %s is missing from %v", row.ID, want, i.Codings)
			}
		}
		if p := strings.Trim(row.Profile, "-()"); p != "cholesterol" && p != "component" && i.Profile != p {
			t.Errorf("%s: profile %q, want %q", row.ID, i.Profile, p)
		}
	}
}

func TestCatalogueIsWhole(t *testing.T) {
	names, displays := map[string]bool{}, map[string]bool{}
	for n, m := range vitals.Metrics() {
		i := m.Info()
		if int(m) != n+1 || i.Metric != m {
			t.Fatalf("row %d of the catalogue is metric %d (%s)", n+1, i.Metric, i.Name)
		}
		zh := i.Display("zh-CN")
		if names[i.Name] || displays[zh] && m != vitals.Motion && m != vitals.BodyFat {
			t.Errorf("%s (%s) is named twice", i.Name, zh)
		}
		names[i.Name], displays[zh] = true, true
		if len(i.Codings) == 0 || i.Display("en") == "" || zh == "" || i.Unit == "" {
			t.Errorf("%s: incomplete: %+v", i.Name, i)
		}
		if (i.Kind == vitals.State || i.Kind == vitals.Event) != (len(i.Words) > 0) {
			t.Errorf("%s is a %s with words %v", i.Name, i.Kind, i.Words)
		}
		if back, ok := vitals.ParseMetric(m.String()); !ok || back != m {
			t.Errorf("%s does not find itself", m)
		}
		for k, w := range i.Words {
			if v, err := m.Parse(w, ""); err != nil || v.Number != float64(k) {
				t.Errorf("%s: its word %q is read as %v (%v)", m, w, v.Number, err)
			}
			if got, _ := m.Word(float64(k)); got != w {
				t.Errorf("%s: %d is %q, want %q", m, k, got, w)
			}
		}
	}
	if name := vitals.Metric(200).String(); name != "metric-200" {
		t.Errorf("a metric of a newer version is %q", name)
	}
}
