package devices

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is.
func Owned() []store.Owned {
	return []store.Owned{
		// What corrections make of those that went, Divide finds when they go back.
		{Table: "wearings", Resident: "resident", Key: []string{"device", "from_at"}},
		// So does its column was.
		{Table: "wearing_corrections", Resident: "resident", Keeps: "it says what was said; whose files are one now is known where the journal is read by it"},
	}
}
