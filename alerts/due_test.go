package alerts

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// However moments are changed and taken away, due tells those that a look at all
// of them would find.
func TestDueFindsWhatALookAtAllFinds(t *testing.T) {
	fate := rand.New(rand.NewPCG(7, 7))
	var d due
	all := map[string]int64{}
	for step := range 20_000 {
		key := fmt.Sprint("r", fate.IntN(200))
		at := fate.Int64N(1000)
		if fate.IntN(4) == 0 {
			at = 0
		}
		d.set(key, at)
		all[key] = at
		until := fate.Int64N(1000)
		var want []string
		for key, at := range all {
			if at != 0 && at <= until {
				want = append(want, key)
			}
		}
		got := d.by(until)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("step %d: due until %d are %v, want %v", step, until, got, want)
		}
	}
}
