package channels_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/channels"
)

const number = "+8613812345678"

type request struct {
	method string
	url    *url.URL
	header http.Header
	body   string
}

// gateway is an SMS gateway that gives the answer.
func gateway(t *testing.T, status int, answer string) (address string, calls chan request) {
	t.Helper()
	calls = make(chan request, 4)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- request{r.Method, r.URL, r.Header, string(body)}
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

// nasty is a message that would break out of any place it is put into.
func nasty() channels.Message {
	m := fallen()
	m.Text = `"}, {"to": "+1555"}; <b>&amp; {to} {key} 100% a+b=c&to=1` + "\r\nX-Evil: 1\n心率"
	m.Links = nil
	return m
}

func TestSMSAsJSON(t *testing.T) {
	address, calls := gateway(t, 200, `{"code": 0, "id": "m-1", "to": "8613812345678"}`)
	s := newSet(t, channels.Config{SMS: channels.Gateway{
		URL: address + "/v1/send?app=1", Headers: []string{"Authorization: Bearer S3CRET", "Idempotency-Key: {key}"},
		Body: `{"phones": ["{to}"], "msg": {"text": "{text}"}, "ref": "{key}"}`, OK: `"code": *0\b`,
	}})
	m := nasty()
	m.Key = "k\r\nX-Evil: 1"
	receipt, err := s.Send(t.Context(), channels.SMS, number, m)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Delivered || receipt.Answer != `HTTP 200 {"code": 0, "id": "m-1", "to": "…"}` {
		t.Errorf("receipt %+v", receipt)
	}
	call := <-calls
	var got struct {
		Phones []string
		Msg    struct{ Text string }
		Ref    string
	}
	if err := json.Unmarshal([]byte(call.body), &got); err != nil {
		t.Fatalf("%v in %s", err, call.body)
	}
	if call.method != "POST" || len(got.Phones) != 1 || got.Phones[0] != number || got.Msg.Text != m.Text || got.Ref != m.Key {
		t.Errorf("%s %+v", call.method, got)
	}
	if call.header.Get("Authorization") != "Bearer S3CRET" || call.header.Get("X-Evil") != "" || call.header.Get("Content-Type") != "application/json" || call.url.RawQuery != "app=1" {
		t.Errorf("headers %v, query %s", call.header, call.url.RawQuery)
	}
}

func TestSMSAsForm(t *testing.T) {
	address, calls := gateway(t, 200, "OK")
	s := newSet(t, channels.Config{SMS: channels.Gateway{URL: address, Headers: []string{"Content-Type: application/x-www-form-urlencoded"}, Body: "to={digits}&text={text}&from=Anxin"}})
	if _, err := s.Send(t.Context(), channels.SMS, number, nasty()); err != nil {
		t.Fatal(err)
	}
	form, err := url.ParseQuery((<-calls).body)
	if err != nil || form.Get("to") != number[1:] || form.Get("text") != nasty().Text || form.Get("from") != "Anxin" || len(form) != 3 {
		t.Errorf("form %v, %v", form, err)
	}
}

func TestSMSAsQuery(t *testing.T) {
	address, calls := gateway(t, 200, "OK")
	s := newSet(t, channels.Config{SMS: channels.Gateway{URL: address + "/{to}/send?text={text}&key=S3CRET", Method: "GET"}})
	if _, err := s.Send(t.Context(), channels.SMS, number, nasty()); err != nil {
		t.Fatal(err)
	}
	call := <-calls
	if q := call.url.Query(); call.method != "GET" || call.url.Path != "/"+number+"/send" || q.Get("text") != nasty().Text || len(q) != 2 || call.body != "" {
		t.Errorf("%s %s", call.method, call.url)
	}
}

func TestSMSAsXML(t *testing.T) {
	address, calls := gateway(t, 200, "OK")
	s := newSet(t, channels.Config{SMS: channels.Gateway{URL: address, Headers: []string{"Content-Type: text/xml; charset=utf-8"}, Body: "<sms><to>{to}</to><text>{text}</text></sms>"}})
	m := nasty()
	m.Text = strings.ReplaceAll(m.Text, "\r", "")
	if _, err := s.Send(t.Context(), channels.SMS, number, m); err != nil {
		t.Fatal(err)
	}
	var got struct {
		To   string `xml:"to"`
		Text string `xml:"text"`
	}
	if err := xml.Unmarshal([]byte((<-calls).body), &got); err != nil || got.To != number || got.Text != m.Text {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSMSRefused(t *testing.T) {
	for name, c := range map[string]struct {
		status    int
		answer    string
		permanent bool
		want      string
	}{
		"down":                      {502, "<html>+8613812345678", false, "HTTP 502"},
		"too many":                  {429, "", false, "HTTP 429"},
		"wrong number":              {400, "no such number +8613812345678", true, "HTTP 400"},
		"a refusal that says 200":   {200, `{"code": 105, "to": "+8613812345678"}`, false, `HTTP 200 {"code": 105, "to": "…"}`},
		"another page in its place": {200, "<html>welcome", false, "HTTP 200 <html>welcome"},
	} {
		t.Run(name, func(t *testing.T) {
			address, _ := gateway(t, c.status, c.answer)
			s := newSet(t, channels.Config{SMS: channels.Gateway{URL: address + "/?key=S3CRET", Body: `{"to": "{to}", "text": "{text}"}`, OK: `"code": *0\b`}})
			wants(t, fails(t, t.Context(), s, channels.SMS, number, "S3CRET", number[1:]), c.permanent, false, c.want)
		})
	}
}

func TestSMSAddresses(t *testing.T) {
	s := newSet(t, channels.Config{SMS: channels.Gateway{URL: "https://example.org", Body: "{to}{text}"}})
	if err := s.Check(channels.SMS, number); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"", "13812345678", "+0123456789", "+86 138 1234 5678", "+123456", "+1234567890123456", "+8613812345678\n", "tel:+8613812345678"} {
		refuses(t, s, channels.SMS, address, channels.CodeAddress)
	}
}

func TestSMSSettings(t *testing.T) {
	for name, g := range map[string]channels.Gateway{
		"no URL":             {URL: "sms.example.org", Body: "{to}{text}"},
		"no text":            {URL: "https://example.org/{to}"},
		"no number":          {URL: "https://example.org/", Body: "{text}"},
		"an unknown part":    {URL: "https://example.org/", Body: "{to}{text}{name}"},
		"a header without :": {URL: "https://example.org/", Body: "{to}{text}", Headers: []string{"S3CRET"}},
		"a picture":          {URL: "https://example.org/", Body: "{to}{text}", Headers: []string{"Content-Type: image/png"}},
		"a broken sign":      {URL: "https://example.org/", Body: "{to}{text}", OK: "("},
	} {
		if _, err := channels.New(channels.Config{SMS: g}); err == nil || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
