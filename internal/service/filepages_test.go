package service_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// upload sends a form that a file comes with, and returns the status.
func (p *process) upload(path, content string, fields ...string) int {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			p.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "x")
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = part.Write([]byte(content))
	if err := form.Close(); err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.cfg.HTTPAddr+path, &body)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", form.FormDataContentType())
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// A file is filled in on the pages of a running service, is there after a restart,
// feeds a reminder and the rules, and is not for a daughter who is only told.
func TestAFileOnThePages(t *testing.T) {
	t.Parallel()
	var family string
	cfg := testConfig(t)
	p := newProcess(t, cfg, func(s *service.Service) {
		wearers(t, s, 1)
		u, err := s.AddUser(t.Context(), records.User{Login: "hong", Name: "Hong", Role: records.Family}, "long enough")
		if err == nil {
			family, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, "")
		}
		if err == nil {
			_, err = s.People.AddContact(t.Context(), records.Contact{ID: "hong", User: u.ID, Name: "Hong", TimeZone: "Asia/Shanghai"})
		}
		if err == nil {
			err = s.People.SetMember(t.Context(), records.Membership{Resident: "r-0", Contact: "hong", Relation: records.AsFamily})
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	at := "/residents/r-0/file"
	says := func(path string, form url.Values, want int) {
		t.Helper()
		form.Set("next", at)
		if status, _ := p.submit(at+path, form); status != want {
			t.Errorf("%s %v: %d, want %d", path, form, status, want)
		}
	}
	p.page("/residents/r-0", at)
	says("/condition", url.Values{"code": {"J44.9"}, "since": {"2012"}, "version": {"0"}}, http.StatusSeeOther)
	says("/condition", url.Values{"since": {"2012"}, "version": {"0"}}, http.StatusUnprocessableEntity)
	says("/particulars", url.Values{"address": {"Lane 5"}, "payment": {"employees", "commercial"}, "version": {"0"}}, http.StatusSeeOther)
	says("/particulars", url.Values{"address": {"Lane 6"}, "version": {"0"}}, http.StatusConflict)
	says("/medicine", url.Values{"name": {"Metformin"}, "remind": {"yes"}, "schedule": {"daily at 08:00"}}, http.StatusSeeOther)
	says("/medicine", url.Values{"name": {"Metformin"}, "remind": {"yes"}, "schedule": {"often"}}, http.StatusUnprocessableEntity)
	says("/rules/copd", url.Values{}, http.StatusSeeOther)
	says("/rules/copd", url.Values{}, http.StatusNotFound)

	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, content string
		want          int
	}{
		{"/document/upload", "%PDF-1.7 of r-0", http.StatusSeeOther}, {"/document/upload", "<html>", http.StatusUnprocessableEntity},
		{"/photo/upload", picture.String(), http.StatusSeeOther}, {"/photo/upload", "%PDF-1.7", http.StatusUnprocessableEntity},
	} {
		if got := p.upload(at+c.path, c.content, "title", "Letter", "sort", "discharge"); got != c.want {
			t.Errorf("upload %.8q to %s: %d, want %d", c.content, c.path, got, c.want)
		}
	}
	p.kill()
	p.start()
	p.page(at, "Chronic obstructive pulmonary disease", "Lane 5", "employees&#39; insurance", "Metformin", "Letter", "Open: PDF, 1 KB", "COPD", "/file/photo")
	p.page("/residents/r-0", "/file/photo")
	p.page("/api/v1/residents/r-0/reminders", "Metformin", "daily at 08:00")
	kept, err := filepath.Glob(filepath.Join(cfg.DataDir, "papers", "*", "*"))
	if err != nil || len(kept) != 2 {
		t.Errorf("papers: %v, %v", kept, err)
	}
	for _, path := range kept {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}

	p.token = family
	if page := p.page("/residents/r-0"); strings.Contains(page, at) {
		t.Error("who may not see the file is led to it")
	}
	for _, path := range []string{"", "/condition", "/document"} {
		if body, err := p.get(at + path); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("GET %s: %s, %v", path, body, err)
		}
	}
	says("/note", url.Values{"text": {"x"}}, http.StatusNotFound)
	if got := p.upload(at+"/document/upload", "%PDF-1.7", "title", "x", "sort", "other"); got != http.StatusNotFound {
		t.Errorf("a document of who may not: %d", got)
	}
}

