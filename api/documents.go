package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
)

func (a *API) documentOperations(api huma.API, get, post, put, ask, remove describe) {
	huma.Register(api, holding(post("add-to-documents", "/residents/{id}/file/documents", "Add to the file: a PDF, or a picture in JPEG, PNG or WebP, of at most 20 MB", "file")), a.addDocument)
	fileEntries[healthfile.Document](a, api, get, put, ask, "documents", "document")
	huma.Register(api, describePaper(get("read-document", "/residents/{id}/file/documents/{entry}/content", "The document itself", "file")), a.readDocument)
	huma.Register(api, describePaper(get("read-photo", "/residents/{id}/file/photo", "The photo of the resident, a small JPEG", "file")), a.readPhoto)
	huma.Register(api, holding(put("set-photo", "/residents/{id}/file/photo", "Set the photo: it is made small and upright, and what the camera wrote into it is left out", "file")), a.setPhoto)
	huma.Register(api, remove("remove-photo", "/residents/{id}/file/photo", "Take the photo away", "file"), a.removePhoto)
}

// holding lets a request hold a paper, and take its time on a slow line.
func holding(op huma.Operation) huma.Operation {
	op.MaxBodyBytes = papers.Largest*4/3 + 64<<10 // base64, and what stands around it
	op.BodyReadTimeout = 5 * time.Minute
	return op
}

// describePaper says by hand what an operation answers that is no JSON.
func describePaper(op huma.Operation) huma.Operation {
	content := map[string]*huma.MediaType{}
	for _, media := range []string{"application/pdf", "image/jpeg", "image/png", "image/webp"} {
		content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "What it holds", Content: content}}
	return op
}

type addDocumentInput struct {
	ResidentPath
	Body struct {
		Body    healthfile.Document `json:"body"`
		Content []byte              `json:"content" doc:"What it holds, in base64. What it is is found there."`
		Reason  string              `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (a *API) addDocument(ctx context.Context, in *addDocumentInput) (*entryOutput[healthfile.Document], error) {
	user, err := a.mayKeepKind(ctx, in.ID, healthfile.ADocument)
	if err != nil {
		return nil, err
	}
	by := records.Change{By: user.ID, Reason: in.Body.Reason}
	return shownEntry[healthfile.Document](ctx, a)(a.file.AddDocument(ctx, in.ID, in.Body.Body, bytes.NewReader(in.Body.Content), by))
}

type setPhotoInput struct {
	ResidentPath
	Body struct {
		Content []byte `json:"content" doc:"A picture in JPEG, PNG or WebP, in base64"`
		Reason  string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (a *API) setPhoto(ctx context.Context, in *setPhotoInput) (*entryOutput[healthfile.Particulars], error) {
	user, err := a.mayKeepKind(ctx, in.ID, healthfile.ADocument)
	if err != nil {
		return nil, err
	}
	by := records.Change{By: user.ID, Reason: in.Body.Reason}
	return shownEntry[healthfile.Particulars](ctx, a)(a.file.SetPhoto(ctx, in.ID, bytes.NewReader(in.Body.Content), by))
}

func (a *API) removePhoto(ctx context.Context, in *ResidentPath) (*struct{}, error) {
	user, err := a.mayKeepKind(ctx, in.ID, healthfile.ADocument)
	if err != nil {
		return nil, err
	}
	if _, err := a.file.RemovePhoto(ctx, in.ID, records.Change{By: user.ID}); err != nil {
		return nil, a.failed(ctx, "remove the photo", err)
	}
	return nil, nil
}

func (a *API) readDocument(ctx context.Context, in *EntryPath) (*huma.StreamResponse, error) {
	if err := a.maySee(ctx, records.Documents, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	d, file, err := a.file.ReadDocument(ctx, in.ID, in.Entry)
	if err != nil {
		return nil, a.failed(ctx, "read the document", err)
	}
	return a.paperFile(file, d.Type, mime.FormatMediaType("attachment", map[string]string{"filename": d.Title + endings[d.Type]}))
}

// endings are those of files of a type.
var endings = map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}

func (a *API) readPhoto(ctx context.Context, in *ResidentPath) (*huma.StreamResponse, error) {
	if err := a.maySee(ctx, records.Documents, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	file, err := a.file.ReadPhoto(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the photo", err)
	}
	return a.paperFile(file, "image/jpeg", "inline")
}

func (a *API) paperFile(file *os.File, media, disposition string) (*huma.StreamResponse, error) {
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	return a.paper(file, info.Size(), media, disposition), nil
}

// paper answers with what somebody has uploaded: whatever is in it, a browser is to run
// nothing of it, and to keep nothing.
func (a *API) paper(content io.ReadCloser, size int64, media, disposition string) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer content.Close()
		ctx.SetHeader("Content-Type", media)
		ctx.SetHeader("Content-Length", strconv.FormatInt(size, 10))
		ctx.SetHeader("Content-Disposition", disposition)
		ctx.SetHeader("X-Content-Type-Options", "nosniff")
		ctx.SetHeader("Content-Security-Policy", "default-src 'none'; sandbox")
		ctx.SetHeader("Cross-Origin-Resource-Policy", "same-origin")
		ctx.SetHeader("Cache-Control", "no-store")
		ctx.SetStatus(http.StatusOK)
		if _, err := io.Copy(ctx.BodyWriter(), content); err != nil {
			a.log.Debug("a document was not read to its end", "error", err)
		}
	}}
}
