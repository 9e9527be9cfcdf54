package influxtest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/internal/influxtest"
)

func ask(t *testing.T, s *influxtest.Server, query string) string {
	t.Helper()
	resp, err := http.PostForm(s.URL+"/query", url.Values{"q": {query}, "db": {"db"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func write(t *testing.T, s *influxtest.Server, line string) {
	t.Helper()
	resp, err := http.Post(s.URL+"/write?db=db", "text/plain", strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatal(resp.Status)
	}
}

func TestServer(t *testing.T) {
	s := influxtest.New(t)
	before := s.URL
	ask(t, s, "CREATE DATABASE db")
	write(t, s, "m v=1 1")
	s.Stop()
	if _, err := http.Get(s.URL + "/ping"); err == nil {
		t.Fatal("it answers after it was stopped")
	}
	restore := s.Backup()
	s.Start()
	if got := ask(t, s, "SELECT count(v) FROM m"); s.URL != before || !strings.Contains(got, `,1]`) {
		t.Fatalf("after a stop: %s %s", s.URL, got)
	}
	write(t, s, "m v=2 2")
	if got := ask(t, s, "SELECT count(v) FROM m"); !strings.Contains(got, `,2]`) {
		t.Fatalf("after a second line: %s", got)
	}
	s.Kill()
	restore()
	s.Start()
	if got := ask(t, s, "SELECT count(v) FROM m"); !strings.Contains(got, `,1]`) {
		t.Fatalf("after the copy was put back: %s", got)
	}
	s.Wipe()
	s.Start()
	if got := ask(t, s, "SHOW DATABASES"); strings.Contains(got, `"db"`) {
		t.Fatalf("after a wipe: %s", got)
	}
}
