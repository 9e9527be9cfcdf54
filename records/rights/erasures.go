package rights

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/mentions"
	"github.com/anxin-care/anxin/store"
)

// Count is how much of something there is of a resident.
type Count struct {
	What string // "readings"
	N    int64
}

// Store is a part of the service, other than the records, that holds something of
// residents: the timeline, the journal.
type Store interface {
	Name() string
	// Count reads back what there is of a resident. Sources are what devices of theirs
	// alone are called in messages.
	Count(ctx context.Context, resident string, sources []Source) ([]Count, error)
	// Erase may be called again after any crash, and when there is nothing any more.
	Erase(ctx context.Context, resident string, sources []Source) error
}

// Judge is who must not write anew what is erased. See alerts.Judge.
type Judge interface {
	Forget(ctx context.Context, resident string, erase func(context.Context) error) error
}

// Config is what erasures stand on.
type Config struct {
	DB *store.DB
	// Books are what the packages hold, in the order in which it can go, the resident
	// last.
	Books []store.Holdings
	// Stores are the other places.
	Stores []Store
	Judge  Judge
	// Hindered says why a resident cannot be erased now, nil when nothing hinders it.
	Hindered func(ctx context.Context, resident string) error
	// Sources are what devices of the resident alone are called in messages.
	Sources func(ctx context.Context, resident string) ([]Source, error)
	// Erased is called when the records are erased: others show them no more.
	Erased     func(ctx context.Context, resident string)
	Tombstones *Tombstones
	Log        *slog.Logger
	Now        func() time.Time
}

// Erasures erases residents, and proves it. What was asked for is carried out whatever
// happens in between: each step may be done again, and what is done is noted last.
type Erasures struct {
	Config
	mu   sync.Mutex    // one is carried out at a time
	wake chan struct{} // says that one was asked for
}

// New returns the erasures of a service.
func New(c Config) *Erasures { return &Erasures{Config: c, wake: make(chan struct{}, 1)} }

