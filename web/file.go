package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// fileView is a resident's file, to read and to print.
type fileView struct {
	page
	Resident Resident
	File     File
	// Who says in a line who it is; Printed when the page was made.
	Who, Printed string
	Sections     []fileSectionView
	Wearings     []wearingLine
	Proposals    []proposalLine
	// Assessments are the newest by each form, Around who cares for the resident.
	Assessments []fileFact
	Around      []fileFact
	// Merges are the files that went into this one.
	Merges []mergedLine
}

// proposalLine is what the rules could go by.
type proposalLine struct{ At, Says, Button string }

// fileSectionView is one kind of entries.
type fileSectionView struct {
	FileSection
	l     *locale
	Title string
	// At is where the kind has its page.
	At       string
	download string // where papers are
	Lines    []fileLine
}

// fileLine is an entry as pages list it.
type fileLine struct {
	FileEntry
	Title string
	Facts []fileFact
	// At is where the entry has its page. Over says that it does not hold any more, ""
	// while it does. Changed says who changed it, and when.
	At, Over, Changed string
	// Download is where the paper of a document is, Holds says what it is.
	Download, Holds string
}

// fileFact is one thing that an entry says.
type fileFact struct{ Label, Value string }

type wearingLine struct{ Device, Name, From, To string }

const (
	// mostOnFile is how many entries of a kind the file shows, mostOfKind its own page.
	mostOnFile = 40
	mostOfKind = 200
)

func (s *Site) fileOf(r *http.Request, user User) (Resident, error) {
	resident, err := s.residents.Resident(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return resident, fmt.Errorf("read the resident: %w", err)
	}
	if !resident.Shows.File {
		return resident, ErrNotFound
	}
	return resident, nil
}

func (s *Site) file(w http.ResponseWriter, r *http.Request, user User) error {
	resident, err := s.fileOf(r, user)
	if err != nil {
		return err
	}
	file, err := s.files.File(r.Context(), user, resident.ID, mostOnFile)
	if err != nil {
		return fmt.Errorf("read the file of resident %s: %w", resident.ID, err)
	}
	view := fileView{page: s.newPage(r, user, "file.title"), Resident: resident, File: file}
	view.Title = view.T("file.of", "name", resident.Name)
	view.Who = view.who(resident, file)
	printed := view.Now.In(resident.Zone).Format(minuteLayout)
	view.Printed = view.T("file.printed", "time", printed, "n", file.Version)
	if file.Version == 0 {
		view.Printed = view.T("file.printed_empty", "time", printed)
	}
	for _, section := range file.Sections {
		view.Sections = append(view.Sections, view.fileSection(section, resident))
	}
	for _, worn := range file.Wearings {
		view.Wearings = append(view.Wearings, view.wearing(worn, resident.Zone))
	}
	for i, name := range file.Conditions {
		view.File.Conditions[i] = view.condition(name)
	}
	for i, limit := range file.Limits {
		view.File.Limits[i].Name = view.limit(limit.Name)
	}
	if file.Keeps {
		view.Proposals = view.proposals(file, resident)
	}
	if err := s.aroundFile(r.Context(), user, &view); err != nil {
		return err
	}
	merged, err := s.identities.Merged(r.Context(), user, resident.ID)
	if err != nil {
		return fmt.Errorf("list the merges of resident %s: %w", resident.ID, err)
	}
	view.Merges = view.mergedLines(slices.DeleteFunc(merged, func(m Merged) bool { return !m.UndoneAt.IsZero() || m.Survivor.ID != resident.ID }), resident)
	s.render(w, http.StatusOK, "file", view)
	return nil
}

// aroundFile adds how the resident was assessed last, and who cares for them.
func (s *Site) aroundFile(ctx context.Context, user User, view *fileView) error {
	assessed, err := s.assessments.List(ctx, user, view.Resident.ID)
	if err != nil {
		return fmt.Errorf("list the assessments of resident %s: %w", view.Resident.ID, err)
	}
	known := map[string]bool{}
	for _, a := range assessed {
		if known[a.FormID] {
			continue
		}
		known[a.FormID] = true
		line := view.assessmentLine(a)
		says := strings.Join(slices.DeleteFunc([]string{line.Band, line.Score, a.Day}, func(s string) bool { return s == "" }), " · ")
		view.Assessments = append(view.Assessments, fileFact{view.formTitle(a), says})
	}
	around, err := s.people.Circle(ctx, user, view.Resident.ID)
	if errors.Is(err, ErrNotFound) {
		return nil // who may see the file need not be one of them
	}
	if err != nil {
		return fmt.Errorf("read the care team of resident %s: %w", view.Resident.ID, err)
	}
	for _, m := range around.Members {
		view.Around = append(view.Around, fileFact{view.T("relation." + string(m.Relation)), strings.TrimSpace(m.Name + " " + m.Phone)})
	}
	return nil
}

