package alerts_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// What is new of an alert is new until somebody was told, and then no more.
func TestWhatNobodyWasToldOf(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		h := newHouse(t, fresh(t, cfg))
		h.enrol("r1", "r2")
		untold := func(want int) []string {
			t.Helper()
			var all []string
			for { // one at a time
				ids, err := alerts.Untold(t.Context(), h.db, all, 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(ids) == 0 {
					break
				}
				all = append(all, ids...)
			}
			if len(all) != want {
				t.Fatalf("nobody was told of %v, want %d of them", all, want)
			}
			return all
		}
		tell := func(ids []string, want ...int) (all []alerts.News) {
			t.Helper()
			err := h.db.Transact(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
				if all, err = alerts.ReadNews(ctx, tx, ids); err != nil {
					return err
				}
				return alerts.MarkTold(ctx, tx, ids)
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if len(all) != len(want) || len(all[i].New) != want[i] {
					t.Fatalf("news of %+v, want %v", all, want)
				}
			}
			return all
		}
		untold(0)
		began := h.now
		h.says("r1", vitals.SOSButton, 1)
		h.now = h.now.Add(time.Second)
		h.says("r2", vitals.FallEvent, 1)
		ids := untold(2)
		if since, err := alerts.UntoldSince(t.Context(), h.db); err != nil || !since.Equal(began) {
			t.Errorf("alerts wait since %s, %v; want %s", since, err, began)
		}
		news := tell(ids[:1], 1)[0]
		if news.Resident != "r1" || news.Severity != rules.Critical || news.Tells != rules.Care || news.New[0].Cause != engine.Began || !news.BeganAt.Equal(began) {
			t.Errorf("news of the first: %+v", news)
		}
		untold(1)
		tell(ids[1:], 1)
		untold(0)
		if since, err := alerts.UntoldSince(t.Context(), h.db); err != nil || !since.IsZero() {
			t.Errorf("alerts wait since %s, %v; want none", since, err)
		}

		until := h.now.Add(time.Hour)
		if err := h.judge.Claim(t.Context(), ids[0], "u1", until); err != nil {
			t.Fatal(err)
		}
		news = tell(untold(1), 1)[0]
		if news.Status != engine.Claimed || news.ClaimedBy != "u1" || !news.ClaimedUntil.Equal(until) || news.New[0].N != 2 || news.New[0].By != "u1" {
			t.Errorf("news of the claim: %+v", news)
		}
		tell(ids, 0, 0)
	})
}
