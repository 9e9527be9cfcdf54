package records

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Duty is a duty token: "I have her until 20:00". It is offered to a contact,
// holds from when that contact accepts it, and ends by itself.
type Duty struct {
	ID, Resident string
	// Contact is who has it, or is to have it.
	Contact string
	Until   time.Time
	// OfferedBy is a user; "" for the command line.
	OfferedBy string
	OfferedAt time.Time
	// AcceptedAt is zero while it is only offered.
	AcceptedAt time.Time
	// EndedAt is when somebody ended it before Until; zero when nobody did.
	EndedAt time.Time
	EndedBy string
	// Outcome is how it was ended; "" while it was not.
	Outcome DutyOutcome
}

// DutyOutcome is how a duty token was ended before its time.
type DutyOutcome string

// The outcomes.
const (
	// Declined: its contact did not want it.
	Declined DutyOutcome = "declined"
	// Withdrawn: the offer was taken back, or another accepted one before.
	Withdrawn DutyOutcome = "withdrawn"
	// Returned: its contact gave it back.
	Returned DutyOutcome = "returned"
	// HandedOver: another accepted it.
	HandedOver DutyOutcome = "handed over"
)

type dutyRow struct {
	bun.BaseModel `bun:"table:duty_tokens"`

	ID         string      `bun:"id,pk"`
	Resident   string      `bun:"resident"`
	Contact    string      `bun:"contact"`
	Until      int64       `bun:"until"`
	OfferedBy  string      `bun:"offered_by"`
	OfferedAt  int64       `bun:"offered_at"`
	AcceptedAt int64       `bun:"accepted_at,nullzero"`
	EndedAt    int64       `bun:"ended_at,nullzero"`
	EndedBy    string      `bun:"ended_by"`
	Outcome    DutyOutcome `bun:"outcome"`
}

func (row *dutyRow) token() Duty {
	return Duty{
		ID: row.ID, Resident: row.Resident, Contact: row.Contact, Until: store.Time(row.Until),
		OfferedBy: row.OfferedBy, OfferedAt: store.Time(row.OfferedAt), AcceptedAt: store.Time(row.AcceptedAt),
		EndedAt: store.Time(row.EndedAt), EndedBy: row.EndedBy, Outcome: row.Outcome,
	}
}
