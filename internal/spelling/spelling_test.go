package spelling_test

import (
	"testing"

	"github.com/anxin-care/anxin/internal/spelling"
)

func TestNearest(t *testing.T) {
	known := []string{"http-addr", "mqtt-addr", "data-dir", "spo2", "heart_rate"}
	for word, want := range map[string]string{
		"htp-addr": "http-addr", "http_addr": "http-addr", "datadir": "data-dir", "hart_rate": "heart_rate", "spo": "spo2", "psoo2": "", "sop2": "spo2",
		"colour": "", "": "", "x": "", "heart_rate": "heart_rate",
	} {
		if got := spelling.Nearest(word, known); got != want {
			t.Errorf("%q is perhaps %q, want %q", word, got, want)
		}
	}
}
