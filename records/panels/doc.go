// Package panels puts questions about residents to panels of experts: what is asked,
// the evidence that is frozen with it, opinions that are signed and sealed, where
// they differ, the advice that is made of them, and the changes that come of it.
//
// An expert is nobody to the resident: of a consultation that is under way they see
// the frozen evidence, which names nobody, and nothing else, before or after.
//
// The package owns the tables panels, panel_members, panel_versions, consultations,
// consultation_evidence, consultation_seats, consultation_opinions, advice,
// advice_proposals and panel_tellings.
package panels
