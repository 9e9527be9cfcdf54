package papers

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"

	"golang.org/x/image/draw"

	"github.com/anxin-care/anxin/store"
)

// portraitSide is how large a portrait is at most, in pixels.
const portraitSide = 640

// Portrait makes a picture one to show on a page: not larger than it is shown, upright,
// and without what cameras write into pictures, such as where they were taken.
func Portrait(content io.Reader) (io.Reader, error) {
	read, err := io.ReadAll(io.LimitReader(content, Largest+1))
	if err != nil {
		return nil, fmt.Errorf("read a picture: %w", err)
	}
	if len(read) > Largest {
		return nil, &store.Fault{Kind: store.ErrInvalid, Code: CodeLarge, Entity: "paper", Detail: fmt.Sprintf("is larger than %d MB", Largest>>20)}
	}
	picture, format, err := decode(read)
	if err != nil {
		return nil, err
	}
	upright := 1
	if format == "jpeg" {
		upright = orientation(read)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, turn(shrink(picture), upright), &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return &out, nil
}

// shrink makes a picture not larger than a portrait, on white.
func shrink(picture image.Image) *image.RGBA {
	size := picture.Bounds().Size()
	if longest := max(size.X, size.Y); longest > portraitSide {
		size = image.Pt(max(1, size.X*portraitSide/longest), max(1, size.Y*portraitSide/longest))
	}
	small := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(small, small.Bounds(), picture, picture.Bounds(), draw.Over, nil)
	return small
}

// turn makes a picture upright by the number of its orientation in EXIF.
func turn(picture *image.RGBA, orientation int) image.Image {
	w, h := picture.Rect.Dx(), picture.Rect.Dy()
	size := image.Pt(w, h)
	if orientation >= 5 {
		size = image.Pt(h, w)
	}
	turned := image.NewRGBA(image.Rectangle{Max: size})
	for y := range h {
		for x := range w {
			to := image.Pt(x, y)
			switch orientation {
			case 2:
				to = image.Pt(w-1-x, y)
			case 3:
				to = image.Pt(w-1-x, h-1-y)
			case 4:
				to = image.Pt(x, h-1-y)
			case 5:
				to = image.Pt(y, x)
			case 6:
				to = image.Pt(h-1-y, x)
			case 7:
				to = image.Pt(h-1-y, w-1-x)
			case 8:
				to = image.Pt(y, w-1-x)
			}
			turned.SetRGBA(to.X, to.Y, picture.RGBAAt(x, y))
		}
	}
	return turned
}

// orientation is the number that EXIF 2.3 gives for which side is up, 1 to 8; 1 where
// a JPEG does not say.
func orientation(content []byte) int {
	const upright = 1
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, length := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		end := at + 2 + length
		if marker == 0xda || length < 2 || end > len(content) {
			return upright
		}
		if segment := content[at+4 : end]; marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return orientationOf(segment[6:])
		}
		at = end
	}
	return upright
}

// orientationOf reads it from the TIFF structure of EXIF.
func orientationOf(tiff []byte) int {
	const upright, tag, entry = 1, 0x0112, 12
	var order binary.ByteOrder = binary.BigEndian
	switch {
	case len(tiff) < 8:
		return upright
	case bytes.HasPrefix(tiff, []byte("II")):
		order = binary.LittleEndian
	}
	first := int(order.Uint32(tiff[4:]))
	if first < 8 || first > len(tiff)-2 {
		return upright
	}
	for i := range int(order.Uint16(tiff[first:])) {
		at := first + 2 + i*entry
		if at+entry > len(tiff) {
			return upright
		}
		if order.Uint16(tiff[at:]) == tag {
			if n := int(order.Uint16(tiff[at+8:])); n >= 1 && n <= 8 {
				return n
			}
			return upright
		}
	}
	return upright
}
