package alerts

import (
	"context"
	"reflect"
	"strings"

	"github.com/anxin-care/anxin/alerts/engine"
)

const (
	homePrefix = "home/"
	gearPrefix = "worn/"
)

// ServiceKey names Anxin itself among what is judged.
const ServiceKey = "service/"

// HomeKey names the devices of a home among what is judged.
func HomeKey(home string) string { return homePrefix + home }

// WornKey names the devices of a resident who lives in no home that is known.
func WornKey(resident string) string { return gearPrefix + resident }

// newState is that of what a key names, of which nothing is known yet.
func newState(key string) *engine.State {
	if home, ok := strings.CutPrefix(key, homePrefix); ok {
		return &engine.State{Home: home}
	}
	if key == ServiceKey {
		return &engine.State{Service: true}
	}
	if strings.HasPrefix(key, gearPrefix) {
		return &engine.State{}
	}
	return &engine.State{Resident: key}
}

// findDevices notes which devices are expected in a home now, and before.
func (j *Judge) findDevices(key string, now, before []string) {
	for _, device := range before {
		if j.homeOf[device] == key {
			delete(j.homeOf, device)
		}
	}
	for _, device := range now {
		j.homeOf[device] = key
	}
}

// Equip tells the engine what is expected of the devices of each home, by
// [HomeKey] or [WornKey], where that is new or other than before. A home that is
// not among them any more has no devices. Like [Judge.Enrol] it reports whether
// the engine could be told.
func (j *Judge) Equip(ctx context.Context, homes map[string]Equipment) (told bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return false, err
	}
	// First the homes that lose devices, so that one that moves is in one home only.
	for _, key := range sortedKeys(j.gear) {
		if _, ok := homes[key]; !ok && len(j.gear[key].Devices) > 0 {
			if err := j.equip(key, Equipment{TimeZone: j.gear[key].TimeZone}); err != nil {
				return false, err
			}
		}
	}
	for _, key := range sortedKeys(homes) {
		if known, ok := j.gear[key]; ok && reflect.DeepEqual(known, homes[key]) {
			continue
		}
		if err := j.equip(key, homes[key]); err != nil {
			return false, err
		}
	}
	return true, j.write(ctx)
}

func (j *Judge) equip(key string, e Equipment) error {
	if err := j.input(key, j.now(), e); err != nil {
		return err
	}
	j.gear[key] = e
	return nil
}
