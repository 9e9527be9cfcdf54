package service_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// shownErasure is an erasure as the API shows it.
type shownErasure struct {
	ID      string
	Done    bool
	Problem string
	SHA256  string
	Places  []struct {
		Store, What   string
		Before, After int64
		Kept          string
	}
}

func (p *process) erasure(id string, is func(shownErasure) bool) (one shownErasure) {
	p.t.Helper()
	p.waitFor("the erasure "+id, func() error {
		answer, err := p.get("/api/v1/erasures/" + id)
		if err != nil {
			return err
		}
		one = shownErasure{}
		if err := json.Unmarshal(answer, &one); err != nil {
			return err
		}
		if !is(one) {
			return fmt.Errorf("is %+v", one)
		}
		return nil
	})
	return one
}

// unzip reads a copy, and checks it against its manifest.
func unzip(t *testing.T, content []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := files[f.Name]; twice {
			t.Errorf("%s is in it twice", f.Name)
		}
		files[f.Name] = string(text)
	}
	var manifest struct {
		Files []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal([]byte(files["manifest.json"]), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Files) != len(files)-1 {
		t.Errorf("the manifest names %d files of %d", len(manifest.Files), len(files)-1)
	}
	for _, f := range manifest.Files {
		if sum := sha256.Sum256([]byte(files[f.Name])); hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s is another than the manifest says", f.Name)
		}
		if strings.HasSuffix(f.Name, ".json") && !json.Valid([]byte(files[f.Name])) {
			t.Errorf("%s is no JSON: %.200s", f.Name, files[f.Name])
		}
	}
	return files
}

// A resident takes a copy of all that there is, and is then erased, while the process is
// killed at its work: nothing comes back, another resident keeps everything, and the
// audit says what was done.
func TestAResidentLeaves(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(*testing.T, *service.Config)
	}{
		{"SQLite", func(*testing.T, *service.Config) {}},
		{"PostgreSQL and InfluxDB", func(t *testing.T, cfg *service.Config) {
			cfg.DatabaseURL = storetest.Postgres(t).URL
			cfg.InfluxURL, cfg.InfluxBucket = influxtest.New(t).URL, "anxin"
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := testConfig(t)
			test.set(t, &cfg)
			leaves(t, cfg)
		})
	}
}

const sent = 120

