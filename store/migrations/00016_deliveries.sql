-- +goose Up
-- Each attempt to tell one person of one thing over one channel. Contacts,
-- channels and alerts are not referred to: what was told stays when they go.
CREATE TABLE deliveries (
    id           TEXT PRIMARY KEY,          -- a ULID; what a provider knows it by, at every attempt
    about        TEXT NOT NULL CHECK (about IN ('alert', 'news', 'occurrence', 'test', 'access', 'digest')),
    subject      TEXT NOT NULL,             -- the alert, the occurrence, the test; of a digest its own id
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
CREATE INDEX deliveries_next ON deliveries (next_at, severity) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_by_subject ON deliveries (subject, contact);
CREATE INDEX deliveries_by_contact ON deliveries (contact, due_at) WHERE NOT gathered;
CREATE INDEX deliveries_gathered ON deliveries (contact, channel, next_at) WHERE gathered AND digest IS NULL;
CREATE INDEX deliveries_by_digest ON deliveries (digest) WHERE digest IS NOT NULL;
CREATE INDEX deliveries_failed ON deliveries (ended_at DESC, id DESC) WHERE status = 'failed';

CREATE TABLE delivery_attempts (
    delivery TEXT NOT NULL REFERENCES deliveries (id),
    n        INTEGER NOT NULL,              -- from 1
    at       BIGINT NOT NULL,
    ended_at BIGINT,                        -- NULL while it is under way, or when whoever made it died
    outcome  TEXT NOT NULL,                 -- 'accepted', 'refused', 'failed'; empty while not known
    answer   TEXT NOT NULL,
    PRIMARY KEY (delivery, n)
);

-- One-tap links that were used: each works once.
CREATE TABLE link_uses (
    hash     TEXT PRIMARY KEY,              -- SHA-256 of the link's token, hexadecimal
    delivery TEXT NOT NULL,
    action   TEXT NOT NULL,
    used_at  BIGINT NOT NULL,
    by_whom  TEXT NOT NULL                  -- a user, or "contact:" and a contact
);

-- Keys that the service made for itself at its first start.
CREATE TABLE secrets (
    name    TEXT PRIMARY KEY,
    value   TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

-- Residents of whom nobody can be told, by severity, while that is so; without a
-- resident, what the staff is told of.
CREATE TABLE reach_gaps (
    resident TEXT NOT NULL,
    severity INTEGER NOT NULL,
    since    BIGINT NOT NULL,
    PRIMARY KEY (resident, severity)
);
