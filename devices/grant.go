package devices

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// topicRoot is where native devices publish.
const topicRoot = "anxin/v1/devices/"

// Grant is what a signed-in device may do with the broker. The zero Grant
// allows nothing.
type Grant struct {
	device  string
	own     string // the device's part of the topics, with the last slash
	filters []string
}

func grantOf(d *Device) Grant {
	g := Grant{device: d.ID, own: topicRoot + d.ID + "/"}
	if d.Gateway {
		g.filters = d.Filters
	}
	return g
}

// Device is the id of who signed in.
func (g Grant) Device() string { return g.device }

// MayPublish reports whether the topic is below the device's own, or matches
// one of a gateway's filters.
func (g Grant) MayPublish(topic string) bool {
	if g.device == "" {
		return false
	}
	if len(topic) > len(g.own) && strings.HasPrefix(topic, g.own) {
		return true
	}
	for _, filter := range g.filters {
		if matches(filter, topic) {
			return true
		}
	}
	return false
}

// MaySubscribe reports whether the filter is the device's own commands, the one
// thing that devices may hear.
func (g Grant) MaySubscribe(filter string) bool {
	return g.device != "" && filter == g.own+"commands"
}

// matches reports whether the topic matches the filter by MQTT's rules (3.1.1,
// section 4.7): "+" is one level, a last "#" is any number of them, and neither
// matches a first level that begins with "$".
func matches(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") {
		return false
	}
	for {
		want, filterRest, filterMore := strings.Cut(filter, "/")
		if want == "#" {
			return true
		}
		level, topicRest, topicMore := strings.Cut(topic, "/")
		if want != "+" && want != level {
			return false
		}
		if !filterMore || !topicMore {
			// "a/#" matches "a" too.
			return filterMore == topicMore || !topicMore && filterRest == "#"
		}
		filter, topic = filterRest, topicRest
	}
}

// checkFilter says what is wrong with a topic filter.
func checkFilter(filter string) error {
	if filter == "" {
		return errors.New("is empty")
	}
	if len(filter) > 1<<16-1 || !utf8.ValidString(filter) || strings.ContainsFunc(filter, unicode.IsControl) {
		return errors.New("is not a topic filter: too long, or not text")
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		switch {
		case level == "+":
		case level == "#":
			if i < len(levels)-1 {
				return errors.New(`has "#" before its last level`)
			}
		case strings.ContainsAny(level, "+#"):
			return errors.New(`has "+" or "#" within a level`)
		}
	}
	return nil
}
