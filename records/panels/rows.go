package panels

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

type consultationRow struct {
	bun.BaseModel `bun:"table:consultations,alias:c"`

	ID             string  `bun:"id,pk"`
	Resident       string  `bun:"resident"`
	Panel          string  `bun:"panel"`
	PanelVersion   int     `bun:"panel_version"`
	Question       string  `bun:"question"`
	Urgency        Urgency `bun:"urgency"`
	Mode           Mode    `bun:"mode"`
	Status         Status  `bun:"status"`
	Evidence       string  `bun:"evidence"`
	Consent        string  `bun:"consent"`
	Reviews        string  `bun:"reviews"`
	OpenedAt       int64   `bun:"opened_at"`
	OpenedBy       string  `bun:"opened_by"`
	Rule           string  `bun:"rule"`
	DueAt          int64   `bun:"due_at"`
	ExpiresAt      int64   `bun:"expires_at"`
	FirstOpinionAt int64   `bun:"first_opinion_at,nullzero"`
	AnsweredAt     int64   `bun:"answered_at,nullzero"`
	AdvisedAt      int64   `bun:"advised_at,nullzero"`
	Disagreed      bool    `bun:"disagreed"`
	EndedAt        int64   `bun:"ended_at,nullzero"`
	EndedBy        string  `bun:"ended_by"`
	EndedFor       string  `bun:"ended_reason"`
	Alarm          string  `bun:"alarm"`
}

type seatRow struct {
	bun.BaseModel `bun:"table:consultation_seats,alias:s"`

	Consultation string    `bun:"consultation,pk"`
	User         string    `bun:"user_id,pk"`
	Speciality   string    `bun:"speciality"`
	N            int       `bun:"n"`
	State        SeatState `bun:"state"`
	Reason       string    `bun:"reason"`
	At           int64     `bun:"at,nullzero"`
}

type evidenceRow struct {
	bun.BaseModel `bun:"table:consultation_evidence"`

	SHA256   string `bun:"sha256,pk"`
	Resident string `bun:"resident"`
	Body     string `bun:"body"`
	MadeAt   int64  `bun:"made_at"`
}

type opinionRow struct {
	bun.BaseModel `bun:"table:consultation_opinions"`

	Consultation string `bun:"consultation,pk"`
	User         string `bun:"user_id,pk"`
	Version      int    `bun:"version,pk"`
	Body         string `bun:"body"`
	Seal         string `bun:"seal"`
	SignedAt     int64  `bun:"signed_at"`
}

type adviceRow struct {
	bun.BaseModel `bun:"table:advice,alias:a"`

	ID           string `bun:"id,pk"`
	Consultation string `bun:"consultation"`
	Resident     string `bun:"resident"`
	Body         string `bun:"body"`
	Seal         string `bun:"seal"`
	SignedAt     int64  `bun:"signed_at"`
	SignedBy     string `bun:"signed_by"`
	SupersededBy string `bun:"superseded_by"`
	ReviewAt     int64  `bun:"review_at,nullzero"`
	ReviewedAt   int64  `bun:"reviewed_at,nullzero"`
	ReviewedBy   string `bun:"reviewed_by"`
	ReviewNote   string `bun:"review_note"`
	Alarm        string `bun:"alarm"`
}

type proposalRow struct {
	bun.BaseModel `bun:"table:advice_proposals,alias:p"`

	Advice    string        `bun:"advice,pk"`
	N         int           `bun:"n,pk"`
	Resident  string        `bun:"resident"`
	State     ProposalState `bun:"state"`
	DecidedAt int64         `bun:"decided_at,nullzero"`
	DecidedBy string        `bun:"decided_by"`
	Reason    string        `bun:"reason"`
	Was       string        `bun:"was"`
	AppliedAt int64         `bun:"applied_at,nullzero"`
	Made      string        `bun:"made"`
	Problem   string        `bun:"problem"`
	Effect    string        `bun:"effect"`
}

