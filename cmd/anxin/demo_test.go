package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/mailbox"
)

// output is what a command prints while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// demonstration is a demo that runs, and somebody who looks at it.
type demonstration struct {
	t         *testing.T
	at        string
	said, log *output
	client    *http.Client
}

func startDemo(t *testing.T, dir string) *demonstration {
	t.Helper()
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &demonstration{t: t, said: &output{}, log: &output{}, client: &http.Client{Jar: jar}}
	addr := free()
	d.at = "http://" + addr
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--http-addr", addr, "--mqtt-addr", free(), "--data-dir", dir}, d.said, d.log)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the demo ended: %v", err)
		}
	})
	return d
}

// waitFor asks until there is no error, for at most a minute.
func (d *demonstration) waitFor(what string, ask func() error) {
	d.t.Helper()
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for err := ask(); err != nil; err = ask() {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited for %s: %v\n%s", what, err, d.log)
		}
		<-tick.C
	}
}

func (d *demonstration) ask(method, path string, form url.Values) (string, error) {
	r, err := http.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := d.client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return string(body), err
}

// signIn signs in as one of the users whom the demo has printed.
func (d *demonstration) signIn(login string) {
	d.t.Helper()
	found := regexp.MustCompile(`(?m)^ +` + login + ` +(\S+)$`).FindStringSubmatch(d.said.String())
	if found == nil {
		d.t.Fatalf("no password of %s in\n%s", login, d.said)
	}
	if _, err := d.ask(http.MethodPost, d.at+"/sign-in", url.Values{"login": {login}, "password": {found[1]}}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *demonstration) read(path string, into any) {
	d.t.Helper()
	body, err := d.ask(http.MethodGet, d.at+path, nil)
	if err == nil {
		err = json.Unmarshal([]byte(body), into)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

var (
	inList  = regexp.MustCompile(`href="(` + mailbox.Path + `/\d+)">[^\n]*\n<span[^>]*>([^<]*)<`)
	tapLink = regexp.MustCompile(`href="([^"]*/t/[^"]*)"[^>]*>我来处理<`)
)

// A visitor of the demo calls for help as its first resident, finds the e-mail that
// her daughter gets at once, in her language, and taps "I have it": the alert is
// claimed. Everybody of the demo has been reached before, and nothing went wrong.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	d := startDemo(t, dir)
	d.waitFor("the dashboard", func() error {
		_, err := d.ask(http.MethodGet, d.at+"/readyz", nil)
		return err
	})
	for _, said := range []string{d.at + mailbox.Path, "mosquitto_pub", "-t 'zigbee2mqtt/h01/SOS button' -m '{\"action\":\"emergency\"}'"} {
		if !strings.Contains(d.said.String(), said) {
			t.Errorf("the demo does not say %q:\n%s", said, d.said)
		}
	}
	d.waitFor("the button", func() error {
		_, err := d.ask(http.MethodPost, d.at+mailbox.Path+"/press", nil)
		return err
	})
	var claim string
	d.waitFor("the daughter's e-mail", func() error {
		page, err := d.ask(http.MethodGet, d.at+mailbox.Path+"?to=family-r01@example.org", nil)
		if err != nil {
			return err
		}
		for _, l := range inList.FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(l[2], "紧急呼叫：李桂芳") {
				continue
			}
			words, err := d.ask(http.MethodGet, d.at+l[1]+"/words", nil)
			if err != nil {
				return err
			}
			if link := tapLink.FindStringSubmatch(words); link != nil {
				claim = html.UnescapeString(link[1])
				return nil
			}
		}
		return errors.New("there is none")
	})
	if _, err := d.ask(http.MethodPost, claim, nil); err != nil {
		t.Fatal(err)
	}
	d.signIn("admin")
	var open []struct {
		ID, Status string
		ClaimedBy  string `json:"claimed_by"`
	}
	d.read("/api/v1/alerts?status=open&rule=sos&resident=r01", &open)
	if len(open) != 1 || open[0].Status != "claimed" || open[0].ClaimedBy == "" {
		t.Fatalf("alerts after the tap: %+v", open)
	}
	var told []struct {
		Kind, Status string
		Contact      string
	}
	d.read("/api/v1/alerts/"+open[0].ID+"/deliveries", &told)
	seen := false
	for _, one := range told {
		seen = seen || one.Status == "seen"
	}
	if !seen {
		t.Errorf("nobody has seen it: %+v", told)
	}

	var residents []struct{ ID string }
	d.read("/api/v1/residents", &residents)
	if len(residents) != 12 {
		t.Errorf("%d residents", len(residents))
	}
	for _, r := range residents {
		d.waitFor("reach of "+r.ID, func() error {
			var proofs []struct {
				Severity string
				Reached  bool
			}
			d.read("/api/v1/residents/"+r.ID+"/reach", &proofs)
			for _, p := range proofs {
				if !p.Reached {
					return fmt.Errorf("nobody can be told of %s", p.Severity)
				}
			}
			return nil
		})
	}
	var roster struct{ Gaps []struct{ From time.Time } }
	d.read("/api/v1/teams/lotus-street/roster", &roster)
	if len(roster.Gaps) > 0 {
		t.Errorf("nobody is on duty: %+v", roster.Gaps)
	}
	// Reminders have a past of a week, and nobody has missed a medicine in it.
	var weeks []struct{ Due, Missed int }
	for _, resident := range []string{"r01", "r07", "r09"} {
		weeks = nil
		d.read("/api/v1/residents/"+resident+"/adherence", &weeks)
		due := 0
		for _, w := range weeks {
			if due += w.Due; w.Missed > 0 && resident != "r09" {
				t.Errorf("%s missed %+v", resident, w)
			}
		}
		if due < 7 {
			t.Errorf("in a week %d things were due for %s: %+v", due, resident, weeks)
		}
	}
	if page, err := d.ask(http.MethodGet, d.at+"/reminders", nil); err != nil || !strings.Contains(page, "data-occurrence") {
		t.Errorf("the page of reminders: %v\n%s", err, page)
	}
	// One question to experts is under way, and the daughter reads what was advised on another.
	for login, look := range map[string]struct{ at, says string }{
		"expert": {"/cases", "Waits for your opinion"}, "chair": {"/cases", "You have answered"}, "family": {"/residents/r01/consultations", "Please get up slowly."},
	} {
		d.signIn(login)
		d.waitFor("what experts say, as "+login, func() error {
			page, err := d.ask(http.MethodGet, d.at+look.at, nil)
			if err == nil && !strings.Contains(page, look.says) {
				err = fmt.Errorf("%s does not say %q", look.at, look.says)
			}
			return err
		})
	}
	tooEarly := regexp.MustCompile(`(?m)^.*the button of the demo cannot be pressed.*$`) // by the test, which asks again
	if log := tooEarly.ReplaceAllString(d.log.String(), ""); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("the log of a demo that works:\n%s", log)
	}
	if _, err := os.Stat(filepath.Join(dir, demoFile)); err != nil {
		t.Error(err)
	}
}
