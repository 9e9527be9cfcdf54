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

// DidYouMean asks for the nearest known word, to be put behind what is wrong;
// "" when none is near.
func DidYouMean(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

// distance is how many letters must be changed, added, left out, or swapped with
// the next one: Levenshtein's, with the slip of the finger that is the commonest.
func distance(a, b string) int {
	above, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := row[j]
			if a[i] != b[j] {
				cost++
			}
			next[j+1] = min(cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], above[j-1]+1)
			}
		}
		above, row = row, next
	}
	return row[len(b)]
}
