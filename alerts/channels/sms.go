package channels

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Gateway is an HTTP service that sends text messages. In URL, Headers and Body
// these stand for parts of a message, written as the place asks for:
//
//	{to}      the number, as +8613812345678
//	{digits}  the same without the plus
//	{text}    what is said, with its links
//	{key}     the same when a message is sent again
type Gateway struct {
	URL    string
	Method string // "POST" when empty
	// Headers are lines, "Authorization: Bearer …". Content-Type says how the parts
	// are written in the body: JSON when there is none, else form, XML or plain text.
	Headers []string
	Body    string
	// OK is a regular expression that the answer's body must match, for gateways
	// that answer with 200 whatever happens. Empty, any 2xx will do.
	OK string
}

// texts sends text messages. An address is a telephone number.
type texts struct {
	client  *http.Client
	gateway Gateway
	headers http.Header
	escape  func(string) string
	ok      *regexp.Regexp
}

var (
	placeholder = regexp.MustCompile(`\{[a-z]+\}`)
	// e164 is ITU-T E.164: at most 15 digits, the first of the country's code.
	e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// newTexts reads the operator's settings. What it says is wrong repeats none of
// the secrets in them.
func newTexts(g Gateway) (texts, error) {
	c := texts{gateway: g, headers: http.Header{}, escape: jsonText, client: &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.gateway.Method = cmp.Or(g.Method, http.MethodPost)
	u, err := url.Parse(placeholder.ReplaceAllString(g.URL, "x"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return c, errors.New("the SMS gateway's URL: want https://…")
	}
	all := g.URL + "\n" + g.Body
	for _, h := range g.Headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return c, errors.New("the SMS gateway's headers: want lines such as Authorization: Bearer SECRET")
		}
		c.headers.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		all += "\n" + value
	}
	if c.escape, err = escapeFor(c.headers.Get("Content-Type")); err != nil {
		return c, err
	}
	for _, p := range placeholder.FindAllString(all, -1) {
		if !slices.Contains([]string{"{to}", "{digits}", "{text}", "{key}"}, p) {
			return c, fmt.Errorf("the SMS gateway: %s stands for nothing; there are {to}, {digits}, {text} and {key}", p)
		}
	}
	if !strings.Contains(all, "{text}") || !strings.Contains(all, "{to}") && !strings.Contains(all, "{digits}") {
		return c, errors.New("the SMS gateway: want {text}, and {to} or {digits}, in URL or body")
	}
	if g.OK != "" {
		if c.ok, err = regexp.Compile(g.OK); err != nil {
			return c, fmt.Errorf("the SMS gateway's sign that all is well: %w", err)
		}
	}
	return c, nil
}

// escapeFor gives how a text is written within a body of that type.
func escapeFor(contentType string) (func(string) string, error) {
	kind, _, err := mime.ParseMediaType(cmp.Or(contentType, "application/json"))
	switch {
	case err != nil:
	case kind == "application/json", strings.HasSuffix(kind, "+json"):
		return jsonText, nil
	case kind == "application/x-www-form-urlencoded":
		return url.QueryEscape, nil
	case kind == "application/xml", kind == "text/xml", strings.HasSuffix(kind, "+xml"):
		return xmlText, nil
	case kind == "text/plain":
		return func(s string) string { return s }, nil
	}
	return nil, errors.New("the SMS gateway's Content-Type: want JSON, application/x-www-form-urlencoded, XML or text/plain")
}

// jsonText is a text as it stands between the quotes of JSON.
func jsonText(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}

func xmlText(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes all
	return b.String()
}

// urlText is a text within a path or a query.
func urlText(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Check implements [Channel].
func (texts) Check(address string) error {
	if !e164.MatchString(address) {
		return fault(SMS, CodeAddress, "want a telephone number with the country's code and without spaces, such as +8613812345678")
	}
	return nil
}

// Send implements [Channel].
func (c texts) Send(ctx context.Context, address string, m Message) (Receipt, error) {
	if err := c.Check(address); err != nil {
		return Receipt{}, badAddress(SMS, err)
	}
	digits := strings.TrimPrefix(address, "+")
	fill := func(template string, escape func(string) string) string {
		return strings.NewReplacer("{to}", escape(address), "{digits}", digits, "{text}", escape(plain(m, longest)), "{key}", escape(m.Key)).Replace(template)
	}
	body := fill(c.gateway.Body, c.escape)
	request, err := http.NewRequestWithContext(ctx, c.gateway.Method, fill(c.gateway.URL, urlText), strings.NewReader(body))
	if err != nil {
		return Receipt{}, refused(SMS, "the gateway's settings make no request")
	}
	request.Header.Set("User-Agent", userAgent)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, values := range c.headers {
		for _, value := range values {
			request.Header.Set(name, fill(value, line))
		}
	}
	status, said, err := post(SMS, c.client, request)
	if err != nil {
		return Receipt{}, err
	}
	answer := withoutAddress(httpAnswer(status)+" "+strings.ReplaceAll(string(said), digits, "…"), "+…")
	if c.ok != nil && !c.ok.Match(said) {
		// Which of its refusals are for good is the gateway's secret.
		return Receipt{}, &Failure{kind: SMS, answer: answer, reason: "the gateway did not say that all is well"}
	}
	return Receipt{Answer: answer}, nil
}
