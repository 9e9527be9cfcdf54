package rulebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Judge judges by the rules.
type Judge interface {
	// Use makes it go on by other rules, together with what is done in the
	// transaction.
	Use(ctx context.Context, set *rules.Set, with ...func(context.Context, bun.Tx) error) error
}

// Codes of the faults that are not simply "rule.not_found".
const (
	// CodeChanged: somebody has changed the rule since it was read.
	CodeChanged = "rule.changed"
	// CodeDefault: the rule is as it comes.
	CodeDefault = "rule.default"
	// CodeTooMany: there are as many rules beside the default ones as are judged.
	CodeTooMany = "rule.too_many"
)

// maxReason is how long the reason of a change may be, in characters.
const maxReason = 2000

// Editor changes the rules that a judge judges by.
type Editor struct {
	*Book
	judge Judge
	log   *slog.Logger

	mu      sync.Mutex // one change at a time
	current atomic.Pointer[Contents]
}

// NewEditor returns an editor of a book for a judge who judges by its contents.
func NewEditor(book *Book, contents *Contents, judge Judge, log *slog.Logger) *Editor {
	e := &Editor{Book: book, judge: judge, log: log}
	e.current.Store(contents)
	return e
}

// Current are the rules that are judged by.
func (e *Editor) Current() *Contents { return e.current.Load() }

// Change is what somebody does with a rule.
type Change struct {
	By, Reason string
	// IfVersion is the version that it is to change; nil for whichever there is.
	IfVersion *int
}

// Save makes a rule what somebody wants it to be, in a version of its own, and
// has it judged by from now on. What is wrong with it [rules.Problems] tells.
func (e *Editor) Save(ctx context.Context, r rules.Rule, c Change) (Entry, error) {
	return e.change(ctx, r.ID, c, func(*Contents) (*rules.Rule, error) { return &r, e.Check(r) })
}

// Revert goes back to the default rule, or takes away one that has none.
func (e *Editor) Revert(ctx context.Context, id string, c Change) error {
	_, err := e.change(ctx, id, c, func(now *Contents) (*rules.Rule, error) {
		entry, ok := now.Find(id)
		switch {
		case !ok:
			return nil, store.NotFound("rule", id)
		case entry.From != Edited:
			return nil, &store.Fault{Kind: store.ErrConflict, Code: CodeDefault, Entity: "rule", ID: id, Detail: "is as it comes with the " + string(entry.From) + ": there is nothing to go back to"}
		}
		return nil, nil
	})
	return err
}

// attempts is how often a change is tried when other processes make some too.
const attempts = 5

// errRaced is that another process has changed a rule meanwhile.
var errRaced = errors.New("another change of the rules came first")

func (e *Editor) change(ctx context.Context, id string, c Change, to func(now *Contents) (*rules.Rule, error)) (Entry, error) {
	c.Reason = strings.TrimSpace(c.Reason)
	if n := utf8.RuneCountInString(c.Reason); n > maxReason || strings.ContainsRune(c.Reason, 0) || !utf8.ValidString(c.Reason) {
		return Entry{}, store.Invalid("rule", id, []store.Field{{Path: "reason", Message: fmt.Sprintf("want a text of at most %d characters", maxReason)}})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for range attempts - 1 {
		entry, err := e.try(ctx, id, c, to)
		if !errors.Is(err, errRaced) {
			return entry, err
		}
	}
	return e.try(ctx, id, c, to)
}

func (e *Editor) try(ctx context.Context, id string, c Change, to func(now *Contents) (*rules.Rule, error)) (Entry, error) {
	now, err := e.Read(ctx)
	if err != nil {
		return Entry{}, err
	}
	was, _ := now.Find(id)
	if c.IfVersion != nil && *c.IfVersion != was.Rule.Version {
		return Entry{}, &store.Fault{
			Kind: store.ErrConflict, Code: CodeChanged, Entity: "rule", ID: id,
			Detail: fmt.Sprintf("has version %d by now, not %d: read it again", was.Rule.Version, *c.IfVersion),
		}
	}
	wanted, err := to(now)
	if err != nil {
		return Entry{}, err
	}
	row := row{
		Edition: now.Edition + 1, Rule: id, Version: max(was.Rule.Version, now.last[id]) + 1, At: store.Millis(store.Now()), By: c.By, Reason: c.Reason,
	}
	if wanted != nil {
		wanted.Version = row.Version
		text, err := json.Marshal(wanted)
		if err != nil {
			return Entry{}, fmt.Errorf("write rule %s: %w", id, err)
		}
		row.Body = sql.NullString{String: string(text), Valid: true}
	}
	next, err := e.with(now, &row)
	if err != nil {
		return Entry{}, err
	}
	if len(next.Entries) > len(now.Entries) {
		if err := rules.CheckNumber(e.standard, next.Rules()); err != nil {
			return Entry{}, &store.Fault{Kind: store.ErrConflict, Code: CodeTooMany, Entity: "rule", ID: id, Detail: err.Error()}
		}
	}
	err = e.judge.Use(ctx, next.Set, func(ctx context.Context, tx bun.Tx) error {
		last, err := edition(ctx, tx)
		if err != nil {
			return err
		}
		if last != now.Edition {
			return errRaced
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write version %d of rule %s: %w", row.Version, id, err)
		}
		return nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("change rule %s: %w", id, err)
	}
	e.current.Store(next)
	e.log.Info("a rule was changed", "rule", id, "version", row.Version, "by", c.By, "default", wanted == nil)
	entry, _ := next.Find(id)
	return entry, nil
}

// with is what the rules will be after one more change.
func (e *Editor) with(now *Contents, row *row) (*Contents, error) {
	next := &Contents{Edition: row.Edition, Entries: slices.Clone(now.Entries), last: maps.Clone(now.last)}
	if err := e.apply(next, row); err != nil {
		return nil, err
	}
	var err error
	next.Set, err = next.compile()
	return next, err
}

// Refresh has the judge go on by what other processes have changed. It reports
// whether there was something.
func (e *Editor) Refresh(ctx context.Context) (bool, error) {
	last, err := edition(ctx, e.db)
	if err != nil || last == e.Current().Edition {
		return false, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now, err := e.Read(ctx)
	if err != nil || now.Edition == e.Current().Edition {
		return false, err
	}
	if err := e.judge.Use(ctx, now.Set); err != nil {
		return false, err
	}
	e.current.Store(now)
	e.log.Info("rules were changed elsewhere", "edition", now.Edition)
	return true, nil
}
