package devices_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// world is a registry with homes and residents to assign devices to.
type world struct {
	*testing.T
	db       *store.DB
	registry *devices.Registry
}

// eachWorld runs a test on both databases. In home h-1 live r-1 and r-2, in h-2 r-3.
func eachWorld(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newWorld(t, db)) })
}

func newWorld(t *testing.T, db *store.DB) *world {
	w := &world{T: t, db: db, registry: open(t, db)}
	for _, home := range []string{"h-1", "h-2"} {
		if _, err := w.registry.AddHome(t.Context(), devices.Home{ID: home, Name: home, TimeZone: "Asia/Shanghai"}); err != nil {
			t.Fatal(err)
		}
	}
	w.moveIn("r-2", "h-1")
	w.moveIn("r-1", "h-1")
	w.moveIn("r-3", "h-2")
	return w
}

func open(t testing.TB, db *store.DB) *devices.Registry {
	t.Helper()
	r, err := devices.OpenRegistry(context.Background(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// moveIn does what records does, which this package cannot import.
func (w *world) moveIn(resident, home string) {
	w.Helper()
	err := w.db.Transact(w.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO residents (id, name, sex, home, room, time_zone, language, created_at)
			VALUES (?, 'Li', 'unknown', ?, '', 'UTC', '', 1)`, resident, home)
		if err != nil {
			return err
		}
		return w.registry.Touch(ctx, tx)
	})
	if err != nil {
		w.Fatal(err)
	}
	w.registry.Changed(w.Context())
}

func (w *world) add(d devices.Device) (secret string) {
	w.Helper()
	_, secret, err := w.registry.Add(w.Context(), d)
	if err != nil {
		w.Fatal(err)
	}
	return secret
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}
