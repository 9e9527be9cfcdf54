package assessments

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is.
func Owned() []store.Owned {
	return []store.Owned{
		{Table: "assessments", Resident: "resident", Key: []string{"id"}},
		{Table: "assessment_versions", Resident: "resident", Key: []string{"id"}, Of: "assessments"},
	}
}
