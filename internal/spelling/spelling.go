// Package spelling finds what was perhaps meant by a word that is not known.
package spelling

import "slices"

// Nearest is the known word that the fewest changed letters lead to, the first
// of the alphabet among equals; "" when none is near.
func Nearest(word string, known []string) string {
	known = slices.Clone(known)
	slices.Sort(known)
	best, least := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's: how many letters must be changed, added or left out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
