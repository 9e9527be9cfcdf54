package channels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"

	mail "github.com/wneessen/go-mail"

	"github.com/anxin-care/anxin/alerts/rules"
)

// emails sends e-mails over one SMTP server.
type emails struct{ server *smtpServer }

// Check implements [Channel].
func (emails) Check(address string) error { return checkMailbox(address) }

// Send implements [Channel].
func (c emails) Send(ctx context.Context, address string, m Message) (Receipt, error) {
	if err := checkMailbox(address); err != nil {
		return Receipt{}, badAddress(Email, err)
	}
	letter, err := c.letter(address, m)
	if err != nil {
		return Receipt{}, refused(Email, "the e-mail cannot be written")
	}
	if err := c.server.send(ctx, letter); err != nil {
		if ctx.Err() != nil {
			// The connection was closed under the library, which says so.
			return Receipt{}, unheard(Email, ctx.Err())
		}
		return Receipt{}, smtpFailure(err, address)
	}
	return Receipt{Answer: withoutAddress(letter.ServerResponse(), address)}, nil
}

// letter writes the e-mail.
func (c emails) letter(address string, m Message) (*mail.Msg, error) {
	i := strings.LastIndex(address, "@")
	domain, err := asciiDomain(address[i+1:])
	if err != nil {
		return nil, err
	}
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	letter.FromMailAddress(c.server.from)
	if err := letter.To(address[:i+1] + domain); err != nil {
		return nil, err
	}
	letter.Subject(line(m.Subject))
	letter.SetDate()
	// The same when it is sent again, so that a mailbox can tell.
	letter.SetMessageIDWithValue(c.id("delivery", m.Key))
	if m.Number != "" {
		// The e-mails about an alert answer one that was never sent.
		thread := "<" + c.id("alert", m.Number) + ">"
		letter.SetGenHeader(mail.HeaderInReplyTo, thread)
		letter.SetGenHeader(mail.HeaderReferences, thread)
	}
	// RFC 3834: no "I am on holiday" comes back.
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("X-Auto-Response-Suppress", "All")
	letter.SetGenHeader(mail.HeaderContentLang, m.Language)
	if m.Severity >= rules.Critical && !m.Test {
		letter.SetImportance(mail.ImportanceHigh)
	}
	letter.SetBodyString(mail.TypeTextPlain, letterText(m))
	return letter, letter.AddAlternativeHTMLTemplate(letterHTML, m)
}

// id makes a message id that tells nothing.
func (c emails) id(what, of string) string {
	sum := sha256.Sum256([]byte(what + " " + of))
	return hex.EncodeToString(sum[:16]) + "@" + c.server.domain()
}

// smtpFailure reads what the server said. A 5 is for good, whatever it is about:
// a server that does not let us in will not the next moment.
func smtpFailure(err error, address string) *Failure {
	code, status, recipient := 0, "", false
	sending, begun := errors.AsType[*mail.SendError](err)
	if begun {
		code, status, recipient = sending.ErrorCode(), sending.EnhancedStatusCode(), sending.Reason == mail.ErrSMTPRcptTo
	} else if answer, ok := errors.AsType[*textproto.Error](err); ok {
		code = answer.Code
	}
	if code < 400 {
		f := unheard(Email, err)
		if !begun && whyUnheard(err) == "" {
			// What the library finds before it names anybody: no STARTTLS, no way to
			// sign in. The operator needs to read it.
			f.reason = withoutAddress(err.Error(), address)
		}
		return f
	}
	return &Failure{
		kind: Email, permanent: code >= 500,
		// RFC 3463, section 3.2: what is wrong is the address.
		gone:   recipient && strings.HasPrefix(status, "5.1."),
		answer: withoutAddress(serverSaid(err, code), address),
		reason: strings.TrimSpace(fmt.Sprintf("the mail server said %d %s", code, status)), cause: err,
	}
}

// serverSaid finds the server's words in those of the library: `… command: 450
// "4.2.0 come back", affected recipient(s): …`.
func serverSaid(err error, code int) string {
	_, said, found := strings.Cut(err.Error(), strconv.Itoa(code)+" ")
	if !found {
		return strconv.Itoa(code)
	}
	said, _, _ = strings.Cut(said, ", affected recipient(s):")
	return strconv.Itoa(code) + " " + strings.Trim(said, `"`)
}

// mailboxes are addresses as servers say them again: in capitals, with the domain
// as they know it, or of where the mail is sent on to.
var mailboxes = regexp.MustCompile(`[^\s<>"(),:;]+@[^\s<>"(),:;]+`)

// withoutAddress is what somebody said, on a short line that repeats neither the
// address nor any mailbox.
func withoutAddress(said, address string) string {
	return shorten(mailboxes.ReplaceAllString(strings.ReplaceAll(line(said), address, "…"), "…"), 200)
}
