package deliveries

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is.
func Owned() []store.Owned {
	return []store.Owned{
		{Table: "deliveries", Resident: "resident", Key: []string{"id"}},
		{Table: "reach_gaps", Resident: "resident", Keeps: "the reach is looked at anew by who is around the survivor"},
	}
}
