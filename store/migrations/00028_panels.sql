-- +goose Up
-- Panels of experts as they are now. Members are users; one of them is the chair.
CREATE TABLE panels (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    active     BOOLEAN NOT NULL,
    openers    TEXT NOT NULL,             -- JSON: which rules open a question by themselves
    version    INTEGER NOT NULL,          -- from 1
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,             -- a user; empty for the command line
    reason     TEXT NOT NULL
);
CREATE TABLE panel_members (
    panel      TEXT NOT NULL REFERENCES panels (id),
    user_id    TEXT NOT NULL REFERENCES users (id),
    speciality TEXT NOT NULL,
    chair      BOOLEAN NOT NULL,
    n          INTEGER NOT NULL,          -- in this order they speak, from 1
    PRIMARY KEY (panel, user_id)
);
CREATE INDEX panel_members_by_user ON panel_members (user_id);

-- All versions of them. Rows are only added.
CREATE TABLE panel_versions (
    panel      TEXT NOT NULL REFERENCES panels (id),
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL,             -- JSON
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (panel, version)
);

-- What was put before experts: one text each, named by its SHA-256. Never changed.
CREATE TABLE consultation_evidence (
    sha256   TEXT PRIMARY KEY,            -- of body, hexadecimal
    resident TEXT NOT NULL REFERENCES residents (id),
    body     TEXT NOT NULL,               -- JSON
    made_at  BIGINT NOT NULL
);
CREATE INDEX consultation_evidence_by_resident ON consultation_evidence (resident);

-- A question put to a panel.
CREATE TABLE consultations (
    id               TEXT PRIMARY KEY,
    resident         TEXT NOT NULL REFERENCES residents (id),
    panel            TEXT NOT NULL REFERENCES panels (id),
    panel_version    INTEGER NOT NULL,
    question         TEXT NOT NULL,
    urgency          TEXT NOT NULL,       -- routine, soon, urgent
    mode             TEXT NOT NULL,       -- blind, in_turn
    status           TEXT NOT NULL,       -- open, answered, advised, withdrawn, expired
    evidence         TEXT NOT NULL REFERENCES consultation_evidence (sha256),
    consent          TEXT NOT NULL,       -- on which it was opened
    reviews          TEXT NOT NULL,       -- the advice that it looks at again; empty for none
    opened_at        BIGINT NOT NULL,
    opened_by        TEXT NOT NULL,       -- a user; empty when a rule did
    rule             TEXT NOT NULL,       -- that did
    due_at           BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    first_opinion_at BIGINT,
    answered_at      BIGINT,
    advised_at       BIGINT,
    disagreed        BOOLEAN NOT NULL,    -- the opinions were not of one mind; known once it is answered
    ended_at         BIGINT,              -- advised, withdrawn or expired
    ended_by         TEXT NOT NULL,
    ended_reason     TEXT NOT NULL,
    alarm            TEXT NOT NULL        -- what was raised of it as an alert: overdue, expired; empty for nothing
);
CREATE INDEX consultations_by_resident ON consultations (resident, opened_at);
CREATE INDEX consultations_by_panel ON consultations (panel, opened_at);
CREATE INDEX consultations_under_way ON consultations (due_at) WHERE status IN ('open', 'answered') OR alarm <> '';

-- Who was asked.
CREATE TABLE consultation_seats (
    consultation TEXT NOT NULL REFERENCES consultations (id),
    user_id      TEXT NOT NULL REFERENCES users (id),
    speciality   TEXT NOT NULL,
    n            INTEGER NOT NULL,
    state        TEXT NOT NULL,           -- asked, answered, declined
    reason       TEXT NOT NULL,           -- why it was declined
    at           BIGINT,                  -- when it was answered or declined
    PRIMARY KEY (consultation, user_id)
);
CREATE INDEX consultation_seats_by_user ON consultation_seats (user_id);

-- What they said, every version. Rows are only added.
CREATE TABLE consultation_opinions (
    consultation TEXT NOT NULL REFERENCES consultations (id),
    user_id      TEXT NOT NULL,
    version      INTEGER NOT NULL,        -- from 1
    body         TEXT NOT NULL,           -- JSON: what is sealed
    seal         TEXT NOT NULL,           -- SHA-256 of body, hexadecimal
    signed_at    BIGINT NOT NULL,
    PRIMARY KEY (consultation, user_id, version)
);

-- What panels advise. A later one takes the place of an earlier one; both stay.
CREATE TABLE advice (
    id            TEXT PRIMARY KEY,
    consultation  TEXT NOT NULL REFERENCES consultations (id),
    resident      TEXT NOT NULL REFERENCES residents (id),
    body          TEXT NOT NULL,          -- JSON: what is sealed
    seal          TEXT NOT NULL,          -- SHA-256 of body, hexadecimal
    signed_at     BIGINT NOT NULL,
    signed_by     TEXT NOT NULL,
    superseded_by TEXT NOT NULL,          -- the later advice; empty while it holds
    review_at     BIGINT,                 -- when it is to be looked at again; NULL when it was
    reviewed_at   BIGINT,
    reviewed_by   TEXT NOT NULL,
    review_note   TEXT NOT NULL,
    alarm         TEXT NOT NULL           -- review; empty for nothing
);
CREATE UNIQUE INDEX advice_by_consultation ON advice (consultation);
CREATE INDEX advice_by_resident ON advice (resident, signed_at);
CREATE INDEX advice_to_review ON advice (review_at) WHERE review_at IS NOT NULL OR alarm <> '';

-- What became of the changes that advice proposes.
CREATE TABLE advice_proposals (
    advice     TEXT NOT NULL REFERENCES advice (id),
    n          INTEGER NOT NULL,          -- from 1
    resident   TEXT NOT NULL,
    state      TEXT NOT NULL,             -- open, accepted, applied, declined
    decided_at BIGINT,
    decided_by TEXT NOT NULL,
    reason     TEXT NOT NULL,
    was        TEXT NOT NULL,             -- how it was when it was accepted
    applied_at BIGINT,
    made       TEXT NOT NULL,             -- what came of it: a version, an entry, a reminder
    problem    TEXT NOT NULL,             -- why it is open again, or not applied yet
    effect     TEXT NOT NULL,             -- JSON, once it is known; empty before
    PRIMARY KEY (advice, n)
);
CREATE INDEX advice_proposals_under_way ON advice_proposals (applied_at) WHERE state = 'accepted' OR state = 'applied' AND effect = '';

-- What was signed is looked for by what it says.
CREATE INDEX audit_signed ON audit (what) WHERE action = 'sign';
