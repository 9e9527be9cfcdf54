package engine

import (
	"cmp"
	"slices"

	"github.com/anxin-care/anxin/vitals"
)

// fixture is how a door, a bed or a switch was, by the last that its device said.
type fixture struct {
	_      struct{} `cbor:",toarray"`
	Device string
	Metric uint8
	Number float64
}

// mostFixtures bounds how many are remembered of one resident.
const mostFixtures = 64

// turned reports whether a value is news: sensors of a state say it again as a
// sign of life, many of them every hour, and a door that stays closed is nobody's
// movement.
func (s *State) turned(device string, v vitals.Value) bool {
	switch v.Metric {
	case vitals.DoorContact, vitals.BedPresence, vitals.Switch:
	default:
		return true
	}
	now := fixture{Device: device, Metric: uint8(v.Metric), Number: v.Number}
	i, ok := slices.BinarySearchFunc(s.fixtures, now, func(a, b fixture) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Metric, b.Metric))
	})
	switch {
	case ok && s.fixtures[i].Number == v.Number:
		return false
	case ok:
		s.fixtures[i].Number = v.Number
	case len(s.fixtures) < mostFixtures:
		s.fixtures = slices.Insert(s.fixtures, i, now)
	}
	return true
}
