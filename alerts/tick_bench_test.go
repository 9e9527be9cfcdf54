package alerts_test

import (
	"fmt"
	"testing"

	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// BenchmarkTick lets time pass, of which nothing comes, for many residents. What is
// heard waits for it, four times a second.
func BenchmarkTick(b *testing.B) {
	const many = 10_000
	h := newHouse(b, storetest.Open(b, storetest.SQLite(b)))
	residents := make([]string, many)
	for i := range residents {
		residents[i] = fmt.Sprint("r", i)
	}
	h.enrol(residents...)
	for _, r := range residents {
		h.saysBy("d-"+r, r, vitals.HeartRate, 70)
	}
	h.tick()
	for b.Loop() {
		h.tick()
	}
}
