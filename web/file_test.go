package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestFileForms fills in the forms of a file, as a browser without scripts does.
func TestFileForms(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	at := "/residents/r-zhao/file"
	for _, c := range []struct {
		name, path string
		form       url.Values
		status     int
		says       []string // on the page that it leads to
	}{
		{"add", at + "/allergy", url.Values{"substance": {"花生"}, "sort": {"food"}, "next": {at + "/allergy"}}, 303, []string{"花生", "food"}},
		{"something is missing", at + "/allergy", url.Values{"sort": {"food"}, "reaction": {"肿"}, "reason": {"女儿说的"}, "next": {at + "/allergy"}}, 422, []string{"Please fill this in, with at most", `value="肿"`, `value="女儿说的"`, `value="food" selected`}},
		{"no number", at + "/habits", url.Values{"cigarettes_a_day": {"many"}}, 422, []string{"This number cannot be right here"}},
		{"change", at + "/condition/e-2", url.Values{"code": {"J44.9"}, "severity": {"severe"}, "version": {"1"}, "reason": {"after the lung test"}, "next": {at + "/condition/e-2"}}, 303, []string{"after the lung test", "Version 2", "Version 1", "moderate", "severe"}},
		{"somebody else was faster", at + "/condition/e-2", url.Values{"code": {"J44.9"}, "version": {"1"}}, 409, []string{"in the meantime"}},
		{"end", at + "/medicine/e-5", url.Values{"do": {"end"}, "on_day": {"2026-11"}, "version": {"1"}, "next": {at + "/medicine/e-5"}}, 303, []string{"ended 2026-11"}},
		{"withdraw", at + "/disability/e-6", url.Values{"do": {"withdraw"}, "version": {"1"}, "reason": {"it was another's"}, "next": {at + "/disability/e-6"}}, 303, []string{"entered in error", "it was another&#39;s"}},
		{"rules", at + "/rules/copd", url.Values{"next": {at}}, 303, []string{"What the alert rules go by"}},
		{"rules once more", at + "/rules/copd", url.Values{"next": {at}}, 404, nil},
		{"of another", "/residents/r-li/file/condition/e-2", url.Values{"code": {"J44.9"}}, 404, []string{"There is nothing here"}},
		{"of no kind", at + "/diary", url.Values{}, 404, nil},
	} {
		w := ask(h, request{method: http.MethodPost, path: c.path, form: c.form, cookies: cookies})
		body := w.Body.String()
		if w.Code == http.StatusSeeOther {
			body = ask(h, request{path: w.Header().Get("Location"), cookies: cookies}).Body.String()
		}
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.status)
		}
		for _, says := range c.says {
			if !strings.Contains(body, says) {
				t.Errorf("%s does not say %q:\n%s", c.name, says, body)
			}
		}
	}
	body := ask(h, request{path: at, cookies: cookies}).Body.String()
	if strings.Contains(body, "助听器") || !strings.Contains(body, "花生") {
		t.Errorf("the file has what was withdrawn, or not what was added:\n%s", body)
	}
}

func TestAFileIsForThoseWhoMaySeeIt(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	n.files.keeps = false
	for _, path := range []string{"", "/condition", "/condition/e-2"} {
		body := ask(h, request{path: "/residents/r-zhao/file" + path, cookies: cookies}).Body.String()
		if strings.Contains(body, `name="version"`) || strings.Contains(body, "#new") {
			t.Errorf("who may not change the file is asked to, at %q:\n%s", path, body)
		}
	}
	if body := ask(h, request{path: "/residents/r-zhao", cookies: cookies}).Body.String(); !strings.Contains(body, `href="/residents/r-zhao/file"`) {
		t.Error("the resident's page does not lead to the file")
	}
	n.residents[0].Shows.File = false
	for _, path := range []string{"", "/condition", "/condition/e-2"} {
		if w := ask(h, request{path: "/residents/r-zhao/file" + path, cookies: cookies}); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "J44") {
			t.Errorf("%q: %d %s", path, w.Code, w.Body)
		}
	}
	if body := ask(h, request{path: "/residents/r-zhao", cookies: cookies}).Body.String(); strings.Contains(body, "/file") {
		t.Error("the resident's page leads to a file that may not be seen")
	}
}

// inParts makes a form that a file comes with.
func inParts(t *testing.T, file string, fields ...string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if file != "" {
		part, err := form.CreateFormFile("file", "../../x.html")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(file))
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return body, form.FormDataContentType()
}

func TestUploads(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookie := n.signedIn(t)
	for _, c := range []struct {
		name, path, file string
		fields           []string
		status           int
		says             string // on the page that it leads to
	}{
		{"a document", "document", "%PDF-1.7", []string{"title", "出院小结", "sort", "discharge"}, 303, "Open: PDF, 1 KB"},
		{"no document", "document", "<html>", []string{"title", "血检报告", "sort", "report"}, 422, `value="血检报告"`},
		{"the same, why", "document", "<html>", nil, 422, "The file is no PDF"},
		{"without a file", "document", "", []string{"title", "x"}, 422, ""},
		{"too much", "document", "%PDF-" + strings.Repeat("x", 33<<20), nil, 422, "is larger than 20 MB"},
		{"a photo", "photo", "\x89PNG...", nil, 303, "Photo"},
		{"no photo", "photo", "%PDF-1.7", nil, 422, "This is no JPEG"},
		{"no photo any more", "photo", "", []string{"do", "remove"}, 303, ""},
		{"removed twice", "photo", "", []string{"do", "remove"}, 404, ""},
	} {
		body, contentType := inParts(t, c.file, c.fields...)
		r := httptest.NewRequest(http.MethodPost, "/residents/r-zhao/file/"+c.path+"/upload", body)
		r.Header.Set("Content-Type", contentType)
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answer := w.Body.String()
		if w.Code == http.StatusSeeOther {
			answer = ask(h, request{path: w.Header().Get("Location"), cookies: []*http.Cookie{cookie}}).Body.String()
		}
		if w.Code != c.status || !strings.Contains(answer, c.says) {
			t.Errorf("%s: %d, want %d saying %q:\n%s", c.name, w.Code, c.status, c.says, answer)
		}
	}
	body, contentType := inParts(t, "%PDF-1.7")
	r := httptest.NewRequest(http.MethodPost, "/residents/r-zhao/file/document/upload", body)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.AddCookie(cookie)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("from another site: %d", w.Code)
	}
}
