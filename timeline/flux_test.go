package timeline

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/anxin-care/anxin/vitals"
)

// scanFlux reads a string literal at the start of s as Flux's scanner does
// (influxdata/flux, internal/scanner and ast string rules): it returns what the
// literal stands for and what follows it. "${" that is not escaped would begin an
// expression, and is an error here.
func scanFlux(s string) (value, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", errors.New("no opening quote")
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], nil
		case strings.HasPrefix(s[i:], "${"):
			return "", "", errors.New("an expression begins")
		case s[i] != '\\':
			b.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			break
		}
		switch {
		case strings.HasPrefix(s[i:], "${"):
			b.WriteString("${")
			i++
		case s[i] == 'x' && i+2 < len(s):
			c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", "", err
			}
			b.WriteByte(byte(c))
			i += 2
		case s[i] == '"' || s[i] == '\\':
			b.WriteByte(s[i])
		default:
			return "", "", fmt.Errorf("unknown escape \\%c", s[i])
		}
	}
	return "", "", errors.New("no closing quote")
}

func seeds() []string {
	return []string{
		"", "r_01J9ZQ", `a"b`, `a\`, `a\\`, `\"`, `${`, `$${`, `\${x}`, `$`, `$\{`, "line\nbreak", "\r\t\x00\x7f", "\xff\xfe", "长者 😀",
		`") |> drop() //`, `' OR '1'='1`, "%", "%%", "%2", "%20", "%zz", "a%", " ", ",=", "\u2028", "\ufffd", "e\u0301",
	}
}

func FuzzFluxString(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		literal := fluxString(s)
		got, rest, err := scanFlux(literal + " |> rest")
		if err != nil || got != s || rest != " |> rest" {
			t.Fatalf("%q became %s, which reads %q, then %q, %v", s, literal, got, rest, err)
		}
		if strings.ContainsAny(literal, "\n\r\x00") || !utf8.ValidString(literal) {
			t.Fatalf("%q became %q", s, literal)
		}
	})
}

func FuzzTagValue(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		tag := tagValue(a)
		if got := tagID(tag); got != a {
			t.Fatalf("%q became %q, which reads %q", a, tag, got)
		}
		// Nothing that line protocol, Flux or InfluxQL takes for its own.
		if tag == "" || strings.ContainsAny(tag, " ,=\\\"'${}`\n\r\t\x00") || !utf8.ValidString(tag) {
			t.Fatalf("%q became %q", a, tag)
		}
		if a != b && tag == tagValue(b) {
			t.Fatalf("%q and %q both became %q", a, b, tag)
		}
	})
}

func TestTagValueKeepsOrdinaryIDs(t *testing.T) {
	for _, id := range []string{"01JD5Z9KQ4X3T7", "3f2b8c1e-9d6a-4f60-8d5e-1c2b3a4d5e6f", "cuff_7", "zigbee2mqtt:hall/door", "长者3"} {
		if got := tagValue(id); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
}

func TestReadAnswer(t *testing.T) {
	for _, tc := range []struct{ name, answer, rows, err string }{
		{"nothing", "", "", ""},
		{"empty lines", "\r\n\r\n", "", ""},
		{"two tables", ",result,table,_time,_value\r\n,_result,0,1970-01-01T00:00:00.001Z,7\r\n\r\n,result,table,_value,_time\r\n,_result,1,8,1970-01-01T00:00:00Z\r\n",
			"1 7;0 8;", ""},
		{"an error alone", "error\r\nspecified column does not exist\r\n", "", "specified column does not exist"},
		{"an error in a table", ",error,reference\r\n,out of memory,897\r\n", "", "out of memory 897"},
		{"an error after rows", ",result,table,_time,_value\r\n,_result,0,1970-01-01T00:00:00.001Z,7\r\n\r\n,error,reference\r\n,shard closed,\r\n", "1 7;", "shard closed"},
		{"cut off", ",result,table,_time,_value\r\n,_result,0,1970-01-01T00:00", "", "without its header"},
		{"no header", ",_result,0,1970-01-01T00:00:00Z,7\r\n", "", "without its header"},
		{"no number", ",result,table,_time,_value\r\n,_result,0,1970-01-01T00:00:00Z,\r\n", "", "column _value"},
		{"no time", ",result,table,_time,_value\r\n,_result,0,noon,1\r\n", "", "parsing time"},
		{"a bad quote", ",result,table,_time,_value\r\n,\"_result,0\r\n", "", "read the answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var rows strings.Builder
			err := readAnswer(strings.NewReader(tc.answer), func(r answerRow) error {
				at, err := r.milli()
				if err != nil {
					return err
				}
				n, err := r.number("_value")
				if err == nil {
					fmt.Fprintf(&rows, "%d %v;", at, n)
				}
				return err
			})
			if rows.String() != tc.rows {
				t.Errorf("rows %q, want %q", rows.String(), tc.rows)
			}
			if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
				t.Errorf("error %v, want %q", err, tc.err)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(",result,table,_time,_value,marks\r\n,_result,0,1970-01-01T00:00:00.001Z,7,jump+clock\r\n")
	f.Add("error\r\nboom\r\n")
	f.Add(",error,reference\r\n,boom,1\r\n")
	f.Add("\"")
	f.Fuzz(func(_ *testing.T, answer string) {
		_ = readAnswer(strings.NewReader(answer), func(r answerRow) error {
			_, _ = r.milli()
			_, _ = r.number("_value")
			_, _ = r.integer("received")
			_ = r.marks()
			return nil
		})
	})
}

func TestMarksTag(t *testing.T) {
	for i := range 256 {
		m := vitals.Marks(i) & (vitals.LowQuality<<1 - 1)
		tag := marksTag(m)
		if got := parseMarksTag(tag); got != m {
			t.Errorf("%v became %q, which reads %v", m, tag, got)
		}
		if strings.ContainsAny(tag, " ,=\\\"") {
			t.Errorf("%v became %q", m, tag)
		}
	}
}
