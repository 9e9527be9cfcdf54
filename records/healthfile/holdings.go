package healthfile

import "github.com/anxin-care/anxin/store"

// Holdings are the entries of residents' files with all versions, and which papers
// they refer to. The papers themselves [Book.ErasePapers] takes off the shelf.
func Holdings() store.Holdings {
	return store.Holdings{Tables: []store.Holding{
		{Table: "file_papers", Order: "entry", Kind: "documents"},
		{Table: "file_versions", Order: "entry, version", Kind: "file"},
		{Table: "file_entries", Order: "id", Kind: "file"},
	}}
}
