package escalation

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is.
func Owned() []store.Owned {
	return []store.Owned{{
		Table: "policies_of", Resident: "resident", Key: []string{"severity"},
		Stays: "EXISTS (SELECT 1 FROM policies_of s WHERE s.resident = :survivor AND s.severity = t.severity)",
	}}
}