// proposals say what the rules could go by, and why.
func (p *page) proposals(file File, resident Resident) (lines []proposalLine) {
	for _, proposed := range file.Proposals {
		i := slices.IndexFunc(file.Sections, func(s FileSection) bool { return s.Kind == proposed.Entry.Kind })
		if i < 0 {
			continue
		}
		section := p.fileSection(FileSection{Kind: proposed.Entry.Kind, Fields: file.Sections[i].Fields, Entries: []FileEntry{proposed.Entry}}, resident)
		says, button := "file.proposed", "file.accept"
		if proposed.Over {
			says, button = "file.proposed_no_more", "file.accept_no_more"
		}
		lines = append(lines, proposalLine{
			At:   "/residents/" + resident.ID + "/file/rules/" + proposed.Condition,
			Says: p.T(says, "what", section.Lines[0].Title, "condition", p.condition(proposed.Condition)), Button: p.T(button),
		})
	}
	return lines
}

// acceptProposal has the rules go by what the file proposes.
func (s *Site) acceptProposal(ctx context.Context, user User, resident string, r *http.Request) error {
	return s.files.Accept(ctx, user, resident, chi.URLParam(r, "condition"))
}

// who is a resident in a line.
func (p *page) who(resident Resident, file File) string {
	var said []string
	if file.Born != "" {
		said = append(said, p.T("file.born", "day", file.Born, "age", file.Age))
	}
	if file.Sex != "" && file.Sex != "unknown" {
		said = append(said, p.T("sex."+file.Sex))
	}
	if resident.Home != "" {
		said = append(said, p.T("resident.home", "home", resident.Home))
	}
	if resident.Room != "" {
		said = append(said, resident.Room)
	}
	return strings.Join(said, " · ")
}

func (p *page) wearing(worn Wearing, zone *time.Location) wearingLine {
	line := wearingLine{Device: worn.Device, Name: worn.Name, From: p.T("file.from_first"), To: p.T("file.still")}
	if !worn.From.IsZero() {
		line.From = worn.From.In(zone).Format("2006-01-02 15:04")
	}
	if !worn.To.IsZero() {
		line.To = worn.To.In(zone).Format("2006-01-02 15:04")
	}
	return line
}

func (p *page) fileSection(section FileSection, resident Resident) fileSectionView {
	view := fileSectionView{
		FileSection: section, l: p.locale, Title: p.T("kind." + section.Kind), At: "/residents/" + resident.ID + "/file/" + section.Kind,
		download: "/api/v1/residents/" + resident.ID + "/file/documents/",
	}
	for _, e := range section.Entries {
		view.Lines = append(view.Lines, view.line(e, resident.Zone))
	}
	return view
}

// headings are the fields that make the title of an entry.
var headings = map[string][]string{
	"condition": {"name"}, "allergy": {"substance"}, "medicine": {"name", "strength"}, "operation": {"what"}, "family_history": {"relative", "name"},
	"vaccination": {"against"}, "disability": {"sort", "what"}, "goal": {"what"}, "task": {"what"}, "note": {"title"}, "document": {"title"},
}

// line shows an entry.
func (v *fileSectionView) line(e FileEntry, zone *time.Location) fileLine {
	line := fileLine{FileEntry: e, At: v.At + "/" + e.ID, Changed: v.l.changed(e, zone)}
	called := v.l.in(e.Called)
	var title []string
	for _, name := range headings[e.Kind] {
		words := v.l.said(v.Fields, name, e.Values)
		if name == "name" && called != "" {
			words = called
		}
		if words != "" {
			title = append(title, words)
		}
	}
	line.Title = strings.Join(title, " · ")
	if line.Title == "" {
		line.Title = v.Title
	}
	for _, f := range v.Fields {
		words := v.l.said(v.Fields, f.Name, e.Values)
		inTitle := slices.Contains(headings[e.Kind], f.Name) && !(f.Name == "name" && called != "" && words != called)
		if words != "" && !inTitle {
			line.Facts = append(line.Facts, fileFact{v.l.T("field." + f.Name), words})
		}
	}
	if e.Paper != "" && e.State != "entered_in_error" {
		line.Download = v.download + e.ID + "/content"
		line.Holds = v.l.T("file.open", "type", strings.ToUpper(e.Paper[strings.Index(e.Paper, "/")+1:]), "size", size(e.Size))
	}
	switch {
	case e.State == "ended" && e.EndedOn != "":
		line.Over = v.l.T("file.ended_on", "day", e.EndedOn)
	case e.State != "current":
		line.Over = v.l.T("file.is_" + e.State)
	}
	return line
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KB", (bytes+1023)>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}

// changed says who changed an entry, when and why.
func (l *locale) changed(e FileEntry, zone *time.Location) string {
	by := e.ChangedBy
	if by == "" {
		by = l.T("file.command_line")
	}
	return l.T("file.changed", "time", e.ChangedAt.In(zone).Format("2006-01-02 15:04"), "name", by)
}

// said is what an entry says in a field, in words.
func (l *locale) said(fields []FileField, name string, values map[string][]string) string {
	i := slices.IndexFunc(fields, func(f FileField) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	var words []string
	for _, value := range values[name] {
		switch fields[i].Type {
		case "choice", "choices":
			value = l.T("choice." + name + "." + value)
		case "yes":
			value = l.T("word.yes")
		}
		if name == "schedule" {
			value = l.schedule(ReminderPlan{Schedule: value})
		}
		words = append(words, value)
	}
	return strings.Join(words, l.T("list.and"))
}
