package channels

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Kind is a kind of channel, by its name in the API and the database.
type Kind string

// The kinds.
const (
	Email   Kind = "email"
	WebPush Kind = "webpush"
	Webhook Kind = "webhook"
	Chat    Kind = "chat"
	SMS     Kind = "sms"
	Speaker Kind = "speaker"
)

// Kinds are all that there are, set up or not.
func Kinds() []Kind { return []Kind{Email, WebPush, Webhook, Chat, SMS, Speaker} }

// Message is what one person is told over one channel, worded already.
type Message struct {
	// ID is the delivery's. It is opaque: letters, digits and hyphens.
	ID string
	// Key is the idempotency key: the same when a sending is repeated.
	Key string
	// Number is the alert's, shown to people. What has the same one belongs
	// together: e-mails form a thread by it. It may be empty.
	Number string

	Severity rules.Severity
	// Loud says that it may make a sound.
	Loud     bool
	Language string // "en", "zh-CN"

	// Subject is a line, Text plain text with lines of its own.
	Subject, Text string
	Links         []Link
	// Ask are the answers that a speaker listens for after it has spoken: "yes".
	Ask []string
	// Until is when it is too late for a speaker to say it; zero for never. One that
	// was off gets what it missed once it is on again.
	Until time.Time
	// Test says that nothing has happened and the way itself is tried.
	Test bool
}

// LinkKind is what a link is for.
type LinkKind string

// The kinds of links.
const (
	// LinkClaim says "I have it".
	LinkClaim LinkKind = "claim"
	// LinkFalseAlarm closes the alert as false.
	LinkFalseAlarm LinkKind = "false_alarm"
	// LinkDone says that what a resident is to do is done.
	LinkDone LinkKind = "done"
	// LinkHelp says that help is needed.
	LinkHelp LinkKind = "help"
	// LinkOpen leads to the page about it.
	LinkOpen LinkKind = "open"
)

// Link is something that the person can do with one tap.
type Link struct {
	Kind  LinkKind `json:"kind"`
	Label string   `json:"label"`
	URL   string   `json:"url"`
}

// Receipt is what came of a sending that was accepted.
type Receipt struct {
	// Delivered says that the far end has it, not only a provider on the way. A
	// webhook's receiver says so at once and a speaker later, by its [Reply]; the
	// others never do.
	Delivered bool
	// Answer is the provider's, shortened: "HTTP 201". It holds no secrets.
	Answer string
}

// Channel is a way to people. Its methods may be called at the same time.
type Channel interface {
	// Check says what is wrong with an address before it is kept: a
	// [store.Fault] that does not repeat it.
	Check(address string) error
	// Send tells the person. Its error is a [Failure].
	Send(ctx context.Context, address string, m Message) (Receipt, error)
}

// longest is how many characters a chat service or a text message gets: WeCom
// takes 2048 bytes, and a gateway about ten parts of 67 characters.
const longest = 670

// plain is the text with its links below. A text that is too long with them is
// cut, and its links are not.
func plain(m Message, characters int) string {
	var links strings.Builder
	for _, l := range m.Links {
		links.WriteString("\n" + l.Label + ": " + l.URL)
	}
	return shorten(m.Text, characters-utf8.RuneCountInString(links.String())) + links.String()
}

// shorten cuts a text to so many characters, the last of them an ellipsis.
func shorten(text string, characters int) string {
	if utf8.RuneCountInString(text) <= characters {
		return text
	}
	if characters < 1 {
		return ""
	}
	return strings.TrimRightFunc(string([]rune(text)[:characters-1]), unicode.IsSpace) + "…"
}

// line is a text on one line, as headers are.
func line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
}
