package titles

import "testing"

// A title is read in the reader's language, whichever it was kept in; other words
// stay as they are. No two presets share one, or one would be read for the other.
func TestTitlesAreInTheReadersLanguage(t *testing.T) {
	seen := map[string]string{}
	for name, title := range All() {
		for _, kept := range []string{title.EN, title.ZH} {
			if other := seen[kept]; kept == "" || other != "" {
				t.Errorf("%s and %s are both called %q", name, other, kept)
			}
			seen[kept] = name
			if en, zh := In(kept, "en"), In(kept, "zh-CN"); en != title.EN || zh != title.ZH {
				t.Errorf("%q is read as %q and %q", kept, en, zh)
			}
		}
	}
	if got := In("Aspirin 100 mg", "zh-CN"); got != "Aspirin 100 mg" {
		t.Errorf("a medicine's name became %q", got)
	}
}
