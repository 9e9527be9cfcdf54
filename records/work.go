package records

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// work is one piece of work, such as a request: what it has asked of the access
// check is asked once, and what its lists have shown is written down in one.
type work struct {
	mu    sync.Mutex
	known map[string]*acquaintance // by user
	seen  []audit.Entry
	noted map[audit.Entry]bool
}

// acquaintance is what is known of one user.
type acquaintance struct {
	one map[string]standing // by resident
	all *ties               // nil while only some were asked for
}

// manyAsked is how many residents are asked for one by one before all of a user's
// relations are read at once: a page about one resident asks for few, a list for many.
const manyAsked = 8

type workKey struct{}

// Begin begins a piece of work, which [Access.Finish] ends: within it, of each user
// the database is asked once what they are to residents.
func (a Access) Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, workKey{}, &work{known: map[string]*acquaintance{}, noted: map[audit.Entry]bool{}})
}

func workOf(ctx context.Context) *work {
	w, _ := ctx.Value(workKey{}).(*work)
	return w
}

// Finish writes down what the lists of a piece of work have shown. A long one, such
// as a stream, does so from time to time, and asks anew what users may.
func (a Access) Finish(ctx context.Context) error {
	w := workOf(ctx)
	if w == nil {
		return nil
	}
	w.mu.Lock()
	seen := w.seen
	w.seen = nil
	clear(w.noted)
	clear(w.known)
	w.mu.Unlock()
	if a.log == nil {
		return nil
	}
	return a.log.Listed(ctx, seen...)
}

func (w *work) see(e audit.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.noted[e] {
		w.noted[e] = true
		w.seen = append(w.seen, e)
	}
}

// Ties changes when what a user may see, or of whom, does: when somebody joins or
// leaves a care team, a consent is given or withdrawn, begins or ends, and so does
// access in an emergency. That a team looks after somebody else now it does not tell.
func (a Access) Ties(ctx context.Context, u User) (string, error) {
	if u.Role == Administrator || a.db == nil {
		return "", nil
	}
	of := &ties{user: u}
	at := store.Time(a.now().UnixMilli())
	for _, read := range []func(context.Context, bun.IDB, time.Time, []string) error{of.readUnwatched, of.readMember, of.readShares, of.readEmergencies} {
		if err := read(ctx, a.db, at, nil); err != nil {
			return "", fmt.Errorf("read what user %q may see: %w", u.ID, err)
		}
	}
	return fmt.Sprint(of.unwatched, of.member, of.shares, of.emergencies), nil // maps are printed in order
}

// standing is what a user is to a resident, within the bounds of the token that
// signed in.
func (a Access) standing(ctx context.Context, u User, resident string) (standing, error) {
	s, err := a.unbounded(ctx, u, resident)
	return s.within(u.Bound), err
}

func (a Access) unbounded(ctx context.Context, u User, resident string) (standing, error) {
	if u.ID == "" || u.Role == Administrator || a.db == nil {
		return (&ties{user: u}).standing(resident), nil
	}
	w := workOf(ctx)
	if w == nil {
		of, err := a.ties(ctx, u, resident)
		if err != nil {
			return standing{}, err
		}
		return of.standing(resident), nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known, ok := w.known[u.ID]
	if !ok {
		known = &acquaintance{one: map[string]standing{}}
		w.known[u.ID] = known
	}
	if known.all != nil {
		return known.all.standing(resident), nil
	}
	if s, ok := known.one[resident]; ok {
		return s, nil
	}
	var only []string
	if len(known.one) < manyAsked {
		only = []string{resident}
	}
	of, err := a.ties(ctx, u, only...)
	if err != nil {
		return standing{}, err
	}
	if only == nil {
		known.all = of
	}
	s := of.standing(resident)
	known.one[resident] = s
	return s, nil
}