func leaves(t *testing.T, cfg service.Config) {
	var passwords []string
	var expert string
	p := newProcess(t, cfg, func(s *service.Service) {
		passwords = wearers(t, s, 2)
		live(t, s, "r-0", "r-1")
		u, err := s.AddUser(t.Context(), records.User{Login: "expert", Name: "Expert", Role: records.Expert}, "long enough")
		if err != nil {
			t.Fatal(err)
		}
		expert = u.ID
		_, secrets, err := s.Registry.Enrol(t.Context(), []devices.Enrolment{{Device: devices.Device{ID: "door", Kind: "door contact", HomeID: "h"}}})
		if err != nil {
			t.Fatal(err)
		}
		passwords = append(passwords, secrets...)
	})
	p.start()
	from := time.Now().Add(-40 * 24 * time.Hour).UnixMilli() // two months, at least
	for d := range 2 {
		c := p.connect(fmt.Sprint("d-", d), passwords[d])
		for i := range int64(sent) {
			at := from + i*40*24*3600_000/sent
			if token := c.Publish(fmt.Sprintf("anxin/v1/devices/d-%d/readings", d), 1, false, fmt.Sprintf(`{"ts":%d,"heart_rate":%d}`, at, 60+i%30)); !token.WaitTimeout(time.Minute) || token.Error() != nil {
				t.Fatal(token.Error())
			}
		}
		c.Publish(fmt.Sprintf("anxin/v1/devices/d-%d/readings", d), 1, false, `{"sos_button":"pressed"}`).Wait()
		c.Publish(fmt.Sprintf("anxin/v1/devices/d-%d/readings", d), 1, false, `{"heart_rate":`).Wait() // which goes to the quarantine
	}
	p.connect("door", passwords[2]).Publish("anxin/v1/devices/door/readings", 1, false, `{"door_contact":"open"}`).Wait()
	p.settled()
	var open []struct{ ID, Rule, Status string }
	p.waitFor("the alert", func() error {
		if p.ask(t, "/api/v1/residents/r-0/alerts", &open); len(open) != 1 {
			return fmt.Errorf("%+v are open", open)
		}
		return nil
	})
	alert := open[0].ID
	if _, err := p.request(http.MethodPost, "/api/v1/residents/r-0/file/notes", `{"body":{"text":"likes tea"}}`); err != nil {
		t.Fatal(err)
	}
	paper := pdf("her letter")
	var letter struct{ ID string }
	if answer, err := p.request(http.MethodPost, "/api/v1/residents/r-0/file/documents", `{"body":{"title":"Letter","sort":"other"},"content":"`+paper+`"}`); err != nil {
		t.Fatal(err)
	} else if err := json.Unmarshal(answer, &letter); err != nil {
		t.Fatal(err)
	}
	if err := p.post("/api/v1/panels", fmt.Sprintf(`{"id":"hearts","name":"Hearts","active":true,"members":[{"user":%q,"speciality":"Cardiology","chair":true}]}`, expert)); err != nil {
		t.Fatal(err)
	}
	if err := p.post("/api/v1/residents/r-0/consents", `{"purpose":"panel","given_by":"R","capacity":"resident","manner":"paper","proof":"folder 7"}`); err != nil {
		t.Fatal(err)
	}
	if err := p.post("/api/v1/residents/r-0/consultations", `{"panel":"hearts","question":"?","documents":["`+letter.ID+`"]}`); err != nil {
		t.Fatal(err)
	}

	copied, err := p.get("/api/v1/residents/r-0/export")
	if err != nil {
		t.Fatal(err)
	}
	holdsAll(t, unzip(t, copied))

	refused := func(code string) {
		t.Helper()
		_, err := p.request(http.MethodPost, "/api/v1/residents/r-0/erasure", `{"confirm":"r-0","reason":"asked for it"}`)
		if err == nil || !strings.Contains(err.Error(), code) {
			t.Fatalf("erased, or refused by another reason than %s: %v", code, err)
		}
	}
	refused("erasure.wears")
	with(t, cfg, func(s *service.Service) {
		if err := s.Registry.TakeOff(t.Context(), "d-0", time.Now()); err != nil {
			t.Fatal(err)
		}
	})
	refused("erasure.critical")
	if err := p.post("/api/v1/alerts/"+alert+"/resolve", `{"verdict":"test"}`); err != nil {
		t.Fatal(err)
	}
	answer, err := p.request(http.MethodPost, "/api/v1/residents/r-0/erasure", `{"confirm":"r-0","reason":"asked for it"}`)
	if err != nil {
		t.Fatal(err)
	}
	var asked shownErasure
	if err := json.Unmarshal(answer, &asked); err != nil {
		t.Fatal(err)
	}
	p.kill() // at its work, wherever it is
	p.start()
	done := p.erasure(asked.ID, func(e shownErasure) bool { return e.Done })
	before := map[string]int64{}
	for _, place := range done.Places {
		before[place.Store+" "+place.What] = place.Before
		if place.After != 0 && place.Kept == "" {
			t.Errorf("of the erased there is left: %+v", place)
		}
	}
	for what, least := range map[string]int64{
		"timeline readings": sent + 1, "journal entries": sent + 1, "journal messages": 1, "papers documents": 1, "records alerts": 1,
		"records file_entries": 2, "records consultation_evidence": 1, "records residents": 1, "records engine_states": 1, "records wearings": 1,
	} {
		if before[what] < least {
			t.Errorf("before it, there were %d %s, want at least %d", before[what], what, least)
		}
	}
	if _, err := p.get("/api/v1/residents/r-0/latest"); err == nil {
		t.Error("the resident is still there")
	}
	// The journal is read again from a checkpoint, and the live view is warmed.
	p.kill()
	p.start()
	p.settled()
	if n := len(p.readings("r-1", "heart_rate")); n != sent {
		t.Errorf("the other has %d readings, want %d", n, sent)
	}
	if n := len(p.readings("r-1", "door_contact")); n != 1 {
		t.Errorf("the other has %d readings of the door that they shared, want one", n)
	}
	p.kill()
	with(t, cfg, func(s *service.Service) {
		erased(t, s, done)
		if err := s.OpenTimeline(t.Context()); err != nil {
			t.Fatal(err)
		}
		latest, err := s.Timeline.Latest(t.Context(), time.Time{}, "r-0")
		if err != nil || len(latest) != 0 {
			t.Errorf("the timeline has %v, %v", latest, err)
		}
	})
}

