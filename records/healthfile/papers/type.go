package papers

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that pictures may have
	_ "image/png"
	"io"
	"os"

	_ "golang.org/x/image/webp"

	"github.com/anxin-care/anxin/store"
)

// types are those of pictures by the names of their formats.
var types = map[string]string{"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}

const pdf = "application/pdf"

// typeOf is what a file is by its content: what only looks like a picture is none.
func typeOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head := make([]byte, 5)
	if _, err := io.ReadFull(file, head); err == nil && bytes.Equal(head, []byte("%PDF-")) {
		return pdf, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if _, format, err := image.DecodeConfig(file); err == nil && types[format] != "" {
		return types[format], nil
	}
	return "", &store.Fault{Kind: store.ErrInvalid, Code: CodeType, Entity: "paper", Detail: "is neither a PDF nor a picture in JPEG, PNG or WebP"}
}

// mostPixels bounds a picture that is decoded: a file of a few bytes may say that it is
// a picture of gigabytes.
const mostPixels = 50_000_000

// errPicture says that a file is no picture that can be shown.
func errPicture(detail string, with ...any) error {
	return &store.Fault{Kind: store.ErrInvalid, Code: CodeType, Entity: "paper", Detail: fmt.Sprintf(detail, with...)}
}

// decode reads a picture whole, if it is not too large.
func decode(content []byte) (image.Image, string, error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || types[format] == "" {
		return nil, "", errPicture("is no picture in JPEG, PNG or WebP")
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > mostPixels/config.Height {
		return nil, "", errPicture("is a picture of %d by %d pixels: want at most %d million in all", config.Width, config.Height, mostPixels/1_000_000)
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, "", errors.Join(errPicture("is a picture that cannot be read"), err)
	}
	return picture, format, nil
}
