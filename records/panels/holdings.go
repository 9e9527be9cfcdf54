package panels

import "github.com/anxin-care/anxin/store"

// Holdings are the questions about residents with all that was put before experts, what
// these said, and what they advised. Panels are nobody's.
func Holdings() store.Holdings {
	// Nobody reads an opinion before the advice, by whatever way.
	const ended = "consultation IN (SELECT id FROM consultations WHERE status NOT IN ('open', 'answered'))"
	const ofConsultations = "consultation IN (SELECT id FROM consultations WHERE resident = ?)"
	return store.Holdings{Tables: []store.Holding{
		{Table: "advice_proposals", Order: "advice, n", Kind: "file"},
		{Table: "advice", Order: "signed_at, id", Kind: "file"},
		{Table: "consultation_opinions", Of: ofConsultations, Handed: ended, Order: "consultation, user_id, version", Kind: "file"},
		{Table: "consultation_seats", Of: ofConsultations, Order: "consultation, n", Kind: "file"},
		{Table: "panel_tellings", Of: ofConsultations, Order: "consultation, kind, user_id", Kind: "file"},
		{Table: "consultations", Order: "opened_at, id", Kind: "file"},
		{Table: "consultation_evidence", Order: "made_at, sha256", Kind: "file"},
	}}
}
