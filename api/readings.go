package api

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/negotiation"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Reading is a reading as the API shows it.
type Reading struct {
	Metric   string    `json:"metric,omitempty" doc:"Metric name" example:"heart_rate"`
	Value    float64   `json:"value" doc:"In the metric's unit, as measured; states and events are numbers, see text" example:"72.4"`
	Text     string    `json:"text" doc:"The value as a person reads it, rounded to the metric's resolution, or the state's word" example:"72"`
	Unit     string    `json:"unit,omitempty" doc:"UCUM unit" example:"/min"`
	At       time.Time `json:"at" doc:"When it was measured"`
	Received time.Time `json:"received" doc:"When it reached Anxin"`
	Device   string    `json:"device" doc:"Device id"`
	Marks    []string  `json:"marks,omitempty" doc:"What is special about it: implausible, below, above, clock, jump, low-quality"`
}

// showReading leaves the number as it is stored, so that a program gets all that
// the device said and aggregates agree with the readings; only the text is rounded.
func showReading(r vitals.Reading) Reading {
	return Reading{
		Metric: r.Metric.String(), Value: r.Number, Text: r.Marks.Comparator() + r.Metric.Format(r.Number),
		Unit: r.Metric.Info().Unit, At: r.At.UTC(), Received: r.Received.UTC(), Device: r.Device, Marks: r.Marks.Names(),
	}
}

// Latest is a resident's newest reading of each metric.
type Latest struct {
	Resident string    `json:"resident"`
	Now      time.Time `json:"now" doc:"The server's clock, to tell the readings' age by"`
	Readings []Reading `json:"readings"`
}

type latestOutput struct{ Body Latest }

func (a *API) latest(ctx context.Context, in *ResidentPath) (*latestOutput, error) {
	if _, err := a.resident(ctx, records.Vitals, in.ID); err != nil {
		return nil, err
	}
	out := &latestOutput{Body: Latest{Resident: in.ID, Now: a.now().UTC(), Readings: []Reading{}}}
	for _, r := range a.live.Latest(in.ID) {
		out.Body.Readings = append(out.Body.Readings, showReading(r))
	}
	return out, nil
}

type readingsInput struct {
	ResidentPath
	Metric string `query:"metric" required:"true" doc:"Metric name" example:"heart_rate"`
	From   string `query:"from" doc:"RFC 3339 or Unix milliseconds; default 24 hours before to, or before now" example:"2026-11-22T00:00:00Z"`
	To     string `query:"to" doc:"RFC 3339 or Unix milliseconds, excluded; default two minutes from now, as a device's clock may be ahead"`
	Every  string `query:"every" doc:"Window of an aggregate: 5m, 1h, 1d; windows are aligned to midnight UTC" example:"1h"`
	Fn     string `query:"fn" enum:"mean,min,max,sum,count,last,first" doc:"Aggregate function; default mean"`
	Device string `query:"device" doc:"Only this device"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100000" default:"10000" doc:"At most so many raw readings, the newest"`
	Accept string `header:"Accept" doc:"text/csv for CSV"`
}

