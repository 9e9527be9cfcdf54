package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/vitals"
)

// Router finds the codec for a topic.
type Router interface {
	Route(topic string) (c codec.Codec, filter, rest string, ok bool)
}

// Registry knows whose a device is.
type Registry interface {
	// Device is the id of the device that the codec names so.
	Device(codecName, external string) (id string, ok bool)
	// ResidentsAt are those whom the device's readings of that moment are about.
	ResidentsAt(device string, at int64) []string
	// Version changes with what the registry knows.
	Version() int64
	// Assignment stands for whose the device is and ever was; ok is false while
	// it is not known or was never anybody's.
	Assignment(codecName, external string) (digest uint64, ok bool)
}

// Journal is the part of [journal.Log] that the pipeline writes to.
type Journal interface {
	Append(ctx context.Context, g journal.Group) (first uint64, err error)
	Refuse(ctx context.Context, id uint64, why error) error
}

// Problems hears what a device's messages had that gave no reading.
type Problems interface {
	Problem(device, text string)
}

// Newest knows a resident's last value of a metric, to notice a weight that is
// somebody else's, and what was said before the journal begins.
type Newest interface {
	Last(resident string, m vitals.Metric) (vitals.Reading, bool)
}

// Limits bound what is under way.
type Limits struct {
	// Bytes of payload between the brokers and the journal.
	Bytes int
	// Messages waiting for the group that fills.
	Messages int
	// Group is the most messages of one commit.
	Group int
}

// DefaultLimits suit one machine of any size: groups of 4,096 messages are
// where a longer group no longer makes the commit cheaper.
func DefaultLimits() Limits {
	return Limits{Bytes: 64 << 20, Messages: 16384, Group: 4096}
}

// Pipeline takes messages from the brokers to the journal.
type Pipeline struct {
	router   Router
	registry Registry
	journal  Journal
	problems Problems
	last     Newest
	metrics  *Metrics
	log      *slog.Logger
	limits   Limits

	budget *budget
	inbox  chan *arrival
	seen   *seen
	newest int64 // received, of what was remembered
	// outdated is set when messages were left on the shelf by what the registry
	// knew before it changed.
	outdated atomic.Bool
}

// arrival is a message on its way, with what came of decoding it.
type arrival struct {
	message Message
	codec   codec.Codec
	naming  string // whose way of naming devices the reports follow
	reports []codec.Report
	old     []stored // of each report, what the timeline has already
	err     error    // why it cannot be read
	weight  int      // in the budget
}

// New returns a pipeline. Fill its memory with [Pipeline.Remember], then [Pipeline.Run] it.
func New(router Router, registry Registry, j Journal, lookup Lookup, problems Problems, last Newest, m *Metrics, limits Limits, log *slog.Logger) *Pipeline {
	return &Pipeline{
		router: router, registry: registry, journal: j, problems: problems, last: last,
		metrics: m, log: log, limits: limits,
		budget: newBudget(limits.Bytes),
		inbox:  make(chan *arrival, limits.Messages),
		seen:   newSeen(lookup),
	}
}

// Remember tells the pipeline what the journal holds, oldest first, so that it
// knows duplicates again after a restart. Complete says that the journal holds
// all that was ever accepted.
func (p *Pipeline) Remember(reports []vitals.Report, complete bool) {
	if !complete && len(reports) > 0 {
		p.seen.covered = max(p.seen.covered, reports[0].Received)
	}
	for i := range reports {
		p.seen.remember(&reports[i])
		p.newest = max(p.newest, reports[i].Received)
	}
}

// native is the naming of devices that publish under their own topics.
const native = "native"

// errNoFormat is why a message on a topic of no known format is quarantined.
var errNoFormat = errors.New("no format is known for this topic: add a binding for it")

