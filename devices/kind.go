package devices

import (
	"slices"
	"strings"
	"time"
)

// Sensor is the class of a device in use, see [ClassOf], and where it stands; ""
// for what is not known.
func (r *Registry) Sensor(device string) (class string, zone Zone) {
	e, ok := r.current.Load().byID[device]
	if !ok {
		return "", ""
	}
	return e.class, e.device.Zone
}

// Habit is what is expected of a kind of device before it is known how the
// device itself behaves.
type Habit struct {
	// Every is the longest that it is usually silent; 0 for what is used by hand,
	// of which nothing is expected.
	Every time.Duration
	// Safety is set when an alarm depends on it.
	Safety bool
}

const (
	// steadily is the longest silence of what measures by itself. A choice of
	// ours: the slowest usual setting is Tasmota's TelePeriod of 5 minutes.
	steadily = 10 * time.Minute
	// onEvents is the longest silence of what speaks when something happens. Such
	// devices send a sign of life too, the Zigbee ones about every hour; a choice of ours
	// that leaves room for those that do so a few times a day.
	onEvents = 9 * time.Hour
)

// radar are the words of what measures people without touching them.
var radar = []string{"radar", "雷达"}

// habits are those of the kinds that hold one of the words. The first that fits
// counts: a room thermometer is not the one that people use.
var habits = []struct {
	words []string // in lower case
	Habit
}{
	{[]string{"sos", "panic", "pull cord", "emergency button", "help button", "求助", "呼救", "拉绳"}, Habit{onEvents, true}},
	{radar, Habit{steadily, true}},
	{[]string{"fall", "跌倒"}, Habit{onEvents, true}},
	{[]string{"smoke", "gas", "carbon monoxide", "co alarm", "co detector", "co sensor", "烟雾", "烟感", "燃气", "一氧化碳"}, Habit{onEvents, true}},
	// A hub speaks for others. Of itself it says that it is there, and its will
	// that it is gone, but nothing by the clock.
	{[]string{"hub", "gateway", "网关"}, Habit{}},
	{[]string{"glucose patch", "cgm", "continuous glucose", "血糖贴"}, Habit{Every: steadily}},
	{[]string{"bed mat", "sleep mat", "mattress", "睡眠带", "睡眠垫"}, Habit{Every: steadily}},
	{[]string{"hygrometer", "room thermometer", "climate", "air", "温湿度", "空气"}, Habit{Every: steadily}},
	{[]string{"cuff", "blood pressure", "scale", "glucose", "glucometer", "thermometer", "oximeter", "ecg", "spirometer",
		"血压", "体重", "血糖", "体温", "血氧", "心电"}, Habit{}},
	{speakers, Habit{Every: onEvents}},
	{[]string{"bracelet", "band", "watch", "patch", "plug", "手环", "手表", "插座"}, Habit{Every: steadily}},
}

// HabitOf is what is expected of a kind of device, "bracelet" or "door contact".
// A kind that is not known is taken for one that speaks when something happens.
func HabitOf(kind string) Habit {
	kind = plain(kind)
	for _, h := range habits {
		if saysOne(kind, h.words) {
			return h.Habit
		}
	}
	return Habit{Every: onEvents}
}

// ClassOf is which class of sensors a kind of device belongs to: "radar", or ""
// for one that is told apart from others nowhere.
func ClassOf(kind string) string {
	if saysOne(plain(kind), radar) {
		return "radar"
	}
	return ""
}

// speakers are the words of what says something aloud at home.
var speakers = []string{"speaker", "voice assistant", "音箱", "语音"}

// Speaks reports whether a kind of device says aloud what it is sent as a command.
func Speaks(kind string) bool { return saysOne(plain(kind), speakers) }

// plain is a kind in lower case, with its words set apart by spaces.
func plain(kind string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' {
			return ' '
		}
		return c
	}, strings.ToLower(kind))
}

func saysOne(kind string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return says(kind, word) })
}

// says reports whether a kind holds the word, at the start of a word where words
// are set apart: "air" is in "air monitor" and not in "repair".
func says(kind, word string) bool {
	for from := 0; ; {
		i := strings.Index(kind[from:], word)
		if i < 0 {
			return false
		}
		i += from
		if i == 0 || kind[i-1] == ' ' || word[0] >= 0x80 {
			return true
		}
		from = i + len(word)
	}
}
