package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
)

const (
	// longestUpload is in bytes: the largest file with what stands around it. What is
	// larger than is kept is refused by who keeps it, with a reason.
	longestUpload = 32 << 20
	// mostParts bounds the fields of a form that a file comes with.
	mostParts = 64
)

// documents is the kind of entries that come with a file.
const documents = "document"

// upload takes a document in. Its file is the last part of the form: it is read as it
// comes.
func (s *Site) upload(w http.ResponseWriter, r *http.Request, user User) error {
	resident := chi.URLParam(r, "id")
	said, err := eachUpload(r, func(said url.Values, file io.Reader) error {
		return s.files.Upload(r.Context(), user, resident, FileSaying{Values: said, Reason: said.Get("reason")}, file)
	})
	var wrong FileFault
	if errors.As(err, &wrong) {
		return s.showKind(w, r, user, documents, http.StatusUnprocessableEntity, said, wrong)
	}
	if err != nil {
		return fmt.Errorf("take a document in: %w", err)
	}
	http.Redirect(w, r, "/residents/"+url.PathEscape(resident)+"/file/"+documents, http.StatusSeeOther)
	return nil
}

// uploadPhoto takes the resident's photo in, or away.
func (s *Site) uploadPhoto(w http.ResponseWriter, r *http.Request, user User) error {
	resident := chi.URLParam(r, "id")
	said, err := eachUpload(r, func(_ url.Values, file io.Reader) error {
		return s.files.SetPhoto(r.Context(), user, resident, file)
	})
	if said.Get("do") == "remove" {
		err = s.files.RemovePhoto(r.Context(), user, resident)
	}
	var wrong FileFault
	if errors.As(err, &wrong) {
		return s.showKind(w, r, user, "particulars", http.StatusUnprocessableEntity, nil, FileFault{"photo": wrong["file"]})
	}
	if err != nil {
		return fmt.Errorf("take a photo in: %w", err)
	}
	http.Redirect(w, r, "/residents/"+url.PathEscape(resident)+"/file/particulars", http.StatusSeeOther)
	return nil
}

// eachUpload reads a form in parts: its fields, and then its file, which is given to
// take. It returns the fields.
func eachUpload(r *http.Request, take func(said url.Values, file io.Reader) error) (url.Values, error) {
	said := url.Values{}
	parts, err := r.MultipartReader()
	if err != nil {
		return said, fmt.Errorf("%w: %w", errForm, err)
	}
	for range mostParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			if said.Get("do") != "" {
				return said, nil
			}
			break
		}
		if err != nil {
			return said, fmt.Errorf("%w: %w", errForm, err)
		}
		if part.FormName() == "file" {
			err := take(said, part)
			if _, large := errors.AsType[*http.MaxBytesError](err); large {
				err = FileFault{"file": "is too large"}
			}
			return said, err
		}
		value, err := io.ReadAll(io.LimitReader(part, longestForm))
		if err != nil {
			return said, fmt.Errorf("%w: %w", errForm, err)
		}
		said.Add(part.FormName(), string(value))
	}
	return said, fmt.Errorf("%w: no file", errForm)
}
