package alerts

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is.
func Owned() []store.Owned {
	const own = "the judge forgets these states, and learns anew: see Join"
	return []store.Owned{
		{Table: "alerts", Resident: "resident", Key: []string{"id"}},
		{Table: "engine_states", Resident: "resident", Keeps: own},
		{Table: "engine_inputs", Resident: "resident", Keeps: own},
	}
}
