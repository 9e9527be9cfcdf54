package service

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store/storetest"
)

// heldWords are the words for what places hold on the page of erasures, by
// "store.what", in both languages.
func heldWords(t *testing.T) (both []map[string]string) {
	t.Helper()
	for _, language := range []string{"en", "zh-CN"} {
		text, err := os.ReadFile("../../web/locales/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		all, held := map[string]string{}, map[string]string{}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for key, words := range all {
			if of, ok := strings.CutPrefix(key, "held."); ok {
				held[of] = words
			}
		}
		both = append(both, held)
	}
	return both
}

// Who adds a table to the Holdings of a package says in words what it holds.
func TestEveryTableThatIsErasedHasItsWords(t *testing.T) {
	t.Parallel()
	tables := map[string]bool{}
	for _, book := range booksOf(t, storetest.Open(t, storetest.SQLite(t))) {
		for _, h := range book.Tables {
			if !h.Around {
				tables["records."+h.Table] = true
			}
		}
	}
	for _, place := range []rights.Store{papersPlace{}, journalPlace{}, timelinePlace{}, livePlace{}} {
		tables[place.Name()] = true // of which nothing more is known while it cannot be counted
	}
	for _, words := range heldWords(t) {
		for table := range tables {
			if words[table] == "" {
				t.Errorf("the locales have no words for held.%s", table)
			}
		}
		for of := range words {
			if strings.HasPrefix(of, "records.") && !tables[of] {
				t.Errorf("held.%s is of no table", of)
			}
		}
	}
}
