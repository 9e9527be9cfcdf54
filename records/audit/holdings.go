package audit

import "github.com/anxin-care/anxin/store"

// Holdings are who saw and changed what of residents. They stay: who asks later who
// had somebody's data must be answered, and none of the chain can be taken out. An
// entry has ids only.
func Holdings() store.Holdings {
	return store.Holdings{Tables: []store.Holding{
		{Table: "audit", Order: "seq", Kind: "status", Withheld: []string{"address"}, Kept: "audit"},
		{Table: "users", Of: "id IN (SELECT actor FROM audit WHERE resident = ?)", Order: "id", Kind: "status", Withheld: []string{"login", "password"}, Around: true},
	}}
}