// Readings is a resident's readings of one metric over a period.
type Readings struct {
	Resident  string    `json:"resident"`
	Metric    string    `json:"metric"`
	Unit      string    `json:"unit"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Every     string    `json:"every,omitempty"`
	Fn        string    `json:"fn,omitempty"`
	Readings  []Reading `json:"readings,omitzero" doc:"Without every: the readings, oldest first"`
	Points    []Point   `json:"points,omitzero" doc:"With every: one point for each window that holds readings fit for it"`
	Truncated bool      `json:"truncated,omitempty" doc:"Older readings of the period were left out because of limit"`
}

// Point is the aggregate of one window, which starts at its time.
type Point struct {
	At    time.Time `json:"at"`
	Value float64   `json:"value"`
}

// maxPoints bounds an aggregate's answer: a year by five minutes fits.
const maxPoints = 110_000

func (a *API) readings(ctx context.Context, in *readingsInput) (*huma.StreamResponse, error) {
	if _, err := a.resident(ctx, records.Vitals, in.ID); err != nil {
		return nil, err
	}
	metric, ok := vitals.ParseMetric(in.Metric)
	if !ok {
		return nil, invalid("query.metric", in.Metric, "there is no such metric; /api/v1/metrics lists them")
	}
	q, err := a.period(in.From, in.To)
	if err != nil {
		return nil, err
	}
	q.Resident, q.Metric, q.Device = in.ID, metric, in.Device
	out := Readings{Resident: in.ID, Metric: metric.String(), Unit: metric.Info().Unit, From: q.From, To: q.To}
	if in.Every == "" {
		if in.Fn != "" {
			return nil, invalid("query.every", "", "fn needs the length of its windows: every=1h")
		}
		err = a.rawReadings(ctx, q, in.Limit, &out)
	} else {
		err = a.points(ctx, q, in, &out)
	}
	if err != nil {
		return nil, a.failed(ctx, "read the timeline", err)
	}
	if negotiation.SelectQValue(strings.ToLower(in.Accept), []string{"application/json", "text/csv"}) == "text/csv" {
		return csvResponse(out), nil
	}
	answer, err := jsonResponse(out)
	if err != nil {
		return nil, a.failed(ctx, "write the readings", err)
	}
	return answer, nil
}

func (a *API) rawReadings(ctx context.Context, q timeline.Query, limit int, out *Readings) error {
	q.Limit, q.Newest = limit+1, true
	out.Readings = []Reading{}
	for r, err := range a.timeline.Range(ctx, q) {
		if err != nil {
			return err
		}
		shown := showReading(r)
		shown.Metric, shown.Unit = "", "" // said once, above
		out.Readings = append(out.Readings, shown)
	}
	if len(out.Readings) > limit {
		out.Readings, out.Truncated = out.Readings[len(out.Readings)-limit:], true
	}
	return nil
}

func (a *API) points(ctx context.Context, q timeline.Query, in *readingsInput, out *Readings) error {
	every, err := parseWindow(in.Every)
	if err != nil {
		return invalid("query.every", in.Every, err.Error())
	}
	if q.To.Sub(q.From)/every > maxPoints {
		return invalid("query.every", in.Every, fmt.Sprintf("more than %d points: choose a longer window or a shorter period", maxPoints))
	}
	fn := timeline.Fn(in.Fn)
	if fn == "" {
		fn = timeline.Mean
	}
	points, err := a.timeline.Aggregate(ctx, q, every, fn)
	if err != nil {
		return err
	}
	out.Every, out.Fn, out.Points = in.Every, string(fn), make([]Point, len(points))
	if fn == timeline.Count {
		out.Unit = "1" // a number of readings, whatever they measure
	}
	for i, p := range points {
		out.Points[i] = Point{At: p.At.UTC(), Value: p.Number}
	}
	return nil
}

func csvResponse(out Readings) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/csv; charset=utf-8")
		ctx.SetHeader("Vary", "Accept")
		ctx.SetStatus(http.StatusOK)
		w := csv.NewWriter(ctx.BodyWriter())
		number := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
		stamp := func(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }
		if out.Every != "" {
			_ = w.Write([]string{"at", out.Metric + "_" + out.Fn, "unit"})
			for _, p := range out.Points {
				_ = w.Write([]string{stamp(p.At), number(p.Value), out.Unit})
			}
		} else {
			_ = w.Write([]string{"at", out.Metric, "text", "unit", "device", "received", "marks"})
			for _, r := range out.Readings {
				_ = w.Write([]string{stamp(r.At), number(r.Value), r.Text, out.Unit, r.Device, stamp(r.Received), strings.Join(r.Marks, ",")})
			}
		}
		w.Flush()
	}}
}
