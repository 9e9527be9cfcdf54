package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"
)

// fileKindView is one kind of entries with what can be said about it.
type fileKindView struct {
	page
	Resident Resident
	Section  fileSectionView
	// New is the form for another one, and of a kind with one entry for that.
	New fileForm
	// Photo is set on the page that the resident's photo is changed on, Photographed
	// where there is one.
	Photo, Photographed bool
	PhotoWrong          string
	// Older leads to those that come after, "" where there are none.
	Older string
}

// fileEntryView is one entry with all its versions.
type fileEntryView struct {
	page
	Resident Resident
	Section  fileSectionView
	Is       fileLine
	// Was are all versions, the newest first.
	Was    []fileLine
	Change fileForm
}

// fileForm is what is asked of an entry.
type fileForm struct {
	At, Next string
	Version  int
	Inputs   []fileInput
	Reason   string
	// Wrong is set when something that was said is not right; it is open then.
	Wrong bool
	// Uploads is set for a form that a file comes with, FileWrong says what is wrong with
	// it.
	Uploads   bool
	FileWrong string
	Diagnoses []option
	l         *locale
}

// Say is a message.
func (f fileForm) Say(key string) string { return f.l.T(key) }

// fileInput is one field with what is said in it.
type fileInput struct {
	FileField
	Label, Value, Wrong string
	Options             []option
	// Hint says how it is filled in, "" where that is plain.
	Hint string
	// List names the values to choose from, "" for none.
	List string
}

func (s *Site) fileForm(l *locale, section *fileSectionView, values map[string][]string, wrong FileFault) fileForm {
	form := fileForm{At: section.At, Next: section.At, Wrong: len(wrong) > 0, l: l}
	if wrong["file"] != "" {
		form.FileWrong = l.T("file.wrong_file")
	}
	for _, f := range section.Fields {
		in := fileInput{FileField: f, Label: l.T("field." + f.Name)}
		if wrong[f.Name] != "" {
			in.Wrong = l.wanted(f)
		}
		if len(values[f.Name]) > 0 {
			in.Value = values[f.Name][0]
		}
		for _, choice := range f.Choices {
			in.Options = append(in.Options, option{choice, l.T("choice." + f.Name + "." + choice), slices.Contains(values[f.Name], choice)})
		}
		if f.Type == "day" {
			in.Hint = l.T("file.day_hint")
		}
		if f.Name == "schedule" {
			in.Hint = l.T("file.schedule_hint")
		}
		if f.Name == "code" {
			in.List = "diagnoses"
			for _, d := range s.files.Diagnoses() {
				form.Diagnoses = append(form.Diagnoses, option{Value: d.Code, Label: l.in(d.Called)})
			}
		}
		form.Inputs = append(form.Inputs, in)
	}
	return form
}

func (s *Site) fileKind(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showKind(w, r, user, chi.URLParam(r, "kind"), http.StatusOK, nil, nil)
}

// showKind shows the page of a kind, with a form that was not filled in right.
func (s *Site) showKind(w http.ResponseWriter, r *http.Request, user User, kind string, status int, said url.Values, wrong FileFault) error {
	resident, err := s.fileOf(r, user)
	if err != nil {
		return err
	}
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	after = max(0, after)
	section, err := s.files.Section(r.Context(), user, resident.ID, kind, after, mostOfKind)
	if err != nil {
		return fmt.Errorf("read the file of resident %s: %w", resident.ID, err)
	}
	view := fileKindView{page: s.newPage(r, user, "file.title"), Resident: resident}
	view.Section = view.fileSection(section, resident)
	view.Title = view.Section.Title + " · " + resident.Name
	view.Path = view.Section.At
	values := map[string][]string(said)
	if section.Single && len(section.Entries) > 0 && said == nil {
		values = section.Entries[0].Values
	}
	view.New = s.fileForm(view.locale, &view.Section, values, wrong)
	view.New.Reason = said.Get("reason")
	if section.Kind == documents {
		view.New.At, view.New.Uploads = view.Section.At+"/upload", true
	}
	if section.Single && len(section.Entries) > 0 {
		view.New.At, view.New.Version = view.Section.Lines[0].At, section.Entries[0].Version
	}
	if wrong["photo"] != "" {
		view.PhotoWrong, view.New.Wrong = view.T("file.wrong_photo"), false
	}
	view.Photo, view.Photographed = section.Kind == "particulars" && section.Keeps && resident.Shows.Documents, resident.Photo
	if section.More > 0 {
		view.Older = view.Section.At + "?after=" + strconv.Itoa(after+mostOfKind)
	}
	s.render(w, status, "filekind", view)
	return nil
}

func (s *Site) fileEntry(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showEntry(w, r, user, http.StatusOK, nil, nil)
}

func (s *Site) showEntry(w http.ResponseWriter, r *http.Request, user User, status int, said url.Values, wrong FileFault) error {
	resident, err := s.fileOf(r, user)
	if err != nil {
		return err
	}
	ctx, kind, id := r.Context(), chi.URLParam(r, "kind"), chi.URLParam(r, "entry")
	versions, err := s.files.Versions(ctx, user, resident.ID, kind, id)
	if err != nil {
		return fmt.Errorf("read entry %s: %w", id, err)
	}
	section, err := s.files.Section(ctx, user, resident.ID, kind, 0, 0)
	if err != nil {
		return fmt.Errorf("read the file of resident %s: %w", resident.ID, err)
	}
	section.Entries = versions
	view := fileEntryView{page: s.newPage(r, user, "file.title"), Resident: resident}
	view.Section = view.fileSection(section, resident)
	view.Was, view.Is = view.Section.Lines, view.Section.Lines[0]
	view.Title = view.Is.Title + " · " + resident.Name
	view.Path = view.Is.At
	values := map[string][]string(said)
	if said == nil {
		values = view.Is.Values
	}
	view.Change = s.fileForm(view.locale, &view.Section, values, wrong)
	view.Change.At, view.Change.Next, view.Change.Version, view.Change.Reason = view.Is.At, view.Is.At, view.Is.Version, said.Get("reason")
	s.render(w, status, "fileentry", view)
	return nil
}

// keepEntry takes in a form about an entry. What is wrong with it is said on the
// same page, with all that was filled in.
func (s *Site) keepEntry(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	ctx, resident, kind, id := r.Context(), chi.URLParam(r, "id"), chi.URLParam(r, "kind"), chi.URLParam(r, "entry")
	version, _ := strconv.Atoi(r.PostFormValue("version"))
	said := FileSaying{Values: r.PostForm, Reason: reason, Version: version}
	switch r.PostFormValue("do") {
	case "end":
		err = s.files.End(ctx, user, resident, kind, id, r.PostFormValue("on_day"), said)
	case "withdraw":
		err = s.files.Withdraw(ctx, user, resident, kind, id, said)
	default:
		err = s.files.Keep(ctx, user, resident, kind, id, said)
	}
	var wrong FileFault
	switch {
	case errors.As(err, &wrong) && id == "":
		return s.showKind(w, r, user, kind, http.StatusUnprocessableEntity, r.PostForm, wrong)
	case errors.As(err, &wrong):
		return s.showEntry(w, r, user, http.StatusUnprocessableEntity, r.PostForm, wrong)
	case err != nil:
		return fmt.Errorf("keep what the file says: %w", err)
	}
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}
