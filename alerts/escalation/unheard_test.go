package escalation_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/escalation"
)

// Three people whose channels all fail, one after the other: the next is told as
// soon as that is known, and at last the service's staff.
func TestThreePeopleWithFailingChannels(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{
			Family: []escalation.Person{{Contact: "daughter"}}, Neighbours: []escalation.Person{{Contact: "neighbour"}},
			Team: []escalation.Person{{Contact: "backup"}}, Staff: []escalation.Person{{Contact: "admin"}},
		}
		r, stop := h.runner()
		defer stop()
		fails := func(step int, contacts ...string) {
			h.t.Helper()
			for _, contact := range contacts {
				err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
					return r.Unreached(ctx, tx, []escalation.Lost{{Alert: "a", Step: step, Contact: contact}})
				})
				if err != nil {
					h.t.Fatal(err)
				}
			}
			r.Wake()
		}
		h.happens("a", engine.Began, "")
		h.at(20 * time.Second)
		fails(1, "daughter")
		h.at(40 * time.Second)
		fails(2, "daughter", "daughter") // said twice, by a sender that was started anew
		h.at(50 * time.Second)
		fails(2, "neighbour")
		h.at(60 * time.Second)
		fails(3, "backup")
		h.at(70 * time.Second)
		fails(1, "daughter") // old news
		fails(4, "daughter", "neighbour", "backup")
		h.at(80 * time.Second)
		fails(5, "admin")
		h.at(5 * time.Minute)
		h.want(
			"0s step: daughter",
			"20s step: daughter neighbour",
			"50s step: backup",
			"1m0s step: daughter neighbour backup",
			"1m10s gap: admin",
		)
		h.unheard(r, 1)
		h.at(7 * time.Minute)
		h.want("6m10s step: daughter neighbour backup")
	})
}

// The speaker at home has said it, and nobody else could be reached.
func TestWhomTheSpeakerAloneReachesIsNotReached(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{
			Resident: []escalation.Person{{Contact: "speaker"}}, Family: []escalation.Person{{Contact: "daughter"}}, Staff: []escalation.Person{{Contact: "admin"}},
		}
		r, stop := h.runner()
		defer stop()
		h.happens("a", engine.Began, "")
		for step := range 3 {
			h.at(time.Duration(step+1) * 20 * time.Second)
			err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return r.Unreached(ctx, tx, []escalation.Lost{{Alert: "a", Step: step + 1, Contact: "daughter"}})
			})
			if err != nil {
				h.t.Fatal(err)
			}
			r.Wake()
		}
		h.at(2 * time.Minute)
		h.want("0s step: speaker daughter", "20s step: daughter", "40s step: speaker daughter", "1m0s gap: admin")
	})
}

func TestNoRecipientIsSaidOnce(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{Staff: []escalation.Person{{Contact: "admin"}}}
		_, stop := h.runner()
		h.happens("a", engine.Began, "")
		h.at(time.Minute)
		stop()
		_, stop = h.runner()
		defer stop()
		h.at(6 * time.Minute)
		h.want("0s gap: admin", "5m0s step: admin")
	})
}

// An alert of which nobody can be told, the service's staff neither, is known as
// such until somebody is there, or it is over.
func TestWhatNobodyAtAllHearsOfIsKnown(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{}
		r, stop := h.runner()
		defer stop()
		h.unheard(r, 0)
		h.happens("a", engine.Began, "")
		h.happens("b", engine.Began, "")
		h.at(time.Second)
		h.unheard(r, 2)
		h.happens("b", engine.WasResolved, "status = 'resolved'")
		h.at(2 * time.Second)
		h.unheard(r, 1)
		h.hires("admin")
		h.at(5*time.Minute + time.Second)
		h.want("5m0s gap: admin")
		h.unheard(r, 0)
		err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return r.Unreached(ctx, tx, []escalation.Lost{{Alert: "a", Step: 2, Contact: "admin"}})
		})
		if err != nil {
			h.t.Fatal(err)
		}
		h.unheard(r, 1)
		h.happens("a", engine.WasClaimed, "status = 'claimed', claimed_by = 'u', claimed_until = ?", time.Now().Add(time.Hour).UnixMilli())
		h.at(5*time.Minute + 2*time.Second)
		h.unheard(r, 0)
	})
}

// What nobody could be told is told as soon as somebody is there.
func TestWhatNobodyHeardIsTriedAgain(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{}
		r, stop := h.runner()
		defer stop()
		h.happens("a", engine.Began, "")
		h.at(time.Second)
		h.unheard(r, 1)
		h.hires("admin")
		h.at(time.Minute)
		h.want()
		if n, err := r.Retry(h.t.Context()); n != 1 || err != nil {
			h.t.Errorf("%d alerts are tried again, %v", n, err)
		}
		h.at(time.Minute + time.Second)
		h.want("1m0s gap: admin")
		h.unheard(r, 0)
		if n, err := r.Retry(h.t.Context()); n != 0 || err != nil {
			h.t.Errorf("%d alerts are tried again of which somebody was told, %v", n, err)
		}
	})
}

// unheard says of how many alerts nobody can be told, not even the staff.
func (h *house) unheard(r *escalation.Runner, want int) {
	h.t.Helper()
	if n, err := r.Unheard(h.t.Context()); err != nil || n != want {
		h.t.Errorf("of %d alerts nobody can be told, %v: want %d", n, err, want)
	}
}
