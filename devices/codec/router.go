package codec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Binding says which format is found under a topic filter.
type Binding struct {
	Filter, Codec string
}

// All are the codecs that Anxin has, with the filters under which each is found
// by default.
func All() []Codec {
	return []Codec{Native{}, Status{}, SenML{}, Zigbee2MQTT{}, OpenMQTTGateway{}, Tasmota{}}
}

// Router finds the codec for a topic. It does not change, so any goroutine may
// use it.
type Router struct {
	native map[string]route // by the last level of Anxin's own topics
	others []route          // the most specific first
}

type route struct {
	filter string
	levels []string
	codec  Codec
}

const nativeRoot = "anxin/v1/devices/"

// NewRouter returns a router for the codecs' own filters and further bindings,
// which go first where both match. A filter that MQTT does not know, or a codec
// that we do not, is an error.
func NewRouter(codecs []Codec, bindings []Binding) (*Router, error) {
	byName := map[string]Codec{}
	var names []string
	r := &Router{native: map[string]route{}}
	for _, c := range codecs {
		byName[c.Name()] = c
		names = append(names, c.Name())
	}
	for _, b := range bindings {
		c, ok := byName[b.Codec]
		if !ok {
			return nil, fmt.Errorf("bind %s: there is no format %q: want one of %s", b.Filter, b.Codec, strings.Join(names, ", "))
		}
		if err := r.add(b.Filter, c); err != nil {
			return nil, err
		}
	}
	for _, c := range codecs {
		for _, filter := range c.Filters() {
			if err := r.add(filter, c); err != nil {
				return nil, err
			}
		}
	}
	// Stable, so that a binding of one's own stays before a default one.
	slices.SortStableFunc(r.others, func(a, b route) int { return compareLevels(a.levels, b.levels) })
	return r, nil
}

func (r *Router) add(filter string, c Codec) error {
	levels := strings.Split(filter, "/")
	if err := checkFilter(levels); err != nil {
		return fmt.Errorf("bind %q to %s: %w", filter, c.Name(), err)
	}
	added := route{filter, levels, c}
	if last, ok := strings.CutPrefix(filter, nativeRoot+"+/"); ok && !strings.ContainsAny(last, "+#/") {
		if _, taken := r.native[last]; !taken {
			r.native[last] = added
		}
		return nil
	}
	r.others = append(r.others, added)
	return nil
}

func checkFilter(levels []string) error {
	for i, l := range levels {
		switch {
		case l == "#" && i < len(levels)-1:
			return errors.New(`"#" stands only at the end`)
		case len(l) > 1 && strings.ContainsAny(l, "+#"):
			return errors.New(`"+" and "#" stand alone in their level`)
		case len(levels) == 1 && l == "":
			return errors.New("the filter is empty")
		}
	}
	return nil
}

// compareLevels orders the more specific filter first: a name before "+"
// before "#".
func compareLevels(a, b []string) int {
	rank := func(levels []string, i int) int {
		switch {
		case i >= len(levels):
			return 0
		case levels[i] == "#":
			return 3
		case levels[i] == "+":
			return 2
		}
		return 1
	}
	for i := range max(len(a), len(b)) {
		if d := rank(a, i) - rank(b, i); d != 0 {
			return d
		}
	}
	return 0
}

// Route finds the codec for a topic, the filter by which it was found, and what
// the filter's "#" stands for.
func (r *Router) Route(topic string) (c Codec, filter, rest string, ok bool) {
	if below, isNative := strings.CutPrefix(topic, nativeRoot); isNative {
		if i := strings.IndexByte(below, '/'); i > 0 {
			if found, ok := r.native[below[i+1:]]; ok {
				return found.codec, found.filter, "", true
			}
		}
	}
	for i := range r.others {
		if rest, ok := match(r.others[i].levels, topic); ok {
			return r.others[i].codec, r.others[i].filter, rest, true
		}
	}
	return nil, "", "", false
}

// match reports whether a topic matches a filter by the rules of MQTT (3.1.1,
// section 4.7), and what its "#" stands for.
func match(levels []string, topic string) (rest string, ok bool) {
	if topic != "" && topic[0] == '$' && (levels[0] == "+" || levels[0] == "#") {
		return "", false
	}
	more := true
	for i, want := range levels {
		if want == "#" {
			return topic, true
		}
		if !more {
			return "", false
		}
		var level string
		level, topic, more = strings.Cut(topic, "/")
		if want != "+" && want != level {
			return "", false
		}
		// "a/#" matches "a" as well.
		if !more && i == len(levels)-2 && levels[i+1] == "#" {
			return "", true
		}
	}
	return "", !more
}

// Filters are what a subscriber must subscribe to.
func (r *Router) Filters() []string {
	var filters []string
	for _, found := range r.native {
		filters = append(filters, found.filter)
	}
	for _, found := range r.others {
		filters = append(filters, found.filter)
	}
	slices.Sort(filters)
	return slices.Compact(filters)
}