// Ask has all that is kept of a resident erased. Nothing of them that is in the journal
// is read from now on. It is a conflict while the resident wears a device or a critical
// alert is open: give the device back, see to the alert. With it go the files that went
// into the resident's, by erasures of their own; returned is the resident's.
func (e *Erasures) Ask(ctx context.Context, resident, by, reason string) (Erasure, error) {
	asked, err := e.ask(ctx, resident, by, strings.TrimSpace(reason))
	if err != nil {
		return asked, fmt.Errorf("erase %w", err)
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
	return asked, nil
}

// mostReason bounds it, in bytes.
const mostReason = 2000

func (e *Erasures) ask(ctx context.Context, resident, by, reason string) (Erasure, error) {
	var into string
	err := e.DB.NewSelect().Table("residents").ColumnExpr("COALESCE(merged_into, '')").Where("id = ?", resident).Scan(ctx, &into)
	if errors.Is(err, sql.ErrNoRows) {
		return Erasure{}, store.NotFound("resident", resident)
	}
	if err != nil {
		return Erasure{}, err
	}
	if into != "" {
		return Erasure{}, &store.Fault{
			Kind: store.ErrConflict, Code: CodeMerged, Entity: "resident", ID: resident, Params: map[string]string{"into": into},
			Detail: "their file was merged into that of resident " + into + ": erase that one, or make them two again first",
		}
	}
	files, err := filesOf(ctx, e.DB, resident)
	if err != nil {
		return Erasure{}, err
	}
	names, err := mentions.Of(ctx, e.DB, files...)
	if err != nil {
		return Erasure{}, err
	}
	if reason == "" || len(reason) > mostReason || names.In(reason) {
		return Erasure{}, &store.Fault{
			Kind: store.ErrInvalid, Code: CodeReason, Entity: "resident", ID: resident,
			Detail: fmt.Sprintf("say why, in at most %d characters and without a name: the reason is kept when all else is gone", mostReason),
		}
	}
	asked := make([]Erasure, len(files))
	for i, file := range files {
		if err := e.Hindered(ctx, file); err != nil {
			return Erasure{}, err
		}
		sources, err := e.Sources(ctx, file)
		if err != nil {
			return Erasure{}, err
		}
		asked[i] = Erasure{ID: ulid.Make().String(), Resident: file, AskedBy: by, AskedAt: store.Time(e.Now().UnixMilli()), Reason: reason, Places: []Place{}, sources: sources}
	}
	err = e.DB.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := filesOf(ctx, tx, resident)
		if err != nil {
			return err
		}
		if !slices.Equal(now, files) {
			return &store.Fault{Kind: store.ErrConflict, Code: CodeMoving, Entity: "resident", ID: resident, Detail: "files were made one or two just now: try again in a while"}
		}
		for _, one := range asked {
			if err := e.keep(ctx, tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Erasure{}, err
	}
	return asked[len(asked)-1], e.Tombstones.Read(ctx, e.DB)
}

// filesOf are the resident's: those that went into theirs, each before the one that it
// went into, and theirs last.
func filesOf(ctx context.Context, db bun.IDB, resident string) ([]string, error) {
	all := []string{resident}
	for i := 0; i < len(all); i++ {
		var others []string
		if err := db.NewSelect().Table("residents").Column("id").Where("merged_into = ?", all[i]).Order("id").Scan(ctx, &others); err != nil {
			return nil, fmt.Errorf("read which files went into that of resident %s: %w", all[i], err)
		}
		all = append(all, others...)
	}
	slices.Reverse(all)
	return all, nil
}

func (e *Erasures) keep(ctx context.Context, tx bun.Tx, one Erasure) error {
	r := rowOf(one)
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); store.IsDuplicate(err) {
		return &store.Fault{Kind: store.ErrConflict, Code: CodeAsked, Entity: "resident", ID: one.Resident, Detail: "is being erased already"}
	} else if err != nil {
		return err
	}
	return audit.AppendIn(ctx, tx, e.Now(), audit.Entry{Actor: one.AskedBy, Action: audit.Erase, Resident: one.Resident, Reason: one.Reason, Ground: "erasure " + one.ID})
}

// again is after how long what is not done is tried again.
const again = 10 * time.Second

// Run carries out what was asked for, here or in another process, until ctx ends.
func (e *Erasures) Run(ctx context.Context) error {
	for {
		if err := e.CarryOutAll(ctx); err != nil && ctx.Err() == nil {
			e.Log.Warn("erase what is kept of a resident; tried again soon", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
		case <-time.After(again):
		}
	}
}

// CarryOutAll carries out all that is not done.
func (e *Erasures) CarryOutAll(ctx context.Context) error {
	var rows []row
	if err := e.DB.NewSelect().Model(&rows).Where("done_at IS NULL").Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("read which residents are to be erased: %w", err)
	}
	var errs []error
	for _, r := range rows {
		if _, err := e.CarryOut(ctx, r.ID); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// CarryOut does what can be done of an erasure now, and returns how it stands. That
// something could not be is in its Problem, and tried again by [Erasures.Run].
func (e *Erasures) CarryOut(ctx context.Context, id string) (Erasure, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	one, err := e.Get(ctx, id)
	if err != nil || one.Done() {
		return one, err
	}
	if err := e.carryOut(ctx, &one); err != nil {
		return one, fmt.Errorf("erase resident %s: %w", one.Resident, err)
	}
	return one, nil
}

func (e *Erasures) carryOut(ctx context.Context, one *Erasure) error {
	if err := e.Tombstones.Read(ctx, e.DB); err != nil { // it may have been asked for elsewhere
		return err
	}
	if len(one.Places) == 0 {
		if err := e.countBefore(ctx, one); err != nil {
			return err
		}
	}
	var problems []error
	for _, s := range e.Stores {
		if err := s.Erase(ctx, one.Resident, one.sources); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", s.Name(), err))
		}
	}
	if err := e.eraseRecords(ctx, one.Resident); err != nil {
		problems = append(problems, fmt.Errorf("records: %w", err))
	}
	left, err := e.countAfter(ctx, one)
	if err != nil {
		problems = append(problems, err)
	}
	if len(left) > 0 {
		problems = append(problems, fmt.Errorf("read back: some is left in %s", strings.Join(left, ", ")))
	}
	one.Tries++
	if err := errors.Join(problems...); err != nil {
		one.Problem = err.Error()
		e.Log.Warn("a resident is not erased yet; tried again soon", "resident", one.Resident, "error", err)
		return e.note(ctx, *one)
	}
	return e.finish(ctx, one)
}

func (e *Erasures) eraseRecords(ctx context.Context, resident string) error {
	err := e.Judge.Forget(ctx, resident, func(ctx context.Context) error {
		return e.DB.Overwritten(ctx, func(ctx context.Context, tx bun.Tx) error { return store.EraseAll(ctx, tx, resident, e.Books) })
	})
	if err != nil {
		return err
	}
	e.Erased(ctx, resident)
	return e.DB.EmptyLog(ctx)
}

// finish seals the proof.
func (e *Erasures) finish(ctx context.Context, one *Erasure) error {
	one.Problem, one.DoneAt = "", store.Time(e.Now().UnixMilli())
	one.Hash = one.Sum()
	err := e.DB.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := update(ctx, tx, *one); err != nil {
			return err
		}
		return audit.AppendIn(ctx, tx, e.Now(), audit.Entry{
			Action: audit.Erase, Via: audit.Service, Resident: one.Resident, Ground: "erasure " + one.ID, Reason: "proof " + one.Hash,
		})
	})
	if err != nil {
		one.DoneAt, one.Hash = time.Time{}, ""
		return fmt.Errorf("keep the proof: %w", err)
	}
	e.Log.Info("a resident is erased, and it was read back that nothing is left", "resident", one.Resident, "proof", one.Hash)
	return nil
}

func (e *Erasures) note(ctx context.Context, one Erasure) error { return update(ctx, e.DB, one) }

func update(ctx context.Context, db bun.IDB, one Erasure) error {
	r := rowOf(one)
	if _, err := db.NewUpdate().Model(&r).Column("places", "tries", "problem", "done_at", "hash").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("note how far the erasure is: %w", err)
	}
	return nil
}

// Get returns one by its id.
func (e *Erasures) Get(ctx context.Context, id string) (Erasure, error) {
	var r row
	err := e.DB.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Erasure{}, fmt.Errorf("read %w", store.NotFound("erasure", id))
	}
	if err != nil {
		return Erasure{}, fmt.Errorf("read erasure %q: %w", id, err)
	}
	return r.erasure(), nil
}

// List returns all, the newest first.
func (e *Erasures) List(ctx context.Context) ([]Erasure, error) {
	var rows []row
	if err := e.DB.NewSelect().Model(&rows).OrderExpr("asked_at DESC, id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	list := make([]Erasure, len(rows))
	for i, r := range rows {
		list[i] = r.erasure()
	}
	return list, nil
}

// IsErased reports whether a resident of this id was erased, or is about to be.
func IsErased(ctx context.Context, db bun.IDB, resident string) (bool, error) {
	erased, err := db.NewSelect().Table("erasures").Where("resident = ?", resident).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("ask whether resident %s was erased: %w", resident, err)
	}
	return erased, nil
}