func (r *consultationRow) consultation() Consultation {
	return Consultation{
		ID: r.ID, Resident: r.Resident, Panel: r.Panel, PanelVersion: r.PanelVersion, Question: r.Question, Urgency: r.Urgency, Mode: r.Mode, Status: r.Status,
		Evidence: r.Evidence, Consent: r.Consent, Reviews: r.Reviews, OpenedAt: store.Time(r.OpenedAt), OpenedBy: r.OpenedBy, Rule: r.Rule,
		DueAt: store.Time(r.DueAt), ExpiresAt: store.Time(r.ExpiresAt), FirstOpinionAt: store.Time(r.FirstOpinionAt), AnsweredAt: store.Time(r.AnsweredAt),
		AdvisedAt: store.Time(r.AdvisedAt), Disagreed: r.Disagreed, EndedAt: store.Time(r.EndedAt), EndedBy: r.EndedBy, EndedFor: r.EndedFor, alarm: r.Alarm,
	}
}

func consultationRowOf(c *Consultation) consultationRow {
	return consultationRow{
		ID: c.ID, Resident: c.Resident, Panel: c.Panel, PanelVersion: c.PanelVersion, Question: c.Question, Urgency: c.Urgency, Mode: c.Mode, Status: c.Status,
		Evidence: c.Evidence, Consent: c.Consent, Reviews: c.Reviews, OpenedAt: store.Millis(c.OpenedAt), OpenedBy: c.OpenedBy, Rule: c.Rule,
		DueAt: store.Millis(c.DueAt), ExpiresAt: store.Millis(c.ExpiresAt), FirstOpinionAt: store.Millis(c.FirstOpinionAt), AnsweredAt: store.Millis(c.AnsweredAt),
		AdvisedAt: store.Millis(c.AdvisedAt), Disagreed: c.Disagreed, EndedAt: store.Millis(c.EndedAt), EndedBy: c.EndedBy, EndedFor: c.EndedFor, Alarm: c.alarm,
	}
}

func (r *seatRow) seat() Seat {
	return Seat{User: r.User, Speciality: r.Speciality, N: r.N, State: r.State, Reason: r.Reason, At: store.Time(r.At)}
}

func (r *proposalRow) proposal(consultation string, c Change, before string) (Proposal, error) {
	p := Proposal{
		Advice: r.Advice, Consultation: consultation, Resident: r.Resident, N: r.N, Change: c, Before: before, Was: r.Was, State: r.State, DecidedAt: store.Time(r.DecidedAt),
		DecidedBy: r.DecidedBy, Reason: r.Reason, AppliedAt: store.Time(r.AppliedAt), Made: r.Made, Problem: r.Problem,
	}
	if r.Effect == "" {
		return p, nil
	}
	p.Effect = &Effect{}
	if err := json.Unmarshal([]byte(r.Effect), p.Effect); err != nil {
		return p, fmt.Errorf("read the effect of proposal %d of advice %s: %w", r.N, r.Advice, err)
	}
	return p, nil
}

// consultationsWhere reads consultations with their seats.
func consultationsWhere(ctx context.Context, db bun.IDB, which func(*bun.SelectQuery)) ([]Consultation, error) {
	var rows []consultationRow
	query := db.NewSelect().Model(&rows)
	which(query)
	if err := query.Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	all, ids, at := make([]Consultation, len(rows)), make([]string, len(rows)), map[string]int{}
	for i := range rows {
		all[i], ids[i], at[rows[i].ID] = rows[i].consultation(), rows[i].ID, i
	}
	var seats []seatRow
	if err := db.NewSelect().Model(&seats).Where("consultation IN (?)", bun.In(ids)).Order("consultation", "n").Scan(ctx); err != nil {
		return nil, err
	}
	for i := range seats {
		c := &all[at[seats[i].Consultation]]
		c.Seats = append(c.Seats, seats[i].seat())
	}
	return all, nil
}

func consultationOf(ctx context.Context, db bun.IDB, id string) (Consultation, error) {
	all, err := consultationsWhere(ctx, db, func(q *bun.SelectQuery) { q.Where("c.id = ?", id) })
	if err != nil {
		return Consultation{}, err
	}
	if len(all) == 0 {
		return Consultation{}, store.NotFound("consultation", id)
	}
	return all[0], nil
}

// write puts a consultation in the place of what is kept of it, but for its seats.
func (c *Consultation) write(ctx context.Context, tx bun.Tx) error {
	row := consultationRowOf(c)
	_, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx)
	return err
}
