package timeline

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// version is the InfluxDB that answers.
type version int

const (
	unknownVersion version = iota
	version1
	version2
)

// state is what is remembered beside the readings.
type state struct {
	cursor uint64
	// A run of Retain, or the last one: it forgets what is before border, and
	// its roll-ups have the tag generation.
	generation, border int64
	phase              phase
}

// phase is how far Retain is.
type phase int64

const (
	idle     phase = iota
	rolling        // roll-ups are being written, and do not count yet
	deleting       // roll-ups count, the raw readings do not any more
)

// prepare finds the server, at first and after each failure: which one it is,
// whether it has the bucket, and how far it is.
func (s *Influx) prepare(ctx context.Context) error {
	if s.isReady() {
		return nil
	}
	if err := s.states.take(ctx); err != nil {
		return err
	}
	defer s.states.release()
	if s.isReady() {
		return nil
	}
	v, err := s.findVersion(ctx)
	if err != nil {
		return err
	}
	current, err := s.findBucket(ctx, v)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.version, s.ready = v, true
	s.behind = s.behind || current.cursor < s.known.cursor
	s.known = current
	s.mu.Unlock()
	return nil
}

func (s *Influx) isReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

func (s *Influx) findVersion(ctx context.Context) (version, error) {
	server := strings.TrimSuffix(s.client.HTTPService().ServerURL(), "/")
	header, _, err := s.get(ctx, server+"/ping")
	if err != nil {
		return 0, err
	}
	switch number := strings.TrimPrefix(header.Get("X-Influxdb-Version"), "v"); {
	case strings.HasPrefix(number, "1."):
		return version1, nil
	case strings.HasPrefix(number, "2."):
		return version2, nil
	}
	// Home-made builds do not know their number. Only 2.x can be set up.
	_, status, err := s.get(ctx, server+"/api/v2/setup")
	switch {
	case err != nil:
		return 0, err
	case status == http.StatusNotFound:
		return version1, nil
	}
	return version2, nil
}

func (s *Influx) get(ctx context.Context, address string) (http.Header, int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	answer, err := s.client.HTTPService().DoHTTPRequestWithResponse(request, nil)
	if err != nil {
		return nil, 0, s.failed(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode >= 500 {
		return nil, 0, s.failed(fmt.Errorf("influxdb: %s", answer.Status))
	}
	return answer.Header, answer.StatusCode, nil
}

// findBucket reads the state; where that does not go, it makes the bucket.
func (s *Influx) findBucket(ctx context.Context, v version) (state, error) {
	current, err := s.readState(ctx)
	if err == nil {
		return current, nil
	}
	if makeErr := s.makeBucket(ctx, v); makeErr != nil {
		return state{}, fmt.Errorf("make bucket %q, which could not be read (%w): %w", s.config.Bucket, err, makeErr)
	}
	return s.readState(ctx)
}

func (s *Influx) makeBucket(ctx context.Context, v version) error {
	if v == version1 {
		database, policy, named := strings.Cut(s.config.Bucket, "/")
		if named && policy != "" && policy != "autogen" {
			return fmt.Errorf("make the retention policy %q by hand", policy)
		}
		return s.influxQL(ctx, `CREATE DATABASE "`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(database)+`"`)
	}
	org, err := s.client.OrganizationsAPI().FindOrganizationByName(ctx, s.config.Org)
	if err == nil {
		_, err = s.client.BucketsAPI().CreateBucketWithName(ctx, org, s.config.Bucket)
	}
	return err
}

// readState asks for the state.
func (s *Influx) readState(ctx context.Context) (current state, err error) {
	flux := s.from(0, 1) + ` |> filter(fn: (r) => r._measurement == "` + stateMeasurement + `") |> keep(columns: ["_field", "_value"])`
	err = s.query(ctx, flux, func(r answerRow) error {
		n, err := r.integer("_value")
		switch r.text("_field") {
		case "cursor":
			current.cursor = uint64(n)
		case "generation":
			current.generation = n
		case "border":
			current.border = n
		case "phase":
			current.phase = phase(n)
		}
		return err
	})
	return current, err
}

// writeState replaces the state, all of it at once: one line is written whole
// or not at all.
func (s *Influx) writeState(ctx context.Context, change func(*state)) error {
	if err := s.states.take(ctx); err != nil {
		return err
	}
	defer s.states.release()
	s.mu.Lock()
	next := s.known
	s.mu.Unlock()
	change(&next)
	line := stateMeasurement + " cursor=" + strconv.FormatUint(next.cursor, 10) + "i,generation=" + strconv.FormatInt(next.generation, 10) +
		"i,border=" + strconv.FormatInt(next.border, 10) + "i,phase=" + strconv.FormatInt(int64(next.phase), 10) + "i 0"
	if err := s.write.WriteRecord(ctx, line); err != nil {
		return fmt.Errorf("write the timeline's state: %w", s.failed(err))
	}
	s.mu.Lock()
	s.known = next
	s.mu.Unlock()
	return nil
}

func (s *Influx) current() (state, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known, s.behind
}

// from begins a query: start <= time < stop, in Unix milliseconds. 1.8 includes
// the stop, so it stands a little before.
func (s *Influx) from(start, stop int64) string {
	return "from(bucket: " + fluxString(s.config.Bucket) + ") |> range(start: " + fluxTime(start, 0) +
		", stop: " + fluxTime(stop, -time.Nanosecond) + ")"
}
