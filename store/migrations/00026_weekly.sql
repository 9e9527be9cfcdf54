-- +goose Up
-- Who wishes to be told of a resident's week on Monday morning, since when, and which
-- week they were told of last ("2026-W48").
ALTER TABLE care_team ADD COLUMN weekly_since BIGINT;
ALTER TABLE care_team ADD COLUMN weekly_told TEXT NOT NULL DEFAULT '';

-- A delivery may be about a week, or a question to a panel. SQLite cannot change what a column may hold, so the
-- table is made anew, and with it the one that refers to it.
CREATE TABLE deliveries_now (
    id           TEXT PRIMARY KEY,          -- a ULID; what a provider knows it by, at every attempt
    about        TEXT NOT NULL CHECK (about IN ('alert', 'news', 'occurrence', 'test', 'access', 'digest', 'week', 'question')),
    subject      TEXT NOT NULL,             -- the alert, the occurrence, the test, the question; of a digest its own id
    step         INTEGER NOT NULL,          -- which telling of the subject
    again        INTEGER NOT NULL,          -- how often the contact was told at that step before, at its own wish
    says         TEXT NOT NULL,
    resident     TEXT NOT NULL,             -- empty for what is about a home or many
    contact      TEXT NOT NULL,
    relation     TEXT NOT NULL,
    severity     INTEGER NOT NULL,          -- 1 info, 2 warning, 3 critical
    loud         BOOLEAN NOT NULL,
    repeat_ms    BIGINT NOT NULL,           -- told again so long after it was sent; 0 for never
    detail       TEXT NOT NULL,             -- what else the telling says, as JSON
    channel      TEXT NOT NULL,             -- empty when there was none
    kind         TEXT NOT NULL,
    lane         TEXT NOT NULL,             -- the provider that one slow sending holds up
    gathered     BOOLEAN NOT NULL,          -- goes in a digest
    digest       TEXT,                      -- in which one it went
    status       TEXT NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'seen', 'failed', 'dropped')),
    queued_at    BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,           -- when it may be told
    deadline_at  BIGINT NOT NULL,           -- then this channel has had its time
    next_at      BIGINT,                    -- when to look at it: to send it, or when whoever sends it must have come back
    attempts     INTEGER NOT NULL,
    sent_at      BIGINT,
    delivered_at BIGINT,
    seen_at      BIGINT,
    ended_at     BIGINT,                    -- failed or dropped
    answer       TEXT NOT NULL,             -- the provider's, or why it was dropped
    UNIQUE (about, subject, step, contact, again, channel)
);
INSERT INTO deliveries_now (id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail,
    channel, kind, lane, gathered, digest, status, queued_at, due_at, deadline_at, next_at, attempts, sent_at,
    delivered_at, seen_at, ended_at, answer)
    SELECT id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail,
    channel, kind, lane, gathered, digest, status, queued_at, due_at, deadline_at, next_at, attempts, sent_at,
    delivered_at, seen_at, ended_at, answer FROM deliveries;
CREATE TABLE delivery_attempts_now (
    delivery TEXT NOT NULL REFERENCES deliveries_now (id),
    n        INTEGER NOT NULL,              -- from 1
    at       BIGINT NOT NULL,
    ended_at BIGINT,                        -- NULL while it is under way, or when whoever made it died
    outcome  TEXT NOT NULL,                 -- 'accepted', 'refused', 'failed'; empty while not known
    answer   TEXT NOT NULL,
    said     TEXT NOT NULL DEFAULT '',      -- what a provider was handed: subject and text, without links
    PRIMARY KEY (delivery, n)
);
INSERT INTO delivery_attempts_now (delivery, n, at, ended_at, outcome, answer)
    SELECT delivery, n, at, ended_at, outcome, answer FROM delivery_attempts;
DROP TABLE delivery_attempts;
DROP TABLE deliveries;
ALTER TABLE deliveries_now RENAME TO deliveries;
ALTER TABLE delivery_attempts_now RENAME TO delivery_attempts;
CREATE INDEX deliveries_next ON deliveries (next_at, severity) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_by_subject ON deliveries (subject, contact);
CREATE INDEX deliveries_by_contact ON deliveries (contact, due_at) WHERE NOT gathered;
CREATE INDEX deliveries_gathered ON deliveries (contact, channel, next_at) WHERE gathered AND digest IS NULL;
CREATE INDEX deliveries_by_digest ON deliveries (digest) WHERE digest IS NOT NULL;
CREATE INDEX deliveries_failed ON deliveries (ended_at DESC, id DESC) WHERE status = 'failed';
