package deliveries

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// fate kills a sender before its nth statement that is no reading: from there on the
// database hears nothing of it.
type fate struct {
	left   atomic.Int64
	killed context.CancelCauseFunc
}

var errKilled = errors.New("killed")

func (f *fate) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if strings.HasPrefix(e.Query, "SELECT") && f.left.Load() >= 0 || f.left.Add(-1) >= 0 {
		return ctx
	}
	f.killed(errKilled)
	dead, cancel := context.WithCancelCause(ctx)
	cancel(errKilled)
	return dead
}

func (*fate) AfterQuery(context.Context, *bun.QueryEvent) {}

// Wherever a sender dies, whoever comes after it goes on: nothing is lost, and what
// a provider has had already comes at most once more, with the same key.
func TestADeathAnywhereLosesNothingAndRepeatsAtMostOnce(t *testing.T) {
	for n := int64(0); ; n++ {
		repeated, survived := 0, false
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(time.Date(2026, 11, 27, 10, 29, 50, 0, time.UTC))) // just before the digest of 18:30
			cfg := storetest.New(t)
			h := newHouse(t, storetest.Open(t, cfg))
			h.people.add("daughter", Family, "bad@x", "a@x")
			h.people.add("son", Family, "b@x")
			h.people.add("carer", Caregiver, "c@x")
			h.post.at("bad@x", func(context.Context, int, func()) error { return refusal{permanent: true} })
			h.alert("crit", rules.Critical)
			h.alert("warn", rules.Warning)
			h.alert("info", rules.Info)
			queue := []Telling{
				call("crit", 1, "daughter", rules.Critical), call("crit", 1, "son", rules.Critical), call("warn", 1, "carer", rules.Warning), call("info", 1, "carer", rules.Info),
			}

			// The one that dies has a connection of its own.
			f := &fate{}
			doomed := storetest.Open(t, cfg)
			ctx, cancel := context.WithCancelCause(t.Context())
			f.killed = cancel
			f.left.Store(n)
			doomed.DB = doomed.DB.WithQueryHook(f)
			d := New(Config{DB: doomed, People: h.people, Carrier: h.post, Author: plainAuthor{}, Escalation: h.lost, Log: h.log, Now: time.Now})
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = d.Run(ctx)
			}()
			synctest.Wait()
			err := doomed.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return d.Queue(ctx, tx, queue) })
			if err == nil {
				d.Committed(queue)
				time.Sleep(2 * time.Minute)
			}
			synctest.Wait()
			survived = ctx.Err() == nil
			cancel(errKilled)
			<-done

			h.run()
			defer h.stop()
			h.tell(queue...) // whoever queued did not hear that it was
			h.passes(10 * time.Minute)
			byAlert, keys := map[string]int{}, map[string]string{}
			for _, g := range h.post.taken() {
				key := g.Channel.Address + " " + string(g.About)
				byAlert[key]++
				if keys[key] != "" && keys[key] != g.Key {
					t.Errorf("killed before statement %d: %s came with another key", n, key)
				}
				keys[key] = g.Key
			}
			for _, key := range []string{"a@x alert", "b@x alert", "c@x alert", "c@x digest"} {
				if byAlert[key] < 1 || byAlert[key] > 2 {
					t.Errorf("killed before statement %d: %s came %d times", n, key, byAlert[key])
				}
				repeated += max(byAlert[key]-1, 0)
				delete(byAlert, key)
			}
			if len(byAlert) > 0 {
				t.Errorf("killed before statement %d: %v too", n, byAlert)
			}
			for _, r := range []string{"crit", "warn", "info"} {
				for _, row := range h.rows(r) {
					if row.Status != Sent && row.Status != Failed {
						t.Errorf("killed before statement %d: delivery of %s is %s", n, r, row.Status)
					}
				}
			}
		})
		// Up to three sendings may be under way at once.
		if repeated > 3 {
			t.Errorf("killed before statement %d: %d came twice", n, repeated)
		}
		if t.Failed() {
			return
		}
		if survived {
			t.Logf("died before each of %d statements", n)
			if n < 20 {
				t.Error("that were too few to mean anything")
			}
			return
		}
	}
}

// Two senders on one database, as after a failover that was none: each delivery is
// sent by one of them.
func TestTwoSendersAtOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		h := newHouse(t, storetest.Open(t, cfg))
		const alerts, contacts = 40, 3
		for i := range contacts {
			// Slow enough that both have something to do.
			id := fmt.Sprint("c", i)
			h.people.set(Contact{ID: id, Relation: Staff, Channels: channelsOf(id, alerts)})
		}
		h.alert("a", rules.Critical)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var senders []*Deliveries
		for range 2 {
			d := New(Config{DB: storetest.Open(t, cfg), People: h.people, Carrier: h.post, Author: plainAuthor{}, Escalation: h.lost, Log: h.log, Now: time.Now})
			senders = append(senders, d)
			wg.Go(func() {
				if err := d.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		// Both decide the same, at once, as two escalation runners may.
		var queueing sync.WaitGroup
		for _, d := range senders {
			queueing.Go(func() {
				for step := range alerts {
					var tellings []Telling
					for c := range contacts {
						tellings = append(tellings, call("a", step+1, fmt.Sprint("c", c), rules.Critical))
						tellings[c].Channel = fmt.Sprint("c", c, "-", step)
					}
					if err := d.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return d.Queue(ctx, tx, tellings) }); err != nil {
						t.Error(err)
						return
					}
					d.Committed(tellings)
				}
			})
		}
		queueing.Wait()
		deadline := time.After(time.Minute)
		for {
			n, err := h.db.NewSelect().Model((*row)(nil)).Where("status <> ?", Sent).Count(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			select {
			case <-deadline:
				t.Fatalf("%d are not sent", n)
			case <-h.post.news:
			case <-time.After(50 * time.Millisecond):
			}
		}
		cancel()
		wg.Wait()
		if all := h.post.taken(); len(all) != alerts*contacts {
			t.Errorf("%d messages for %d deliveries", len(all), alerts*contacts)
		}
	})
}

// channelsOf are so many channels, so that no storm is seen in what goes over one.
func channelsOf(contact string, n int) []Channel {
	var list []Channel
	for i := range n {
		id := fmt.Sprint(contact, "-", i)
		list = append(list, Channel{ID: id, Kind: Webhook, Address: "https://" + id + ".example/", From: rules.Info})
	}
	return list
}
