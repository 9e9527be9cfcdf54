package timeline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// fluxString writes s as a string literal of Flux. Nothing in s can end the
// literal or be evaluated in it: InfluxDB 1.8 knows no parameters, so all that
// comes from outside goes through here.
func fluxString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '$':
			// Only "${" begins an expression; a dollar that stands alone needs no
			// escape, and has none.
			if strings.HasPrefix(s[i+1:], "{") {
				b.WriteByte('\\')
			}
			b.WriteByte('$')
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	b.WriteByte('"')
	return b.String()
}

// influxQLString is the same for InfluxQL.
func influxQLString(s string) string {
	return `'` + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s) + `'`
}

// InfluxDB counts nanoseconds in 64 bits: times beyond these it does not have.
const (
	firstMilli = -9223372036854 + 1
	lastMilli  = 9223372036854 - 1
)

// fluxTime writes a time literal.
func fluxTime(ms int64, shift time.Duration) string {
	return time.UnixMilli(min(max(ms, firstMilli), lastMilli)).Add(shift).UTC().Format(time.RFC3339Nano)
}

// tagValue writes an id as a tag. Line protocol has no way to write some
// characters in a tag, and others mean something to one of the query languages;
// those, and "%" itself, stand as %XX, one for each byte. No id is lost by it, and
// ordinary ids stay as they are. Tags cannot be empty: "" is "%".
func tagValue(id string) string {
	if id == "" {
		return "%"
	}
	plain := 0
	for plain < len(id) && isPlain(id[plain]) {
		plain++
	}
	if plain == len(id) {
		return id
	}
	b := []byte(id[:plain])
	for i := plain; i < len(id); {
		r, size := utf8.DecodeRuneInString(id[i:])
		if r < utf8.RuneSelf && isPlain(id[i]) || r >= utf8.RuneSelf && r != utf8.RuneError && unicode.IsPrint(r) {
			b = append(b, id[i:i+size]...)
		} else {
			for _, c := range []byte(id[i : i+size]) {
				b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
			}
		}
		i += size
	}
	return string(b)
}

const hexDigits = "0123456789ABCDEF"

func isPlain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-_.:@#/+*!?()[];<>|~^&", c) >= 0
}

// tagID reads what tagValue wrote. Others' tags it leaves as they are.
func tagID(tag string) string {
	if strings.IndexByte(tag, '%') < 0 {
		return tag
	}
	if tag == "%" {
		return ""
	}
	b := make([]byte, 0, len(tag))
	for i := 0; i < len(tag); i++ {
		if tag[i] == '%' && i+2 < len(tag) {
			if c, err := strconv.ParseUint(tag[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(c))
				i += 2
				continue
			}
		}
		b = append(b, tag[i])
	}
	return string(b)
}
