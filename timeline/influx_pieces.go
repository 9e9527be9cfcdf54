package timeline

import "context"

// chunk is how much time one query covers, so that a long period is not held in
// memory at once.
const chunk = 31 * 24 * hour

// span is a stretch of time: start <= t < stop, in Unix milliseconds.
type span struct{ start, stop int64 }

func (q Query) span() span { return span{millis(q.From), millis(q.To)} }

// visible is the part of a span that InfluxDB can hold, and that Retain is not
// about to delete.
func (s *Influx) visible(p span) span {
	p = span{max(p.start, firstMilli), min(p.stop, lastMilli)}
	if known, _ := s.current(); known.phase == deleting {
		p.start = max(p.start, known.border)
	}
	return p
}

// inPieces goes over the visible part of a span, from its first reading that
// passes the filter on, in pieces that end on the hour. With whole it is one
// piece. Each reports how many readings it found: after a piece without any, the
// next reading is looked for, so that gaps of years cost one query.
func (s *Influx) inPieces(ctx context.Context, all span, filter string, whole bool, each func(span) (int, error)) error {
	all = s.visible(all)
	if all.start >= all.stop {
		return nil
	}
	if whole || all.stop-all.start <= 2*chunk {
		_, err := each(all)
		return err
	}
	for found := 0; all.start < all.stop; {
		if found == 0 {
			first, ok, err := s.first(ctx, all, filter)
			if err != nil || !ok {
				return err
			}
			all.start = first
		}
		piece := span{all.start, min(windowStart(all.start, hour)+chunk, all.stop)}
		n, err := each(piece)
		if err != nil {
			return err
		}
		found, all.start = n, piece.stop
	}
	return nil
}

// first is the time of the first reading in a span that passes the filter.
func (s *Influx) first(ctx context.Context, p span, filter string) (at int64, ok bool, err error) {
	flux := s.from(p.start, p.stop) + filter + ` |> first() |> keep(columns: ["_time"])`
	err = s.query(ctx, flux, func(r answerRow) error {
		t, err := r.milli()
		if !ok || t < at {
			at, ok = t, true
		}
		return err
	})
	return at, ok, err
}
