package simulate

import (
	"math"
	"time"
)

// noise is a smooth random curve between -1 and 1, with a value of its own each
// period and a way between them: what is near in time is alike.
func noise(seed uint64, t time.Time, period time.Duration) float64 {
	at := float64(t.UnixMilli()) / float64(period.Milliseconds())
	left := math.Floor(at)
	way := at - left
	way = way * way * (3 - 2*way)
	a, b := lattice(seed, int64(left)), lattice(seed, int64(left)+1)
	return a + (b-a)*way
}

// chance is between 0 and 1 and holds for one whole period.
func chance(seed uint64, t time.Time, period time.Duration) float64 {
	return (lattice(seed, t.UnixMilli()/period.Milliseconds()) + 1) / 2
}

// lattice is a random number between -1 and 1 for a place (SplitMix64).
func lattice(seed uint64, place int64) float64 {
	z := seed ^ uint64(place)*0x9E3779B97F4A7C15
	z += 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	z ^= z >> 31
	return float64(z>>11)/(1<<52) - 1
}

// stream gives each thing that varies a seed of its own.
func stream(seed uint64, name string) uint64 {
	for _, c := range []byte(name) {
		seed = (seed ^ uint64(c)) * 0x100000001B3
	}
	return seed ^ seed>>29
}