// Submit decodes a message and queues it for the journal. It waits while too
// much is under way, until ctx ends. After nil the message's Ack will be told
// once it is safe; after an error it never will.
func (p *Pipeline) Submit(ctx context.Context, m Message) error {
	a := &arrival{message: m, weight: len(m.Payload) + len(m.Topic) + 256}
	if err := p.budget.take(ctx, a.weight); err != nil {
		return fmt.Errorf("take in message on %s: %w", m.Topic, err)
	}
	p.decode(a)
	p.lookUp(ctx, a)
	select {
	case p.inbox <- a:
		return nil
	case <-ctx.Done():
		p.budget.give(a.weight)
		return fmt.Errorf("take in message on %s: %w", m.Topic, ctx.Err())
	}
}

// decode runs on the sender's goroutine, so that messages of different
// connections are decoded side by side.
func (p *Pipeline) decode(a *arrival) {
	c, filter, rest, ok := p.router.Route(a.message.Topic)
	if !ok {
		a.err = errNoFormat
		return
	}
	a.codec, a.naming = c, c.Name()
	if strings.HasPrefix(filter, "anxin/v1/devices/+/") {
		// Whatever the format, under its own topic a device is named by its id.
		a.naming = native
	}
	a.reports, a.err = p.read(c, codec.Message{
		Topic: a.message.Topic, Payload: a.message.Payload, Filter: filter, Rest: rest,
		Retained: a.message.Retained, Received: a.message.Received,
	})
}

// read decodes. Codecs never panic; should one do so all the same, its message
// goes to the quarantine, for it would come again after every start.
func (p *Pipeline) read(c codec.Codec, m codec.Message) (reports []codec.Report, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			p.log.Error("a codec failed: this is a bug in Anxin", "codec", c.Name(), "topic", m.Topic, "fault", fault, "stack", string(debug.Stack()))
			reports, err = nil, fmt.Errorf("the codec %s failed, a bug in Anxin; try again with a newer version: %v", c.Name(), fault)
		}
	}()
	return c.Decode(m)
}

// lookUp asks the timeline about readings that are too old to be remembered.
func (p *Pipeline) lookUp(ctx context.Context, a *arrival) {
	for i := range a.reports {
		r := &a.reports[i]
		device, ok := p.registry.Device(a.naming, r.Device)
		if !ok {
			continue
		}
		if found := p.seen.forgotten(ctx, device, r.Samples, a.message.Received); len(found) > 0 {
			if a.old == nil {
				a.old = make([]stored, len(a.reports))
			}
			a.old[i] = found
		}
	}
}

// Run takes messages to the journal until ctx ends, then commits what was
// taken in before and returns. A message is acknowledged when it is committed;
// what was not committed is never acknowledged.
func (p *Pipeline) Run(ctx context.Context) error {
	// The last group is let through after ctx has ended, within reason.
	commits, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if p.newest > 0 {
		p.seen.wake(p.newest, time.Now().UnixMilli())
		p.newest = 0
	}
	groups, spent := make(chan *group), make(chan *group, 2)
	committer := make(chan error, 1)
	go func() { committer <- p.commitAll(commits, groups, spent) }()

	spent <- &group{}
	spent <- &group{}
	for {
		var g *group
		select {
		case g = <-spent:
		case err := <-committer:
			return err
		}
		more := p.fill(ctx, g, groups, committer)
		if more {
			continue
		}
		defer time.AfterFunc(lastCommit, stop).Stop()
		if !g.empty() {
			select {
			case groups <- g:
			case err := <-committer:
				return err
			}
		}
		close(groups)
		return <-committer
	}
}

// lastCommit is how long a stop waits for the commit under way.
const lastCommit = 5 * time.Second

// fill adds messages to the group until the committer takes it. It reports
// false when it was not taken: ctx has ended, or the committer has.
func (p *Pipeline) fill(ctx context.Context, g *group, groups chan<- *group, committer chan error) bool {
	for {
		in, out := p.inbox, groups
		if g.empty() {
			out = nil
		}
		if g.messages >= p.limits.Group {
			in = nil
		}
		// A committer that stands idle comes first.
		select {
		case out <- g:
			return true
		default:
		}
		select {
		case out <- g:
			return true
		case a := <-in:
			p.add(g, a)
		case err := <-committer:
			committer <- err
			return false
		case <-ctx.Done():
			return false
		}
	}
}
