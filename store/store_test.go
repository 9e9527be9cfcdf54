package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

func TestOpenTwiceKeepsWhatIsThere(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		first := storetest.Open(t, cfg)
		mustExec(t, first, "INSERT INTO homes (id, name, time_zone, created_at) VALUES ('h-1', '5-2', 'UTC', 1)")
		second := storetest.Open(t, cfg)
		if n := count(t, second, "homes"); n != 1 {
			t.Errorf("the second sees %d homes, want 1", n)
		}
	})
}

func TestManyOpenANewDatabaseAtOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				db, err := store.Open(t.Context(), cfg)
				if err != nil {
					t.Error(err)
					return
				}
				defer db.Close()
				var version int64
				if err := db.NewRaw("SELECT version FROM registry_version").Scan(t.Context(), &version); err != nil || version != 1 {
					t.Errorf("version %d, %v", version, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestALaterSchemaIsRefused(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		mustExec(t, db, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
		_, err := store.Open(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), "written by a later one") {
			t.Fatalf("open: %v", err)
		}
	})
}

func TestTransactIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		stop := errors.New("stop")
		err := db.Transact(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO homes (id, name, time_zone, created_at) VALUES ('h-1', '', 'UTC', 1)"); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("transact: %v, want the function's own error", err)
		}
		if n := count(t, db, "homes"); n != 0 {
			t.Errorf("%d homes after a rollback", n)
		}
	})
}

// Each of many writers, in two "processes", reads a number and writes the next.
func TestTransactIsSerializable(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		dbs := []*store.DB{storetest.Open(t, cfg), storetest.Open(t, cfg)}
		const writers, rounds = 4, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for range rounds {
					err := retryBusy(func() error {
						return dbs[w%2].Transact(t.Context(), func(ctx context.Context, tx bun.Tx) error {
							var version int64
							if err := tx.NewRaw("SELECT version FROM registry_version").Scan(ctx, &version); err != nil {
								return err
							}
							_, err := tx.ExecContext(ctx, "UPDATE registry_version SET version = ?", version+1)
							return err
						})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var version int64
		if err := dbs[0].NewRaw("SELECT version FROM registry_version").Scan(t.Context(), &version); err != nil {
			t.Fatal(err)
		}
		if version != 1+writers*rounds {
			t.Errorf("version %d after %d increments from 1", version, writers*rounds)
		}
	})
}

// Two read the same number before either writes the next. One of them must see
// the other's after all.
func TestTransactLosesNoUpdate(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		increment := func(db *store.DB, between func()) error {
			return db.Transact(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				var version int64
				if err := tx.NewRaw("SELECT version FROM registry_version").Scan(ctx, &version); err != nil {
					return err
				}
				between()
				_, err := tx.ExecContext(ctx, "UPDATE registry_version SET version = ?", version+1)
				return err
			})
		}
		here, there := storetest.Open(t, cfg), storetest.Open(t, cfg)
		var once sync.Once
		other := make(chan error, 1)
		err := increment(here, func() {
			once.Do(func() {
				go func() { other <- increment(there, func() {}) }()
				// SQLite lets the other begin only when this one has ended.
				select {
				case err := <-other:
					other <- err
				case <-time.After(200 * time.Millisecond):
				}
			})
		})
		if err := errors.Join(err, <-other); err != nil {
			t.Fatal(err)
		}
		var version int64
		if err := here.NewRaw("SELECT version FROM registry_version").Scan(t.Context(), &version); err != nil || version != 3 {
			t.Errorf("version %d after two increments from 1, %v", version, err)
		}
	})
}

// retryBusy lets PostgreSQL, which gives up on one of two that collide, take as
// many turns as a test that does nothing but collide needs.
func retryBusy(do func() error) error {
	for {
		if err := do(); err == nil || !strings.Contains(err.Error(), "tried") {
			return err
		}
	}
}

func TestViewSeesOneMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		reader, writer := storetest.Open(t, cfg), storetest.Open(t, cfg)
		err := reader.View(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			before := countIn(ctx, t, tx, "homes")
			mustExec(t, writer, "INSERT INTO homes (id, name, time_zone, created_at) VALUES ('h-1', '', 'UTC', 1)")
			if after := countIn(ctx, t, tx, "homes"); after != before {
				t.Errorf("%d homes, then %d in the same view", before, after)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, reader, "homes"); n != 1 {
			t.Errorf("%d homes after the view, want 1", n)
		}
	})
}

func TestForeignKeysHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, err := db.ExecContext(t.Context(), "INSERT INTO credentials (device, salt, hash, created_at) VALUES ('ghost', '', '', 1)")
		if err == nil {
			t.Error("a credential of no device was accepted")
		}
	})
}

func TestIsDuplicate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const insert = "INSERT INTO homes (id, name, time_zone, created_at) VALUES ('h-1', '', 'UTC', 1)"
		mustExec(t, db, insert)
		_, err := db.ExecContext(t.Context(), insert)
		if !store.IsDuplicate(fmt.Errorf("add home: %w", err)) {
			t.Errorf("%v is not seen as a duplicate", err)
		}
		_, err = db.ExecContext(t.Context(), "INSERT INTO homes (id) VALUES (NULL)")
		if err == nil || store.IsDuplicate(err) {
			t.Errorf("%v is seen as a duplicate", err)
		}
	})
}

func TestTransactGivesUpWaitingWithItsContext(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	inside, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- db.Transact(context.Background(), func(context.Context, bun.Tx) error {
			close(inside)
			<-release
			return nil
		})
	}()
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := db.Transact(ctx, func(context.Context, bun.Tx) error {
		t.Error("two transactions at once")
		return nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited, then: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTheFileIsPrivate(t *testing.T) {
	cfg := store.Config{Dir: filepath.Join(t.TempDir(), "a folder?&#%")}
	db := storetest.Open(t, cfg)
	mustExec(t, db, "UPDATE registry_version SET version = 2")
	entries, err := os.ReadDir(cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", e.Name(), info.Mode())
		}
	}
	if len(entries) == 0 {
		t.Error("no file in the folder that was named")
	}
}

func TestAURLIsNotRepeatedInErrors(t *testing.T) {
	for _, url := range []string{"postgres://anxin:hunter2@%zz/", "postgres://anxin:hunter2@127.0.0.1:1/anxin?connect_timeout=1"} {
		_, err := store.Open(t.Context(), store.Config{URL: url})
		if err == nil {
			t.Fatal("opened nothing")
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is in: %v", err)
		}
	}
}

func TestFaultsSayWhatAndWhy(t *testing.T) {
	for _, c := range []struct {
		fault error
		want  string
		kind  error
	}{
		{store.NotFound("device", "cuff-7"), `device "cuff-7": not found`, store.ErrNotFound},
		{&store.Fault{Kind: store.ErrConflict, Entity: "device", ID: "cuff-7", Detail: "already worn by resident r-1: end that first"},
			`device "cuff-7": already worn by resident r-1: end that first`, store.ErrConflict},
		{store.Invalid("resident", "", []store.Field{{Path: "name", Message: "is empty"}, {Path: "sex", Message: `"x" is not known`}}),
			`resident: not valid: name is empty; sex "x" is not known`, store.ErrInvalid},
	} {
		if got := c.fault.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
		if !errors.Is(c.fault, c.kind) {
			t.Errorf("%v is not %v", c.fault, c.kind)
		}
	}
	if err := store.Invalid("resident", "", nil); err != nil {
		t.Errorf("nothing wrong gives %v", err)
	}
}

func TestTimesKeepTheirMillisecond(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 3, 5, 123_000_000, time.FixedZone("", 8*3600))
	if got := store.Time(store.Millis(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("got %v", got)
	}
	if got := store.Time(store.Millis(time.Time{})); !got.IsZero() {
		t.Errorf("the zero time becomes %v", got)
	}
}

func mustExec(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *store.DB, table string) int { return countIn(t.Context(), t, db, table) }

func countIn(ctx context.Context, t *testing.T, db bun.IDB, table string) (n int) {
	t.Helper()
	if err := db.NewRaw("SELECT count(*) FROM ?", bun.Ident(table)).Scan(ctx, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
