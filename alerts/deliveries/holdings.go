package deliveries

import "github.com/anxin-care/anxin/store"

// Holdings are what was told of residents, to whom, and by which link somebody has
// answered. A link that was not used yet names a delivery that is not there any more,
// and so leads nowhere.
func Holdings() store.Holdings {
	const ofDeliveries = "delivery IN (SELECT id FROM deliveries WHERE resident = ?)"
	return store.Holdings{Tables: []store.Holding{
		{Table: "link_uses", Of: ofDeliveries, Order: "hash", Kind: "alerts", Withheld: []string{"hash"}},
		{Table: "delivery_attempts", Of: ofDeliveries, Order: "delivery, n", Kind: "alerts"},
		{Table: "deliveries", Order: "queued_at, id", Kind: "alerts"},
		{Table: "reach_gaps", Order: "severity", Kind: "alerts"},
	}}
}
