package panels

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is. What was sealed
// names the resident whose it was then, and stays as it is.
func Owned() []store.Owned {
	return []store.Owned{
		{Table: "consultations", Resident: "resident", Key: []string{"id"}},
		{Table: "consultation_evidence", Resident: "resident", Key: []string{"sha256"}},
		{Table: "advice", Resident: "resident", Key: []string{"id"}},
		{Table: "advice_proposals", Resident: "resident", Key: []string{"advice"}, Of: "advice"},
	}
}
