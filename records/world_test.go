package records_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// world is residents and users, and a registry of devices with home h-1 in
// Urumqi and home h-2 in Shanghai.
type world struct {
	*testing.T
	db        *store.DB
	registry  *devices.Registry
	residents *records.Residents
	users     *records.Users
}

func eachWorld(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newWorld(t, db)) })
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	registry, err := devices.OpenRegistry(context.Background(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for id, zone := range map[string]string{"h-1": "Asia/Urumqi", "h-2": "Asia/Shanghai"} {
		if _, err := registry.AddHome(t.Context(), devices.Home{ID: id, Name: id, TimeZone: zone}); err != nil {
			t.Fatal(err)
		}
	}
	return &world{T: t, db: db, registry: registry, residents: records.NewResidents(db, registry), users: records.NewUsers(db)}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused checks that err is a fault with this kind and code, and says text.
func (w *world) refused(err error, kind error, code, text string) {
	w.Helper()
	var fault *store.Fault
	if !errors.As(err, &fault) || !errors.Is(err, kind) || fault.Code != code || !strings.Contains(err.Error(), text) {
		w.Errorf("%v\nwant %v, code %s, saying %q", err, kind, code, text)
	}
}
