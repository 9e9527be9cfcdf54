package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
)

// evidenceDocument answers with a document that was put to a question. Where it cannot be
// opened any more, a page says so in words.
func (s *Site) evidenceDocument(w http.ResponseWriter, r *http.Request, user User) error {
	id := chi.URLParam(r, "id")
	n, err := strconv.Atoi(chi.URLParam(r, "n"))
	if err != nil {
		return ErrNotFound
	}
	d, err := s.panels.Document(r.Context(), user, id, n)
	switch {
	case errors.Is(err, RefusedDocumentGone):
		s.noDocument(w, r, user, id)
		return nil
	case errors.Is(err, ErrNotFound):
		s.noDocument(w, r, user, "")
		return nil
	case err != nil:
		return fmt.Errorf("read document %d of the evidence: %w", n, err)
	}
	// Whatever is in it, a browser is to run nothing of it, and to keep nothing. Its number
	// is all that it is called: its title may name somebody.
	h := w.Header()
	h.Set("Content-Type", d.Type)
	h.Set("Content-Length", strconv.Itoa(len(d.Content)))
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=document-%d.%s", n, d.Type[strings.Index(d.Type, "/")+1:]))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if _, err := w.Write(d.Content); err != nil {
		s.log.DebugContext(r.Context(), "a document was not read to its end", "error", err)
	}
	return nil
}

// noDocument says why a document cannot be opened: nothing of it is there, or nothing of
// the question is the user's to see.
func (s *Site) noDocument(w http.ResponseWriter, r *http.Request, user User, question string) {
	view := failure{page: s.newPage(r, user, "error.title"), Back: "/"}
	view.Message = view.T("evidence.document_closed")
	if question != "" {
		view.Back, view.Message = "/consultations/"+question, view.T("evidence.document_withdrawn")
	}
	s.render(w, http.StatusNotFound, "error", view)
}
