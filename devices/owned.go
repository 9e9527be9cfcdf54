package devices

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is.
func Owned() []store.Owned {
	const asWritten = "the journal is read by it as it was written, before the other name is put in the survivor's place"
	return []store.Owned{
		{Table: "wearings", Resident: "resident", Key: []string{"device", "from_at"}},
		{Table: "wearing_corrections", Resident: "resident", Keeps: asWritten},
		{Table: "wearing_corrections", Resident: "was", Keeps: asWritten},
	}
}
