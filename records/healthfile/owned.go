package healthfile

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is. What a file says
// once, the survivor's says.
func Owned() []store.Owned {
	return []store.Owned{
		{
			Table: "file_entries", Resident: "resident", Key: []string{"id"},
			Stays: "t.kind IN ('particulars', 'habits') AND EXISTS (SELECT 1 FROM file_entries s WHERE s.resident = :survivor AND s.kind = t.kind)",
		},
		{Table: "file_versions", Resident: "resident", Key: []string{"entry"}, Of: "file_entries", After: "file_version"},
		{Table: "file_papers", Resident: "resident", Key: []string{"entry"}, Of: "file_entries"},
	}
}
