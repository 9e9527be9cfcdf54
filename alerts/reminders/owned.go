package reminders

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package that say whose something is.
func Owned() []store.Owned {
	return []store.Owned{
		{Table: "reminders", Resident: "resident", Key: []string{"id"}},
		{Table: "reminder_occurrences", Resident: "resident", Key: []string{"reminder"}, Of: "reminders"},
		{Table: "reminder_calls", Resident: "resident", Key: []string{"id"}},
		{Table: "reminder_tellings", Resident: "resident", Key: []string{"id"}},
		{Table: "reminder_zones", Resident: "resident", Keeps: "the survivor's clock counts; occurrences name the zone that counted for them"},
	}
}