// erased looks into the records for what the proof says.
func erased(t *testing.T, s *service.Service, done shownErasure) {
	t.Helper()
	columns, err := s.Records.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		if c.Table == "audit" || c.Table == "erasures" || !c.NamesResident() && !c.Text() {
			continue
		}
		if n, err := s.Records.CountNaming(t.Context(), c, "r-0"); err != nil || n != 0 {
			t.Errorf("%d rows of %s name the resident in %s, %v", n, c.Table, c.Name, err)
		}
	}
	if _, err := audit.Verify(t.Context(), s.Records); err != nil {
		t.Error(err)
	}
	entries, err := s.Audit.List(t.Context(), audit.Query{Resident: "r-0", Action: audit.Erase})
	if err != nil || len(entries) == 0 || entries[0].Reason != "proof "+done.SHA256 {
		t.Errorf("the audit says %+v, %v, want the proof %s last", entries, err, done.SHA256)
	}
	if _, err := s.Residents.Get(t.Context(), "r-0"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}

// holdsAll says what a copy must hold, and must not.
func holdsAll(t *testing.T, files map[string]string) {
	t.Helper()
	readings, months := 0, 0
	for name, text := range files {
		if path.Dir(name) == "csv/readings/heart_rate" {
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			readings, months = readings+len(rows)-1, months+1
			var same []any
			if err := json.Unmarshal([]byte(files[strings.ReplaceAll(name, "csv", "json")]), &same); err != nil || len(same) != len(rows)-1 {
				t.Errorf("%s has %d readings, its JSON %d, %v", name, len(rows)-1, len(same), err)
			}
		}
		for _, secret := range []string{"$argon2id$", "r-1", "d-1"} {
			if strings.Contains(text, secret) && name != "README.txt" {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	if readings != sent || months < 2 {
		t.Errorf("%d heart rates in %d months, want %d in two or more", readings, months, sent)
	}
	for name, says := range map[string]string{
		"README.txt": "全部资料", "json/alerts.json": "sos", "csv/alerts.csv": "sos", "json/alert_transitions.json": `"n": 1`, "json/file_versions.json": "likes tea",
		"json/residents.json": `"name": "R"`, "json/wearings.json": "d-0", "json/around/devices.json": "d-0", "json/audit.json": "export",
	} {
		if text, ok := files[name]; !ok || !strings.Contains(text, says) {
			t.Errorf("%s does not say %q: %.300s", name, says, text)
		}
	}
	documents := 0
	for name := range files {
		if strings.HasPrefix(name, "documents/") && strings.HasSuffix(name, ".pdf") {
			documents++
		}
	}
	if documents != 1 {
		t.Errorf("%d documents, want one", documents)
	}
}

// with opens the records of a service.
func with(t *testing.T, cfg service.Config, do func(*service.Service)) {
	t.Helper()
	s, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	do(s)
}

// While InfluxDB is away an erasure says so and stays; all else is erased meanwhile.
func TestAnErasureWaitsForInfluxDB(t *testing.T) {
	influx := influxtest.New(t)
	cfg := testConfig(t)
	cfg.InfluxURL, cfg.InfluxBucket = influx.URL, "anxin"
	p := newProcess(t, cfg, func(s *service.Service) {
		wearers(t, s, 1)
		if err := s.Registry.TakeOff(t.Context(), "d-0", time.Now()); err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	influx.Stop()
	answer, err := p.request(http.MethodPost, "/api/v1/residents/r-0/erasure", `{"confirm":"r-0","reason":"asked for it"}`)
	if err != nil {
		t.Fatal(err)
	}
	var asked shownErasure
	if err := json.Unmarshal(answer, &asked); err != nil {
		t.Fatal(err)
	}
	p.erasure(asked.ID, func(e shownErasure) bool { return !e.Done && strings.Contains(e.Problem, "timeline") })
	if _, err := p.get("/api/v1/residents/r-0"); err == nil {
		t.Error("the records wait for InfluxDB, too")
	}
	influx.Start()
	p.erasure(asked.ID, func(e shownErasure) bool { return e.Done && e.Problem == "" })
}

// pdf is a paper with some text, in Base64.
func pdf(text string) string { return base64.StdEncoding.EncodeToString([]byte("%PDF-1.4\n" + text)) }

// live makes residents live in a home.
func live(t *testing.T, s *service.Service, residents ...string) {
	t.Helper()
	if err := s.EnsureHome(t.Context(), devices.Home{ID: "h", Name: "a flat", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range residents {
		r, err := s.Residents.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		r.HomeID = "h"
		if _, err := s.Residents.Update(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}
