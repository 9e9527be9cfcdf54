package timeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"unsafe"

	influxhttp "github.com/influxdata/influxdb-client-go/v2/api/http"

	"github.com/anxin-care/anxin/vitals"
)

// Append implements [Store].
func (s *Influx) Append(ctx context.Context, reports []vitals.Report, cursor uint64) error {
	if err := s.append(ctx, reports, cursor); err != nil {
		return fmt.Errorf("append %d reports to the timeline: %w", len(reports), err)
	}
	return nil
}

func (s *Influx) append(ctx context.Context, reports []vitals.Report, cursor uint64) error {
	if err := s.enter(ctx, oldest(reports)); err != nil {
		return err
	}
	defer s.appends.release()
	s.lines.reset()
	s.lines.full = func(body []byte) error { return s.send(ctx, body) }
	for i := range reports {
		if err := s.lines.report(&reports[i]); err != nil {
			return err
		}
	}
	if err := s.lines.flush(); err != nil {
		return err
	}
	// Once more, as another server may have taken the lines.
	if err := s.notBehind(ctx); err != nil {
		return err
	}
	if known, _ := s.current(); cursor <= known.cursor {
		return nil
	}
	return s.writeState(ctx, func(next *state) { next.cursor = max(next.cursor, cursor) })
}

func (s *Influx) notBehind(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if known, behind := s.current(); behind {
		return fmt.Errorf("%w: it has the journal up to %d", ErrBehind, known.cursor)
	}
	return nil
}

// enter takes the turn to append, when no run of Retain goes on to which the
// oldest reading would matter, and none was left unfinished.
func (s *Influx) enter(ctx context.Context, oldest int64) error {
	for {
		if err := s.appends.take(ctx); err != nil {
			return err
		}
		border := s.border.Load()
		err := s.notBehind(ctx)
		known, _ := s.current()
		running, unfinished := border != math.MinInt64, known.phase == deleting
		if err == nil && oldest >= border && (running || !unfinished) {
			return nil
		}
		s.appends.release()
		if err == nil {
			err = s.settle(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// settle waits for the end of a run of Retain, and finishes one that did not.
func (s *Influx) settle(ctx context.Context) error {
	if err := s.past.take(ctx); err != nil {
		return err
	}
	defer s.past.release()
	return s.prepareAlone(ctx)
}

// oldest is the earliest time of the reports' readings.
func oldest(reports []vitals.Report) int64 {
	at := int64(lastMilli)
	for i := range reports {
		for j := range reports[i].Samples {
			at = min(at, reports[i].Samples[j].At)
		}
	}
	return at
}

// send writes lines. When InfluxDB refuses some for what is in them, it is
// found out which, they are left out and counted, and the others are written:
// one bad line holds nothing up.
func (s *Influx) send(ctx context.Context, body []byte) error {
	// The buffer is not touched until the request is over.
	err := s.write.WriteRecord(ctx, unsafe.String(unsafe.SliceData(body), len(body)))
	if err == nil {
		return nil
	}
	var refused *influxhttp.Error
	if !errors.As(err, &refused) || !isOfLines(refused) {
		return s.failed(err)
	}
	first, second := halves(body)
	if len(second) == 0 {
		s.refused.Add(1)
		s.log.WarnContext(ctx, "InfluxDB refused a line of the timeline", "line", clip(string(body)), "error", clip(refused.Error()))
		return nil
	}
	return errors.Join(s.send(ctx, first), s.send(ctx, second))
}

// isOfLines reports whether the request was refused for its lines. A limit that
// the server sets on tags or series is not their fault: what it keeps out is
// lost to nobody until the limit is raised.
func isOfLines(refused *influxhttp.Error) bool {
	switch refused.StatusCode {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		return !strings.Contains(refused.Message, "limit exceeded")
	}
	return false
}

// halves cuts lines in two where one ends; the second is empty for one line.
func halves(body []byte) (first, second []byte) {
	middle := bytes.IndexByte(body[len(body)/2:], '\n') + len(body)/2 + 1
	if middle < len(body) {
		return body[:middle], body[middle:]
	}
	if middle = bytes.LastIndexByte(body[:len(body)-1], '\n') + 1; middle > 0 {
		return body[:middle], body[middle:]
	}
	return body, nil
}

func clip(s string) string {
	const most = 300
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
