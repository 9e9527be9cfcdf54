package mentions

import (
	"strings"
	"testing"
)

func TestNamesInATextAreFound(t *testing.T) {
	for _, test := range []struct{ name, text, replaced string }{
		{"R", "vitamin R", "vitamin R"}, {"", "x", "x"}, {"Li Hua", "", ""},
		{"Li Hua", "asked by li hua.", "asked by …."}, {"Li Hua", "asked by li huang", "asked by li huang"}, {"li", "lili and li", "lili and …"},
		{"An", "An's angina, Anan, AN", "…'s angina, Anan, …"},
		{"李华", "李华的女儿要求", "…的女儿要求"}, {"李华", "the daughter of李华", "the daughter of…"},
		{"李华 Li Hua", "Li Hua moved away, 李华 Li Hua, 李华", "… moved away, …, …"}, {"李华 (Li Hua)", "李华的女儿", "…的女儿"}, {"李华 Li Hua", "asked for it", "asked for it"},
		{"李华 3", "room 3", "room 3"}, {"Ünal", "with ünal, ünalan", "with …, ünalan"}, {"a.b", "a.b axb", "… axb"},
	} {
		n := New(test.name)
		if got := n.Replaced(test.text, "…"); got != test.replaced || n.In(test.text) != (test.text != test.replaced) {
			t.Errorf("%q in %q: %q, %t; want %q", test.name, test.text, got, n.In(test.text), test.replaced)
		}
	}
}

// FuzzNames: what is replaced is not there any more.
func FuzzNames(f *testing.F) {
	f.Add("李华 Li Hua", "Li Hua, 李华")
	f.Add("0\x8d", "0")
	f.Fuzz(func(t *testing.T, name, text string) {
		n := New(name)
		if left := n.Replaced(text, "\x00"); !strings.Contains(name, "\x00") && n.In(left) {
			t.Errorf("%q without %q is %q", text, name, left)
		}
	})
}
