package deliveries

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Status is how far a delivery has come.
type Status string

// The statuses.
const (
	Queued    Status = "queued"
	Sending   Status = "sending"
	Sent      Status = "sent"      // the provider has it
	Delivered Status = "delivered" // it arrived
	Seen      Status = "seen"      // somebody looked at it
	Failed    Status = "failed"    // this channel did not carry it
	Dropped   Status = "dropped"   // there was no reason to send it any more
)

// Delivery is one attempt to tell one person over one channel, with what became
// of it.
type Delivery struct {
	ID      string
	About   About
	Subject string
	Step    int
	// Again is how often the contact was told at this step before, at its own wish.
	Again    int
	Says     Says
	Resident string
	Contact  string
	Relation Relation
	Severity rules.Severity
	Loud     bool
	// Channel and Kind are "" where the contact had none for this.
	Channel string
	Kind    Kind
	// Gathered ones go in a digest, Digest is in which one they went.
	Gathered bool
	Digest   string
	Status   Status
	QueuedAt time.Time
	DueAt    time.Time
	// NextAt is when it is tried, or looked at again; zero when it is at its end.
	NextAt                               time.Time
	SentAt, DeliveredAt, SeenAt, EndedAt time.Time
	Attempts                             int
	// Answer is what the provider said last, or why the delivery was dropped.
	Answer string
}

type row struct {
	bun.BaseModel `bun:"table:deliveries,alias:d"`

	ID          string   `bun:"id,pk"`
	About       About    `bun:"about"`
	Subject     string   `bun:"subject"`
	Step        int      `bun:"step"`
	Again       int      `bun:"again"`
	Says        Says     `bun:"says"`
	Resident    string   `bun:"resident"`
	Contact     string   `bun:"contact"`
	Relation    Relation `bun:"relation"`
	Severity    int8     `bun:"severity"`
	Loud        bool     `bun:"loud"`
	RepeatMS    int64    `bun:"repeat_ms"`
	Detail      string   `bun:"detail"`
	Channel     string   `bun:"channel"`
	Kind        Kind     `bun:"kind"`
	Lane        string   `bun:"lane"`
	Gathered    bool     `bun:"gathered"`
	Digest      string   `bun:"digest,nullzero"`
	Status      Status   `bun:"status"`
	QueuedAt    int64    `bun:"queued_at"`
	DueAt       int64    `bun:"due_at"`
	DeadlineAt  int64    `bun:"deadline_at"`
	NextAt      int64    `bun:"next_at,nullzero"`
	Attempts    int      `bun:"attempts"`
	SentAt      int64    `bun:"sent_at,nullzero"`
	DeliveredAt int64    `bun:"delivered_at,nullzero"`
	SeenAt      int64    `bun:"seen_at,nullzero"`
	EndedAt     int64    `bun:"ended_at,nullzero"`
	Answer      string   `bun:"answer"`
}

type attemptRow struct {
	bun.BaseModel `bun:"table:delivery_attempts"`

	Delivery string `bun:"delivery,pk"`
	N        int    `bun:"n,pk"`
	At       int64  `bun:"at"`
	EndedAt  int64  `bun:"ended_at,nullzero"`
	Outcome  string `bun:"outcome"`
	Answer   string `bun:"answer"`
	Said     string `bun:"said"`
}

func (r *row) delivery() Delivery {
	return Delivery{
		ID: r.ID, About: r.About, Subject: r.Subject, Step: r.Step, Again: r.Again, Says: r.Says, Resident: r.Resident, Contact: r.Contact, Relation: r.Relation,
		Severity: rules.Severity(r.Severity), Loud: r.Loud, Channel: r.Channel, Kind: r.Kind, Gathered: r.Gathered, Digest: r.Digest, Status: r.Status,
		QueuedAt: store.Time(r.QueuedAt), DueAt: store.Time(r.DueAt), NextAt: store.Time(r.NextAt), SentAt: store.Time(r.SentAt), DeliveredAt: store.Time(r.DeliveredAt),
		SeenAt: store.Time(r.SeenAt), EndedAt: store.Time(r.EndedAt), Attempts: r.Attempts, Answer: r.Answer,
	}
}

// detail is what else a telling says, as it is kept.
type detail struct {
	Holder    string `json:"holder,omitempty"`
	HeldUntil int64  `json:"held_until,omitempty"`
	Emergency bool   `json:"emergency,omitempty"`
	Late      bool   `json:"late,omitempty"`
	Until     int64  `json:"until,omitempty"`
	// Again is when somebody called again.
	Again      int64  `json:"again,omitempty"`
	Unanswered bool   `json:"unanswered,omitempty"`
	Over       []Kind `json:"over,omitempty"`
	Only       string `json:"only,omitempty"` // the only channel to use
	Words      *Words `json:"words,omitempty"`
}

func (r *row) detail() (detail, error) {
	var d detail
	if err := json.Unmarshal([]byte(r.Detail), &d); err != nil {
		return d, fmt.Errorf("read what delivery %s says: %w", r.ID, err)
	}
	return d, nil
}
