package phones_test

import (
	"testing"

	"github.com/anxin-care/anxin/internal/phones"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"":                  {"", ""},
		" 010-6265  1234 ":  {"010-6265 1234", "01062651234"},
		"+86 138 0013 8000": {"+86 138 0013 8000", "+8613800138000"},
		"（０１０）６２６５１２３４": {"(010)62651234", "01062651234"},
		"120":                    {"120", "120"},
		"00 86 (10) 62 65 12-34": {"00 86 (10) 62 65 12-34", "00861062651234"},
	} {
		got, err := phones.Tidy(text)
		if err != nil || got != want[0] || phones.Dial(got) != want[1] {
			t.Errorf("%q is kept as %q and dialled as %q (%v), want %q", text, got, phones.Dial(got), err, want)
		}
	}
	for _, text := range []string{"12", "ask the neighbour", "138+0013", "tel:120", "1234567890 1234567890 1", "-- --"} {
		if got, err := phones.Tidy(text); err == nil {
			t.Errorf("%q was kept as %q", text, got)
		}
	}
}
