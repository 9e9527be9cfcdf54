package alerts

import "github.com/anxin-care/anxin/store"

// ofAlerts is the condition of rows that belong to a resident's alerts.
const ofAlerts = "alert IN (SELECT id FROM alerts WHERE resident = ?)"

// Holdings are what is kept of residents' alerts, and what the engine knows of
// residents. They go while the judge stands still: see [Judge.Forget].
func Holdings() store.Holdings {
	return store.Holdings{Tables: []store.Holding{
		{Table: "alert_comments", Of: ofAlerts, Order: "id", Kind: "alerts"},
		{Table: "alert_evidence", Of: ofAlerts, Order: "alert", Kind: "alerts"},
		{Table: "alert_scenes", Of: ofAlerts, Order: "alert", Kind: "alerts"},
		{Table: "alert_transitions", Of: ofAlerts, Order: "alert, n", Kind: "alerts"},
		{Table: "alerts", Order: "began_at, id", Kind: "alerts"},
		{Table: "engine_inputs", Order: "id", Kind: "alerts", Derived: true},
		{Table: "engine_states", Order: "resident", Kind: "alerts", Derived: true},
	}}
}
