package channels

import (
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	m := Message{Text: "她摔倒了，请马上去看看", Links: []Link{{Label: "我来", URL: "https://x.org/1"}}}
	for characters, want := range map[int]string{
		670: "她摔倒了，请马上去看看\n我来: https://x.org/1",
		25:  "她摔倒了…\n我来: https://x.org/1",
		5:   "\n我来: https://x.org/1",
	} {
		if got := plain(m, characters); got != want {
			t.Errorf("plain in %d: %q, want %q", characters, got, want)
		}
	}
	if got := utf8.RuneCountInString(plain(m, 25)); got != 25 {
		t.Errorf("%d characters, want 25", got)
	}
}

func TestLine(t *testing.T) {
	if got := line(" a\r\nBcc: b@c\x00\td "); got != "a Bcc: b@c d" {
		t.Errorf("line %q", got)
	}
}

func TestWhatAServerSaysNamesNoMailbox(t *testing.T) {
	for said, want := range map[string]string{
		"550 5.1.1 <li.hua@example.org>: unknown":               "550 5.1.1 <…>: unknown",
		"550 <LI.HUA@EXAMPLE.ORG> unknown":                      "550 <…> unknown",
		"551 try <hong@xn--fiqs8s.example>\r\n":                 "551 try <…>",
		"450 4.2.0 <li.hua@example.org>: greylisted, see h.org": "450 4.2.0 <…>: greylisted, see h.org",
	} {
		if got := withoutAddress(said, "li.hua@example.org"); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
