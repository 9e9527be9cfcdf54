package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are the pages by name, each within the layout.
type templates map[string]*template.Template

var pageNames = []string{"sign-in", "board", "resident", "alerts", "alert", "reminders", "assessments", "assessments-due", "assessment", "assessment-changes", "assess", "tap", "careteam", "contact", "teams", "roster", "response", "consents", "looks", "emergency", "emergencies", "account", "users", "door", "welcome", "reset", "forgot", "file", "filekind", "fileentry", "report", "week", "error", "rights", "erasures", "processing", "plans", "plan", "worn", "identity", "newcomer", "duplicates", "merge", "consultations", "ask", "consultation", "cases", "panels", "panel"}

func parseTemplates() (templates, error) {
	shared, err := template.ParseFS(templateFiles, "templates/layout.html", "templates/tile.html", "templates/alert-line.html", "templates/circle.html", "templates/options.html", "templates/reminder-line.html", "templates/assessment-parts.html", "templates/file-lines.html", "templates/report-alerts.html", "templates/identity-parts.html", "templates/panel-parts.html")
	if err != nil {
		return nil, err
	}
	pages := templates{}
	for _, name := range pageNames {
		layout, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if pages[name], err = layout.ParseFS(templateFiles, "templates/"+name+".html"); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// page is what every page shows around its own part.
type page struct {
	*locale
	Languages languages
	User      User
	Title     string
	// Path is the page's own address, to come back to.
	Path   string
	Now    time.Time
	Assets assets
	// Behind is how many minutes the judging of alerts is behind, 0 when it is not.
	Behind int
	// Stopped says which parts of Anxin do not move, "" when all do.
	Stopped string
	// Cases is set for who has a board of cases: whoever is in a panel of experts, and who
	// answers for the service.
	Cases bool
	// Unheard is set where the user can do something about it that of an open alert
	// nobody can be told.
	Unheard bool
	// Alarms are what the top of the page says about alerts.
	Alarms Alarms
	// Script names the page's script, "" when it has none, and Data is what the
	// script is given.
	Script string
	Data   *scriptData
	AsOf   string
}

// scriptData is handed to the scripts as JSON.
type scriptData struct {
	Language string    `json:"language"`
	Now      time.Time `json:"now"`
	Resident string    `json:"resident,omitempty"`
	// Zone is the IANA name of the resident's time zone.
	Zone    string            `json:"zone,omitempty"`
	Strings map[string]string `json:"strings"`
	// Extras are metrics whose first reading makes a new tile: true for those that
	// are shown with any value, false for those with one that is not the quiet one.
	Extras map[string]bool `json:"extras"`
}

// newPage is what stands around a page, with the open alerts counted. A page that
// lists them begins with [Site.listPage].
func (s *Site) newPage(r *http.Request, user User, title string) page {
	p := s.listPage(r, user, title)
	if user.ID == "" {
		return p
	}
	counted, err := s.alerts.Count(r.Context(), user)
	if err != nil && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "count the open alerts", "error", err)
	}
	p.Alarms = counted
	p.Alarms.Unknown = err != nil
	return p
}

// listPage is a page that counts the open alerts itself.
func (s *Site) listPage(r *http.Request, user User, title string) page {
	p := s.barePage(r, user, title)
	if user.ID == "" || p.Cases {
		return p
	}
	var err error
	if p.Cases, err = s.panels.Sits(r.Context(), user); err != nil && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "look whether the user is in a panel", "error", err)
	}
	return p
}

// barePage is a page about which nothing was asked yet.
func (s *Site) barePage(r *http.Request, user User, title string) page {
	l := s.languages.of(r, user)
	p := page{
		locale: l, Languages: s.languages, User: user, Title: l.T(title), Path: r.URL.RequestURI(),
		Now: s.now(), Assets: s.assets, Alarms: Alarms{Unknown: true}, Cases: user.Expert || user.Manages,
	}
	if user.ID != "" {
		if aboutSomebody(r.URL.Path) {
			p.Script = "access.js"
		}
		p.Behind = int(s.judging.Behind() / time.Minute)
		broken := s.judging.Stopped()
		if i := slices.Index(broken, SomebodyPart); i >= 0 {
			p.Unheard = user.Staff
			broken = slices.Delete(slices.Clone(broken), i, i+1)
		}
		p.Stopped = l.stopped(broken)
	}
	return p
}

// aboutSomebody reports whether pages of a path show what is known of somebody: they close
// when that may not be seen any more, also those that are not live.
func aboutSomebody(path string) bool {
	return slices.ContainsFunc([]string{"/residents/", "/consultations/", "/cases"}, func(begin string) bool { return strings.HasPrefix(path, begin) })
}

// stopped names the parts that do not move.
func (l *locale) stopped(parts []Part) string {
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = l.T("part." + string(part))
	}
	return strings.Join(names, l.T("list.and"))
}

// live gives the page its script. Before the script runs, and where it cannot,
// the page says as of when it is, in the given zone.
func (p *page) live(script string, zone *time.Location) *scriptData {
	p.AsOf = p.Now.In(zone).Format("15:04:05 MST")
	return p.scripted(script)
}

// scripted gives the page a script that does not keep it live.
func (p *page) scripted(script string) *scriptData {
	p.Script = script
	p.Data = &scriptData{Language: p.Tag, Now: p.Now.UTC(), Strings: p.forScripts(), Extras: map[string]bool{}}
	return p.Data
}

// render writes a page, or nothing of it: half a board must not look whole.
func (s *Site) render(w http.ResponseWriter, status int, name string, view any) {
	var b bytes.Buffer
	if err := s.templates[name].ExecuteTemplate(&b, "layout.html", view); err != nil {
		s.log.Error("render page", "page", name, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}