// tenYears fills the timeline with what a bracelet that speaks every five minutes has
// measured in ten years: five million readings.
func tenYears(b *testing.B, dir, resident, device string) {
	b.Helper()
	kept, err := timeline.OpenSQL(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer kept.Close()
	const messages, group = 1_000_000, 10_000
	begin := time.Now().Add(-messages * 5 * time.Minute).UnixMilli()
	reports := make([]vitals.Report, group)
	for n := 0; n < messages; n += group {
		for i := range reports {
			at, turn := begin+int64(n+i)*(5*time.Minute).Milliseconds(), float64((n+i)%40)
			reports[i] = vitals.Report{Device: device, Residents: []string{resident}, Received: at, Samples: []vitals.Sample{{At: at, Values: []vitals.Value{
				{Metric: vitals.HeartRate, Number: 60 + turn}, {Metric: vitals.SpO2, Number: 95 + turn/10}, {Metric: vitals.RespiratoryRate, Number: 12 + turn/10},
				{Metric: vitals.BodyTemperature, Number: 36 + turn/40}, {Metric: vitals.StepCount, Number: turn},
			}}}}
		}
		if err := kept.Append(b.Context(), reports, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFile opens a file of ten years with 3,000 entries and five million readings
// beside it, over HTTP.
func BenchmarkFile(b *testing.B) {
	cfg := testConfig(b)
	tenYears(b, cfg.DataDir, "r-0", "d-0")
	p := newProcess(b, cfg, func(s *service.Service) {
		wearers(b, s, 1)
		for i := range 3000 {
			on := healthfile.Day(fmt.Sprintf("20%02d-%02d", 16+i%10, 1+i%12))
			var body healthfile.Body
			switch i % 6 {
			case 0:
				body = &healthfile.Condition{Code: "I10", Since: on, Note: strings.Repeat("as before ", 10)}
			case 1:
				body = &healthfile.Medicine{Name: fmt.Sprint("Medicine ", i), Strength: "5 mg", Dose: "1 tablet", Schedule: "daily at 08:00", From: on}
			case 2:
				body = &healthfile.Vaccination{Against: "Influenza", On: on}
			case 3:
				body = &healthfile.Task{What: fmt.Sprint("Visit ", i), Who: "nurse", Due: on, Status: "done"}
			default:
				body = &healthfile.Note{On: on, Text: strings.Repeat("was well, and walked to the market. ", 5)}
			}
			e, err := s.File.Add(b.Context(), "r-0", body, records.Change{By: "test", Reason: "visit"})
			if err == nil && i%2 == 0 {
				_, err = s.File.End(b.Context(), "r-0", e.Kind, e.ID, "", records.Change{By: "test"})
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	p.start()
	p.page("/residents/r-0", "file")
	to := time.Now()
	month := fmt.Sprintf("from=%d&to=%d", to.AddDate(0, 0, -30).UnixMilli(), to.UnixMilli())
	for _, asked := range [][2]string{
		{"resident", "/residents/r-0"}, {"page", "/residents/r-0/file"}, {"kind", "/residents/r-0/file/note"}, {"api", "/api/v1/residents/r-0/file"},
		{"latest", "/api/v1/residents/r-0/latest"}, {"month", "/api/v1/residents/r-0/readings?metric=heart_rate&every=1h&fn=mean&" + month},
	} {
		name, path := asked[0], asked[1]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := p.get(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
