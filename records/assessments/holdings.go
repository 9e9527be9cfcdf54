package assessments

import "github.com/anxin-care/anxin/store"

// Holdings are what residents were assessed, with all versions.
func Holdings() store.Holdings {
	return store.Holdings{Tables: []store.Holding{
		{Table: "assessment_versions", Order: "id, version", Kind: "file"},
		{Table: "assessments", Order: "day, id", Kind: "file"},
	}}
}
