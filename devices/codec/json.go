package codec

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds the nesting of JSON: what devices send is three levels deep.
const maxDepth = 8

// scanner reads JSON (RFC 8259) from a byte slice without building a tree of
// it. The first error stays; after it everything reads as nothing.
type scanner struct {
	b   []byte
	at  int
	err error
	buf []byte // of strings with escapes
}

// SyntaxError says where a payload stops being JSON.
type SyntaxError struct {
	Offset int
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON at byte %d: %s", e.Offset, e.Reason)
}

var errTooDeep = errors.New("nested too deep")

func (s *scanner) fail(reason string) {
	if s.err == nil {
		s.err = &SyntaxError{s.at, reason}
	}
}

// next skips white space and returns the byte that follows, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.b) {
		switch c := s.b[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take consumes the byte if it is next.
func (s *scanner) take(c byte) bool {
	if s.err == nil && s.next() == c && s.at < len(s.b) {
		s.at++
		return true
	}
	return false
}

func (s *scanner) expect(c byte) {
	if !s.take(c) {
		s.fail("want " + strconv.QuoteRune(rune(c)))
	}
}

// end reports an error for anything after the value.
func (s *scanner) end() {
	if s.err == nil && s.next() != 0 || s.err == nil && s.at < len(s.b) {
		s.fail("something follows the value")
	}
}

// kind of a JSON value.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// value is a JSON value that is not nested: for arrays and objects only the
// kind, and the scanner stands before them.
type value struct {
	kind   kind
	number float64
	text   []byte // of strings and numbers; valid until the next string is read
	truth  bool
}

// value reads a plain value. Before an array or object it only says which.
func (s *scanner) value() (v value) {
	if s.err != nil {
		return v
	}
	switch c := s.next(); {
	case c == '"':
		v.kind, v.text = kindString, s.string()
	case c == '{':
		v.kind = kindObject
	case c == '[':
		v.kind = kindArray
	case c == 't':
		s.word("true")
		v.kind, v.truth = kindBool, true
	case c == 'f':
		s.word("false")
		v.kind = kindBool
	case c == 'n':
		s.word("null")
	case c == '-' || '0' <= c && c <= '9':
		v.kind = kindNumber
		v.number, v.text = s.number()
	case c == 0:
		s.fail("it ends too early")
	default:
		s.fail("want a value")
	}
	return v
}

func (s *scanner) word(w string) {
	if len(s.b)-s.at < len(w) || string(s.b[s.at:s.at+len(w)]) != w {
		s.fail("want " + w)
		return
	}
	s.at += len(w)
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

func (s *scanner) number() (float64, []byte) {
	start := s.at
	negative := s.b[s.at] == '-'
	if negative {
		s.at++
	}
	whole, digits := uint64(0), s.at
	for s.at < len(s.b) && s.digit() {
		whole = whole*10 + uint64(s.b[s.at]-'0')
		s.at++
	}
	n := s.at - digits
	if n == 0 || n > 1 && s.b[digits] == '0' {
		s.fail("not a number")
		return 0, nil
	}
	fraction := 0
	if s.at < len(s.b) && s.b[s.at] == '.' {
		s.at++
		from := s.at
		for s.at < len(s.b) && s.digit() {
			whole = whole*10 + uint64(s.b[s.at]-'0')
			s.at++
		}
		if fraction = s.at - from; fraction == 0 {
			s.fail("not a number")
			return 0, nil
		}
	}
	exponent := s.at < len(s.b) && (s.b[s.at]|0x20) == 'e'
	if exponent {
		s.at++
		if s.at < len(s.b) && (s.b[s.at] == '+' || s.b[s.at] == '-') {
			s.at++
		}
		from := s.at
		for s.at < len(s.b) && s.digit() {
			s.at++
		}
		if s.at == from {
			s.fail("not a number")
			return 0, nil
		}
	}
	text := s.b[start:s.at]
	// Both parts exact in a float64: one division rounds right.
	if n+fraction <= 15 && !exponent {
		f := float64(whole) / powers[fraction]
		if negative {
			f = -f
		}
		return f, text
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		s.at = start
		s.fail("a number too large")
	}
	return f, text
}

func (s *scanner) digit() bool { return '0' <= s.b[s.at] && s.b[s.at] <= '9' }

// string reads a string. Its bytes are valid until the next one with escapes.
func (s *scanner) string() []byte {
	s.expect('"')
	if s.err != nil {
		return nil
	}
	start := s.at
	for s.at < len(s.b) {
		switch c := s.b[s.at]; {
		case c == '"':
			text := s.b[start:s.at]
			s.at++
			return text
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			s.fail("a control character in a string")
			return nil
		default:
			s.at++
		}
	}
	s.fail("a string does not end")
	return nil
}

// escaped reads on in a string from its first backslash.
func (s *scanner) escaped(start int) []byte {
	s.buf = append(s.buf[:0], s.b[start:s.at]...)
	for s.at < len(s.b) {
		c := s.b[s.at]
		switch {
		case c == '"':
			s.at++
			return s.buf
		case c < ' ':
			s.fail("a control character in a string")
			return nil
		case c != '\\':
			s.buf = append(s.buf, c)
			s.at++
			continue
		}
		if s.at+1 >= len(s.b) {
			break
		}
		s.at++
		switch c := s.b[s.at]; c {
		case '"', '\\', '/':
			s.buf = append(s.buf, c)
		case 'b':
			s.buf = append(s.buf, '\b')
		case 'f':
			s.buf = append(s.buf, '\f')
		case 'n':
			s.buf = append(s.buf, '\n')
		case 'r':
			s.buf = append(s.buf, '\r')
		case 't':
			s.buf = append(s.buf, '\t')
		case 'u':
			s.buf = utf8.AppendRune(s.buf, s.unicode())
			if s.err != nil {
				return nil
			}
			continue
		default:
			s.fail("an unknown escape")
			return nil
		}
		s.at++
	}
	s.fail("a string does not end")
	return nil
}

// unicode reads an escape from its u on, and the second half of a pair.
func (s *scanner) unicode() rune {
	r := s.hex4()
	if r < 0xD800 || r > 0xDFFF {
		return r
	}
	if r < 0xDC00 && s.at+1 < len(s.b) && s.b[s.at] == '\\' && s.b[s.at+1] == 'u' {
		back := s.at
		s.at++
		if low := s.hex4(); low >= 0xDC00 && low <= 0xDFFF {
			return (r-0xD800)<<10 | (low - 0xDC00) + 0x10000
		}
		if s.err == nil {
			s.at = back
		}
	}
	return utf8.RuneError
}

func (s *scanner) hex4() (r rune) {
	if s.at+5 > len(s.b) {
		s.fail("an unfinished escape")
		return 0
	}
	for _, c := range s.b[s.at+1 : s.at+5] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			s.fail("an escape that is not hexadecimal")
			return 0
		}
	}
	s.at += 5
	return r
}

// skip reads over a value of any kind, nested within depth levels of others.
func (s *scanner) skip(depth int) {
	if depth > maxDepth {
		if s.err == nil {
			s.err = &SyntaxError{s.at, errTooDeep.Error()}
		}
		return
	}
	switch v := s.value(); v.kind {
	case kindObject:
		s.object(func([]byte) { s.skip(depth + 1) })
	case kindArray:
		s.array(func() { s.skip(depth + 1) })
	}
}

// object calls field with each key; field must read the value.
func (s *scanner) object(field func(key []byte)) {
	s.expect('{')
	if s.take('}') {
		return
	}
	for s.err == nil {
		s.next()
		key := s.string()
		s.expect(':')
		if s.err != nil {
			return
		}
		field(key)
		if s.take(',') {
			continue
		}
		s.expect('}')
		return
	}
}

// array calls element for each; it must read it.
func (s *scanner) array(element func()) {
	s.expect('[')
	if s.take(']') {
		return
	}
	for s.err == nil {
		element()
		if s.take(',') {
			continue
		}
		s.expect(']')
		return
	}
}
