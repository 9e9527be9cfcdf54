package likeness

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Keys are what somebody is found by among many: whoever may be the same person
// shares at least one. They are hashes, so that nothing can be read out of them.
func Keys(p Person) []string {
	var keys []string
	add := func(kind, of string) {
		if of != "" {
			sum := sha256.Sum256([]byte(kind + "\x00" + of))
			keys = append(keys, kind+hex.EncodeToString(sum[:10]))
		}
	}
	name := spell(p.Name).letters()
	add("n", name)
	if b := p.Birth; !b.IsZero() {
		// One key for a day and for the one with day and month turned.
		low, high := min(int(b.Month), b.Day), max(int(b.Month), b.Day)
		day := fmt.Sprintf("%d-%d-%d", b.Year, low, high)
		add("b", day)
		if name != "" {
			add("m", name+day)
		}
	}
	if p.Home != "" && name != "" {
		add("h", name+p.Home)
	}
	add("i", plain(p.IDNumber))
	add("f", plain(p.FileCode))
	add("p", plain(p.Policy))
	if phone := digits(p.Phone); len(phone) >= 7 {
		add("t", phone)
	}
	return keys
}

// NameKey is the one of the keys that says how many are called alike.
func NameKey(p Person) string {
	for _, key := range Keys(p) {
		if key[0] == 'n' {
			return key
		}
	}
	return ""
}
