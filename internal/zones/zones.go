// Package zones loads time zones, each once: the library reads its file anew at
// each call, and a city's residents share a few.
package zones

import (
	"sync"
	"time"
)

var loaded sync.Map // *time.Location by name

// Load is [time.LoadLocation] with a memory.
func Load(name string) (*time.Location, error) {
	if zone, ok := loaded.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	kept, _ := loaded.LoadOrStore(name, zone)
	return kept.(*time.Location), nil
}
