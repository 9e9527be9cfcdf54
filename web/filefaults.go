package web

import "slices"

// trickyFields are those of the file that say by themselves what they want.
var trickyFields = []string{"name", "code", "schedule", "atc", "id_number", "file_code"}

// wanted says what a field of the file wants, to whoever said something else: what is
// wrong is known in English alone.
func (l *locale) wanted(f FileField) string {
	switch {
	case slices.Contains(trickyFields, f.Name):
		return l.T("file.wrong_" + f.Name)
	case f.Type == "day":
		return l.T("file.wrong_day")
	case f.Type == "number", f.Type == "whole":
		return l.T("file.wrong_number")
	case f.Type == "choice", f.Type == "choices":
		return l.T("file.wrong_choice")
	case f.Needed:
		return l.T("file.wrong_needed", "n", f.Longest)
	}
	return l.T("file.wrong_line", "n", f.Longest)
}
