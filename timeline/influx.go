package timeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"
)

// InfluxConfig says where InfluxDB is.
type InfluxConfig struct {
	URL string
	// Token is an API token, or user:password for 1.8; "" without authentication.
	Token string
	// Org is the organisation; 1.8 has none.
	Org string
	// Bucket is the bucket, or for 1.8 a database, or database/retention policy.
	// It must keep data for ever: Retain forgets what is old.
	Bucket string
	// Log hears of lines that InfluxDB refused; slog's default when nil.
	Log *slog.Logger
}

// Influx is the [Store] in InfluxDB 1.8 (with Flux) or 2.x: measurement
// "readings", tags "resident" and "device", and "marks" where a value has marks;
// one float field a metric, and "received" in Unix milliseconds. So values with
// different marks never share a series. Received is kept once for a device's
// values of one time: it is that of the message that came last.
//
// The cursor is in InfluxDB, too, as measurement "anxin_state", and is written
// after the readings before it were confirmed, which InfluxDB does when they are
// in its synced log: after a crash on either side it can be behind the readings,
// never ahead, and readings that are written again change nothing. A file of
// ours would stay ahead when InfluxDB is emptied or restored; this cursor goes
// back with the readings. It stands at the time 0, in the oldest shard, which
// influxd backs up first, so that it is not ahead of a backup either.
type Influx struct {
	config InfluxConfig
	client influxdb2.Client
	write  api.WriteAPIBlocking
	log    *slog.Logger

	// refused counts lines that InfluxDB would not take for what is in them.
	refused atomic.Int64

	states  turn // of the one who reads the server's state or writes it
	mu      sync.Mutex
	ready   bool // the server was found, and its state read, since the last failure
	version version
	known   state // as of the last reading or writing of it
	behind  bool  // the server's state was older than ours

	appends turn // of the one who appends
	lines   lines

	past turn // of a run of Retain, or an erasure
	// border is that of the run that goes on, math.MinInt64 when there is none.
	// It is set while nobody appends.
	border atomic.Int64
}

var _ Store = (*Influx)(nil)

const (
	requestTimeout = 30 * time.Second
	dialTimeout    = 5 * time.Second
)

// OpenInflux connects to InfluxDB, and makes the bucket where it can and must.
// A server that cannot be reached is no error here, since readings wait for it
// in the journal; one that refuses the token is.
func OpenInflux(ctx context.Context, config InfluxConfig) (*Influx, error) {
	u, err := url.Parse(config.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("open InfluxDB: %q is not an address: want http://host:8086", config.URL)
	}
	if config.Bucket == "" {
		return nil, errors.New("open InfluxDB: no bucket is named")
	}
	s := &Influx{config: config, log: config.Log, states: newTurn(), appends: newTurn(), past: newTurn()}
	s.client = influxdb2.NewClientWithOptions(config.URL, config.Token, influxdb2.DefaultOptions().
		SetPrecision(time.Millisecond).SetApplicationName("anxin").
		SetHTTPClient(&http.Client{Timeout: requestTimeout, Transport: s.transport()}))
	s.write = s.client.WriteAPIBlocking(config.Org, config.Bucket)
	s.border.Store(math.MinInt64)
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.prepare(ctx); err != nil && !errors.Is(err, ErrUnavailable) {
		s.client.Close()
		return nil, fmt.Errorf("open InfluxDB at %s: %w", u.Redacted(), err)
	}
	return s, nil
}

// transport has no compression either way: with it, on the loopback interface,
// Append took a third longer and a month's Range a quarter.
func (s *Influx) transport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			// Nobody tells that InfluxDB was started anew, perhaps with older data: a
			// request that finds its connection closed is sent again on another.
			s.unready()
			return dialer.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout: dialTimeout,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
	}
}

// Refused is how many lines InfluxDB did not take because of what is in them,
// such as a time that it cannot hold. The log tells which.
func (s *Influx) Refused() int64 { return s.refused.Load() }

// Cursor implements [Store].
func (s *Influx) Cursor(ctx context.Context) (uint64, error) {
	if err := s.prepare(ctx); err != nil {
		return 0, fmt.Errorf("read the timeline's cursor: %w", err)
	}
	if err := s.states.take(ctx); err != nil {
		return 0, err
	}
	defer s.states.release()
	current, err := s.readState(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the timeline's cursor: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.behind = current, false
	return current.cursor, nil
}

// Close lets go of the connections.
func (s *Influx) Close() error {
	s.client.Close()
	return nil
}
