package escalation

import "github.com/anxin-care/anxin/store"

// Holdings are what is kept of who was told of residents' alerts, and by which
// policies. They go before the alerts do.
func Holdings() store.Holdings {
	const ofAlerts = "alert IN (SELECT id FROM alerts WHERE resident = ?)"
	return store.Holdings{Tables: []store.Holding{
		{Table: "escalation_steps", Of: ofAlerts, Order: "alert, n", Kind: "alerts"},
		{Table: "escalations", Of: ofAlerts, Order: "alert", Kind: "alerts"},
		{Table: "policies_of", Order: "severity", Kind: "alerts"},
	}}
}
