package records

import "github.com/anxin-care/anxin/store"

// Owned are the tables of this package and of those beneath it that say whose
// something is. Of the care team come along who :along names, and with them what was
// agreed to share with them where the survivor has not agreed to anything: see
// package merging.
func Owned() []store.Owned {
	return []store.Owned{
		{
			Table: "care_team", Resident: "resident", Key: []string{"contact"},
			Stays: "t.contact NOT IN (:along) OR EXISTS (SELECT 1 FROM care_team s WHERE s.resident = :survivor AND s.contact = t.contact)",
		},
		{
			Table: "consents", Resident: "resident", Key: []string{"id"},
			Stays: `t.purpose <> 'sharing' OR t.contact NOT IN (SELECT s.contact FROM care_team s WHERE s.resident = :survivor)
				OR EXISTS (SELECT 1 FROM consents s WHERE s.resident = :survivor AND s.purpose = 'sharing' AND s.contact = t.contact)`,
		},
		{
			Table: "team_residents", Resident: "resident", Key: []string{"team"},
			Stays: "EXISTS (SELECT 1 FROM team_residents s WHERE s.resident = :survivor)",
		},
		{
			Table: "duty_tokens", Resident: "resident", Key: []string{"id"},
			Stays: `t.accepted_at IS NOT NULL AND t.ended_at IS NULL
				AND EXISTS (SELECT 1 FROM duty_tokens s WHERE s.resident = :survivor AND s.accepted_at IS NOT NULL AND s.ended_at IS NULL)`,
		},
		{
			Table: "situations", Resident: "resident", Key: []string{"id"},
			Stays: `t.ended_at IS NULL
				AND EXISTS (SELECT 1 FROM situations s WHERE s.resident = :survivor AND s.kind = t.kind AND s.ended_at IS NULL)`,
		},
		{Table: "residents", Resident: "merged_into", Keeps: "it says itself what became of a file"},
		{Table: "resident_versions", Resident: "resident", Keeps: "what was said of the other stays the other's; what is chosen becomes a version of the survivor's"},
		{Table: "resident_care", Resident: "resident", Keeps: "what is chosen becomes a version of the survivor's"},
		{Table: "resident_keys", Resident: "resident", Keeps: "they are written anew"},
		{Table: "emergencies", Resident: "resident", Keeps: "whoever broke the glass was let see the other's file alone"},
		{Table: "invitations", Resident: "resident", Keeps: "who accepts one is let into the other's care team alone"},
		{Table: "distinct_residents", Resident: "one", Keeps: "it is about two"},
		{Table: "distinct_residents", Resident: "other", Keeps: "it is about two"},
		{Table: "erasures", Resident: "resident", Keeps: "who is erased has no file"},
		{Table: "audit", Resident: "resident", Keeps: "nothing is changed in it"},
		{Table: "merges", Resident: "survivor", Keeps: "it is about two"},
		{Table: "merges", Resident: "other", Keeps: "it is about two"},
	}
}
