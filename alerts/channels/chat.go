package channels

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/util/jsonclient"
)

// chats writes to chat services. An address is a URL as shoutrrr has them:
// discord://token@id. It holds the whole right to write there.
type chats struct {
	telegram telegram
	bark     barkClient
	// hosts are the servers of services that anybody can run, which the operator
	// allows: the library connects to them by itself, past the guard.
	hosts []string
	// sending bounds what was given up on and is under way all the same, for the
	// library knows no contexts.
	sending chan struct{}
}

// maxSending is how many chat messages are under way.
const maxSending = 64

func newChats(hosts []string, g guard) chats {
	return chats{telegram: telegram{client: g.client("https"), api: telegramAPI}, bark: newBark(), hosts: hosts, sending: make(chan struct{}, maxSending)}
}

// The services whose messages go to one place on the internet, and those that
// stand on a server of somebody. A test tries each of them with answers that are
// wrong, late and broken off. The others of the library are left out: some say
// that a message was sent when nobody was reached, or fall over (Zulip).
var (
	fixedServices  = []string{"discord", "lark", "pushover", "slack", "wecom"}
	hostedServices = []string{"bark", "gotify", "matrix", "mattermost", "ntfy", "rocketchat"}
)

func (c chats) read(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || u.Host == "" || strings.ContainsFunc(address, unicode.IsControl) {
		return nil, fault(Chat, CodeAddress, "want the address of a chat service, such as telegram://TOKEN@telegram?chats=ID")
	}
	switch {
	case u.Scheme == telegramScheme:
		_, err := telegramOf(u)
		return u, err
	case slices.Contains(fixedServices, u.Scheme):
	case slices.Contains(hostedServices, u.Scheme):
		if !slices.Contains(c.hosts, u.Host) {
			return nil, fault(Chat, CodeHost, "names a server of "+u.Scheme+" that the operator has not allowed")
		}
	default:
		services := slices.Sorted(slices.Values(slices.Concat(fixedServices, hostedServices, []string{telegramScheme})))
		return nil, fault(Chat, CodeService, "want one of "+strings.Join(services, ", "))
	}
	query := u.Query()
	if u.Scheme == "matrix" && (u.User.Username() != "" || query.Get("rooms") == "" && query.Get("room") == "") {
		// With a user the library signs in to look at an address, and without rooms it
		// tells all of them, which may be none.
		return nil, fault(Chat, CodeAddress, "want matrix://:ACCESS_TOKEN@HOST?rooms=!ID")
	}
	if _, err := newSender(address); err != nil {
		return nil, fault(Chat, CodeAddress, "is not complete for "+u.Scheme+"; see https://shoutrrr.nickfedor.com/services/overview/")
	}
	return u, nil
}

// Check implements [Channel].
func (c chats) Check(address string) error {
	_, err := c.read(address)
	return err
}

// Send implements [Channel].
func (c chats) Send(ctx context.Context, address string, m Message) (Receipt, error) {
	u, err := c.read(address)
	if err != nil {
		return Receipt{}, badAddress(Chat, err)
	}
	text := plain(m, longest-utf8.RuneCountInString(m.Subject)-1)
	if subject := line(m.Subject); subject != "" {
		text = subject + "\n" + text
	}
	switch u.Scheme {
	case telegramScheme:
		return c.telegram.send(ctx, u, text)
	case barkScheme:
		return c.bark.send(ctx, u, text)
	}
	select {
	case c.sending <- struct{}{}:
	case <-ctx.Done():
		return Receipt{}, unheard(Chat, ctx.Err())
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-c.sending }()
		done <- send(address, text)
	}()
	select {
	case err := <-done:
		if err != nil {
			return Receipt{}, chatFailure(err)
		}
		return Receipt{Answer: "taken by " + u.Scheme}, nil
	case <-ctx.Done():
		return Receipt{}, unheard(Chat, ctx.Err())
	}
}

// errFellOver stands for a panic of the library, which is nobody else's.
var errFellOver = errors.New("the library of chat services fell over")

func newSender(address string) (sender *router.ServiceRouter, err error) {
	defer func() {
		if recover() != nil {
			err = errFellOver
		}
	}()
	return shoutrrr.CreateSender(address)
}

func send(address, text string) (err error) {
	sender, err := newSender(address)
	if err != nil {
		return err
	}
	defer func() {
		if recover() != nil {
			err = errFellOver
		}
	}()
	return errors.Join(sender.Send(text, nil)...)
}

// httpStatus finds the status in what the library says, which is where most of
// its services leave it: "unexpected status: 404 Not Found".
var httpStatus = regexp.MustCompile(`\b([3-5]\d\d) [A-Z][a-z]`)

// chatFailure reads what the library said, and repeats none of it: it puts
// addresses and secrets in there.
func chatFailure(err error) *Failure {
	status := 0
	if answer, ok := errors.AsType[jsonclient.Error](err); ok {
		status = answer.StatusCode
	} else if found := httpStatus.FindStringSubmatch(err.Error()); found != nil {
		status, _ = strconv.Atoi(found[1])
	}
	if status < 300 {
		f := unheard(Chat, err)
		if whyUnheard(err) == "" {
			f.reason = "the service did not take it"
		}
		return f
	}
	f := judge(Chat, status, http.Header{})
	f.cause = err
	return f
}
