package charts

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func days(n int) (labels []string) {
	for i := range n {
		labels = append(labels, fmt.Sprintf("11-%02d", i+1))
	}
	return labels
}

// waves are days with two gaps, one day alone between them.
func waves() []*Spread {
	all := make([]*Spread, 30)
	for i := range all {
		mean := 72 + 5*math.Sin(float64(i)/3)
		all[i] = &Spread{mean - 14, mean, mean + 31}
	}
	for _, gone := range []int{6, 7, 9, 10, 11, 29} {
		all[gone] = nil
	}
	return all
}

func samples() map[string]string {
	f := Frame{ID: "hr", Title: `Heart rate of <Li> & "others"`, Days: days(30), Unit: "/min", Limits: []Limit{{50, "< 50"}, {110, "> 110"}}}
	weight := Frame{ID: "w", Title: "Weight", Days: days(30), Unit: "kg", Decimals: 1}
	bars := make([]Bar, 7)
	for i := range bars {
		bars[i] = Bar{Value: float64(1000 * i), Known: i != 3, Part: i == 5}
	}
	return map[string]string{
		"band":   Band(f, waves()),
		"empty":  Band(f, make([]*Spread, 30)),
		"pairs":  Pairs(Frame{ID: "bp", Title: "Blood pressure", Days: days(7), Unit: "mmHg", Limits: []Limit{{140, "> 140"}, {135, "> 135"}}}, []Pair{{0.3, 131, 82}, {0.8, 142, 85}, {4.5, 118, 70}}),
		"bars":   Bars(Frame{ID: "steps", Title: "Steps", Days: days(7)}, bars),
		"points": Points(weight, []Point{{1.3, 61.2}, {9.3, 60.8}, {20.3, 60.1}}, []Point{{1.3, 61.25}, {20.3, 60.12}}),
		"one":    Points(weight, []Point{{1.3, 61.2}}, nil),
		"strip":  Strip(Frame{Title: "Heard", Days: days(10)}, []float64{1, 1, 0.5, 0, 0, 0.02, 1, 1, 0.9, 1}),
	}
}

func TestChartsLookAsBefore(t *testing.T) {
	t.Parallel()
	for name, svg := range samples() {
		golden := filepath.Join("testdata", name+".golden.svg")
		if *update {
			if err := os.WriteFile(golden, []byte(svg+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), svg+"\n"); diff != "" {
			t.Errorf("%s has changed (-was +is); if it should have, run with -update:\n%s", name, diff)
		}
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is no XML: %v", name, err)
			}
		}
		if strings.Contains(svg, "style=") || strings.Contains(svg, "<Li>") || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%s has a style, markup of a name, or no number:\n%s", name, svg)
		}
	}
}

// TestGapsAreNotBridged looks that no line or area of a band reaches over a day without
// readings.
func TestGapsAreNotBridged(t *testing.T) {
	t.Parallel()
	all := waves()
	svg := Band(Frame{ID: "x", Days: days(30)}, all)
	day := func(x float64) int { return int((x - left) / (width - left - right) * 30) }
	for _, path := range regexp.MustCompile(`<path d="(M[^"]*L[^"]*)"[^>]*stroke-width="(?:1\.6|\.8)"`).FindAllStringSubmatch(svg, -1) {
		first, last := 30, 0
		for _, at := range regexp.MustCompile(`[ML]([\d.]+) `).FindAllStringSubmatch(path[1], -1) {
			var x float64
			if _, err := fmt.Sscan(at[1], &x); err != nil {
				t.Fatal(err)
			}
			first, last = min(first, day(x)), max(last, day(x))
		}
		for i := first; i <= last; i++ {
			if all[i] == nil {
				t.Errorf("day %d without readings lies within the line from %d to %d", i, first, last)
			}
		}
	}
}

func TestBoundsAreRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ values, want []float64 }{
		{[]float64{51, 118}, []float64{40, 120}}, {[]float64{36.2, 37.9}, []float64{36, 38}}, {[]float64{97, 97}, []float64{96, 98}},
		{nil, []float64{0, 1}}, {[]float64{0, 8123}, []float64{0, 10000}}, {[]float64{61.2, 61.3}, []float64{61.2, 61.3}},
	} {
		lo, hi := bounds(c.values)
		if math.Abs(lo-c.want[0]) > 1e-6 || math.Abs(hi-c.want[1]) > 1e-6 {
			t.Errorf("%v: %v to %v, want %v", c.values, lo, hi, c.want)
		}
	}
}
