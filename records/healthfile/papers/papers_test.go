package papers_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/store"
)

// pictured is a picture that is red above and blue below.
func pictured(w, h int) image.Image {
	picture := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255}
			if y >= h/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			picture.SetRGBA(x, y, c)
		}
	}
	return picture
}

func encoded(t testing.TB, as string, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	err := map[string]func() error{
		"jpeg": func() error { return jpeg.Encode(&b, picture, nil) },
		"png":  func() error { return png.Encode(&b, picture) },
		"gif":  func() error { return gif.Encode(&b, picture, nil) },
	}[as]()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webp is a picture of one pixel.
var webp = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")

func TestOnlyDocumentsAndPicturesAreTaken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "papers")
	shelf, err := papers.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		want    string // type, or the code of the fault
	}{
		"pdf":              {[]byte("%PDF-1.7\n..."), "application/pdf"},
		"jpeg":             {encoded(t, "jpeg", pictured(9, 9)), "image/jpeg"},
		"png":              {encoded(t, "png", pictured(9, 9)), "image/png"},
		"webp":             {webp, "image/webp"},
		"gif":              {encoded(t, "gif", pictured(9, 9)), papers.CodeType},
		"html":             {[]byte("<!doctype html><script>alert(1)</script>"), papers.CodeType},
		"svg":              {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), papers.CodeType},
		"an empty one":     {nil, papers.CodeType},
		"a late PDF":       {[]byte("GIF89a%PDF-1.7"), papers.CodeType},
		"a PNG by name":    {[]byte("\x89PNG\r\n\x1a\n<script>"), papers.CodeType},
		"the largest":      {append([]byte("%PDF-1.7\n"), make([]byte, papers.Largest-9)...), "application/pdf"},
		"larger than that": {append([]byte("%PDF-1.7\n"), make([]byte, papers.Largest-8)...), papers.CodeLarge},
	} {
		taken, err := shelf.Take(bytes.NewReader(c.content))
		var fault *store.Fault
		switch {
		case errors.As(err, &fault):
			if fault.Code != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			continue
		case err != nil:
			t.Fatal(err)
		case taken.Type != c.want || taken.Size != int64(len(c.content)):
			t.Errorf("%s: %+v, want %s", name, taken.Paper, c.want)
		}
		if err := taken.Keep(); err != nil {
			t.Fatal(err)
		}
		file, err := shelf.Read(taken.Name)
		if err != nil {
			t.Fatal(err)
		}
		back, err := io.ReadAll(file)
		file.Close()
		if err != nil || !bytes.Equal(back, c.content) {
			t.Errorf("%s is not what it was: %v", name, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "taking-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %s: others may read it", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhatIsTakenIsKeptOnceOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	shelf, err := papers.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shelf.Take(io.MultiReader(strings.NewReader("%PDF-1.7"), iotest.ErrReader(io.ErrUnexpectedEOF))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half of a paper: %v", err)
	}
	take := func() *papers.Taken {
		taken, err := shelf.Take(strings.NewReader("%PDF-1.7 of Li"))
		if err != nil {
			t.Fatal(err)
		}
		return taken
	}
	first, second := take(), take()
	for _, taken := range []*papers.Taken{first, second} {
		if err := errors.Join(taken.Keep(), taken.Drop()); err != nil {
			t.Fatal(err)
		}
	}
	take() // and the machine stops
	names, err := shelf.Names(time.Now().Add(-time.Hour))
	if err != nil || len(names) != 0 {
		t.Errorf("old papers: %v, %v", names, err)
	}
	names, err = shelf.Names(time.Now().Add(time.Hour))
	if err != nil || len(names) != 1 || names[0] != first.Name || first.Name != second.Name {
		t.Errorf("papers: %v, %v", names, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "taking-*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
	if err := errors.Join(shelf.Remove(first.Name), shelf.Remove(first.Name)); err != nil {
		t.Error(err)
	}
	for _, name := range []string{first.Name, "", "../../etc/passwd", strings.Repeat("A", 64)} {
		if _, err := shelf.Read(name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("read %q: %v", name, err)
		}
	}
	if err := shelf.Remove("../x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}

// withExif puts what a camera writes before a JPEG: which side is up, and a place.
func withExif(content []byte, order binary.ByteOrder, orientation uint16) []byte {
	mark := "MM"
	if order == binary.ByteOrder(binary.LittleEndian) {
		mark = "II"
	}
	tiff := []byte(mark)
	tiff, _ = binary.Append(tiff, order, []uint16{42})
	tiff, _ = binary.Append(tiff, order, []uint32{8})
	tiff, _ = binary.Append(tiff, order, []uint16{1, 0x0112, 3})
	tiff, _ = binary.Append(tiff, order, []uint32{1})
	tiff, _ = binary.Append(tiff, order, []uint16{orientation, 0})
	segment := append([]byte("Exif\x00\x00"), tiff...)
	segment = append(segment, "GPS 22.54N 114.06E"...)
	out := append([]byte{}, content[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), content[2:]...)
}

func TestPortraits(t *testing.T) {
	wide := encoded(t, "jpeg", pictured(1600, 800))
	for name, c := range map[string]struct {
		content []byte
		size    image.Point
		red     image.Point // where it is red
	}{
		"as it is":        {encoded(t, "png", pictured(40, 20)), image.Pt(40, 20), image.Pt(20, 2)},
		"smaller":         {wide, image.Pt(640, 320), image.Pt(320, 20)},
		"a narrow one":    {encoded(t, "png", pictured(1, 2000)), image.Pt(1, 640), image.Pt(0, 20)},
		"upside down":     {withExif(wide, binary.BigEndian, 3), image.Pt(640, 320), image.Pt(320, 300)},
		"turned":          {withExif(wide, binary.LittleEndian, 6), image.Pt(320, 640), image.Pt(300, 320)},
		"turned back":     {withExif(wide, binary.BigEndian, 8), image.Pt(320, 640), image.Pt(20, 320)},
		"nonsense of it":  {withExif(wide, binary.BigEndian, 77), image.Pt(640, 320), image.Pt(320, 20)},
		"webp, and clear": {webp, image.Pt(1, 1), image.Pt(-1, -1)},
	} {
		made, err := papers.Portrait(bytes.NewReader(c.content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		content, err := io.ReadAll(made)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("Exif")) || bytes.Contains(content, []byte("GPS")) {
			t.Errorf("%s tells where it was taken", name)
		}
		picture, err := jpeg.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if got := picture.Bounds().Size(); got != c.size {
			t.Errorf("%s is %v, want %v", name, got, c.size)
		}
		if r, _, b, _ := picture.At(c.red.X, c.red.Y).RGBA(); c.red.X >= 0 && (r < 0xc000 || b > 0x4000) {
			t.Errorf("%s is not red at %v", name, c.red)
		}
	}
	huge := encoded(t, "png", pictured(8, 8))
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for name, content := range map[string][]byte{"huge": huge, "broken": wide[:len(wide)/2], "pdf": []byte("%PDF-1.7"), "large": make([]byte, papers.Largest+1)} {
		if _, err := papers.Portrait(bytes.NewReader(content)); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPortrait lets no picture, however odd, do harm.
func FuzzPortrait(f *testing.F) {
	small := encoded(f, "jpeg", pictured(16, 8))
	f.Add(small)
	f.Add(withExif(small, binary.LittleEndian, 6))
	f.Add(webp)
	f.Fuzz(func(t *testing.T, content []byte) {
		if config, _, err := image.DecodeConfig(bytes.NewReader(content)); err == nil && config.Width*config.Height > 1_000_000 {
			return // it takes long
		}
		made, err := papers.Portrait(bytes.NewReader(content))
		if err != nil {
			if !errors.Is(err, store.ErrInvalid) {
				t.Error(err)
			}
			return
		}
		if _, err := jpeg.Decode(made); err != nil {
			t.Error(err)
		}
	})
}
