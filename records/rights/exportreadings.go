package rights

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// readingsAtOnce is how many readings are in memory.
const readingsAtOnce = 20_000

// stamp is how times are written: to the millisecond, as they are kept.
const stamp = "2006-01-02T15:04:05.000Z07:00"

// whole asks for all readings of a metric.
func (b *bundle) whole(resident string, m vitals.Metric) timeline.Query {
	return timeline.Query{Resident: resident, Metric: m, From: time.Unix(0, 0).UTC(), To: b.made.Add(24 * time.Hour)}
}

// formats are those in which readings are written.
var formats = []struct {
	name string
	open func(io.Writer, vitals.Metric) lines
}{{"csv", newCSV}, {"json", newJSON}}

// writeReadings writes the readings of each metric, a month a file.
func (x *Exporter) writeReadings(ctx context.Context, b *bundle, resident string) error {
	for _, m := range vitals.Metrics() {
		q := b.whole(resident, m)
		for _, format := range formats {
			for month, readings := range x.months(ctx, q) {
				name := fmt.Sprintf("%s/readings/%s/%s.%s", format.name, m, month.Format("2006-01"), format.name)
				err := b.add(name, func(w io.Writer) error {
					to := format.open(w, m)
					for r, err := range readings {
						if err != nil {
							return err
						}
						if err := to.write(r); err != nil {
							return err
						}
					}
					return to.end()
				})
				if err != nil {
					return err
				}
			}
		}
		if err := x.writeRolledUp(ctx, b, q); err != nil {
			return err
		}
	}
	return nil
}

// months gives the readings of each month that has any. Those of one must be read before
// the next is asked for.
func (x *Exporter) months(ctx context.Context, q timeline.Query) iter.Seq2[time.Time, iter.Seq2[vitals.Reading, error]] {
	return func(yield func(time.Time, iter.Seq2[vitals.Reading, error]) bool) {
		next, stop := iter.Pull2(x.pages(ctx, q))
		defer stop()
		r, err, more := next()
		for more {
			month := monthOf(r.At)
			ok := yield(month, func(yield func(vitals.Reading, error) bool) {
				for more && (err != nil || monthOf(r.At).Equal(month)) {
					if !yield(r, err) {
						return
					}
					r, err, more = next()
				}
			})
			if !ok {
				return
			}
		}
	}
}

func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// pages gives all readings, a bounded number of which is asked for at once: whoever
// takes the copy may be slow, and the timeline is not to wait for them.
func (x *Exporter) pages(ctx context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error] {
	return func(yield func(vitals.Reading, error) bool) {
		for q.Limit = readingsAtOnce; ; {
			page := make([]vitals.Reading, 0, 64)
			for r, err := range x.Timeline.Range(ctx, q) {
				if err != nil {
					yield(r, err)
					return
				}
				page = append(page, r)
			}
			whole := len(page)
			if len(page) == q.Limit {
				// Those of the last moment may go on in the next page.
				last := page[len(page)-1].At
				for whole > 0 && page[whole-1].At.Equal(last) {
					whole--
				}
				if whole == 0 { // more of one moment than fit
					q.Limit *= 2
					continue
				}
				q.From = last
			}
			for _, r := range page[:whole] {
				if !yield(r, nil) {
					return
				}
			}
			if whole == len(page) {
				return
			}
		}
	}
}

// lines writes readings in a format.
type lines interface {
	write(vitals.Reading) error
	end() error
}

type csvLines struct {
	metric vitals.Metric
	to     *csv.Writer
}

func newCSV(w io.Writer, m vitals.Metric) lines {
	l := &csvLines{metric: m, to: csv.NewWriter(w)}
	_ = l.to.Write([]string{"at", m.String(), "unit", "device", "received", "marks"}) // an error comes again at the end
	return l
}

func (l *csvLines) write(r vitals.Reading) error {
	return l.to.Write([]string{
		r.At.UTC().Format(stamp), strconv.FormatFloat(r.Number, 'f', -1, 64), l.metric.Info().Unit, r.Device, r.Received.UTC().Format(stamp), r.Marks.String(),
	})
}

func (l *csvLines) end() error {
	l.to.Flush()
	return l.to.Error()
}

type jsonLines struct {
	metric    vitals.Metric
	to        io.Writer
	separator string
}

func newJSON(w io.Writer, m vitals.Metric) lines { return &jsonLines{m, w, "[\n"} }

func (l *jsonLines) write(r vitals.Reading) error {
	text, err := json.Marshal(struct {
		At       string   `json:"at"`
		Value    float64  `json:"value"`
		Unit     string   `json:"unit"`
		Device   string   `json:"device"`
		Received string   `json:"received"`
		Marks    []string `json:"marks,omitempty"`
	}{r.At.UTC().Format(stamp), r.Number, l.metric.Info().Unit, r.Device, r.Received.UTC().Format(stamp), r.Marks.Names()})
	if err != nil {
		return err
	}
	_, err = io.WriteString(l.to, l.separator+string(text))
	l.separator = ",\n"
	return err
}

func (l *jsonLines) end() error {
	_, err := io.WriteString(l.to, "\n]\n")
	return err
}

// hours is how many hours are asked for at once.
const hours = 24 * 366

// writeRolledUp writes what is left of readings that were too old to be kept: the count,
// the mean, the least and the most of each hour. It stops where the readings begin.
func (x *Exporter) writeRolledUp(ctx context.Context, b *bundle, q timeline.Query) error {
	begins, err := x.rollUpsEnd(ctx, q)
	if err != nil || begins.IsZero() {
		return err
	}
	var rows [][]string
	for to := begins; to.After(q.From); to = to.Add(-hours * time.Hour) {
		part := q
		part.From, part.To = to.Add(-hours*time.Hour), to
		counts, err := x.Timeline.Aggregate(ctx, part, time.Hour, timeline.Count)
		if err != nil {
			return err
		}
		if len(counts) == 0 {
			continue
		}
		of := map[timeline.Fn][]timeline.Point{}
		for _, fn := range []timeline.Fn{timeline.Mean, timeline.Min, timeline.Max} {
			if of[fn], err = x.Timeline.Aggregate(ctx, part, time.Hour, fn); err != nil {
				return err
			}
		}
		for i, p := range counts {
			row := []string{p.At.UTC().Format(stamp), number(p.Number)}
			for _, fn := range []timeline.Fn{timeline.Mean, timeline.Min, timeline.Max} {
				if i < len(of[fn]) {
					row = append(row, number(of[fn][i].Number))
				}
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return b.add(fmt.Sprintf("csv/readings/%s/hourly.csv", q.Metric), func(w io.Writer) error {
		out := csv.NewWriter(w)
		if err := out.WriteAll(append([][]string{strings.Split("hour,count,mean,min,max", ",")}, rows...)); err != nil {
			return err
		}
		return out.Error()
	})
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// rollUpsEnd is the hour of the first reading that is kept as it was, or now when there
// is none; zero when nothing is older than that.
func (x *Exporter) rollUpsEnd(ctx context.Context, q timeline.Query) (time.Time, error) {
	end := q.To.Truncate(time.Hour)
	first := q
	first.Limit = 1
	for r, err := range x.Timeline.Range(ctx, first) {
		if err != nil {
			return time.Time{}, err
		}
		end = r.At.UTC().Truncate(time.Hour)
	}
	older := q
	older.To = end
	points, err := x.Timeline.Aggregate(ctx, older, 24*time.Hour, timeline.Count)
	if err != nil || len(points) == 0 {
		return time.Time{}, err
	}
	return end, nil
}
