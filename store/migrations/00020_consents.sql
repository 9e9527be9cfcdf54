-- +goose Up
-- What residents, or their guardians, agreed to: one row for each purpose and
-- person. Nothing is changed but for the withdrawal.
CREATE TABLE consents (
    id           TEXT PRIMARY KEY,
    resident     TEXT NOT NULL REFERENCES residents (id),
    purpose      TEXT NOT NULL,           -- monitoring, sharing, panel, research, abroad
    contact      TEXT REFERENCES contacts (id), -- to whom, where the purpose is to share
    scopes       INTEGER NOT NULL,        -- bits: 1 status, 2 vitals, 4 alerts, 8 file, 16 documents
    given_by     TEXT NOT NULL,           -- the name of who gave it
    capacity     TEXT NOT NULL,           -- resident or guardian
    proof        TEXT NOT NULL,           -- of the guardian's right, or where the paper is
    witness      TEXT NOT NULL,
    manner       TEXT NOT NULL,           -- signed_in, paper, spoken
    text_version TEXT NOT NULL,           -- of what was shown or read out
    text_hash    TEXT NOT NULL,           -- SHA-256 of it, hexadecimal
    language     TEXT NOT NULL,           -- in which
    given_at     BIGINT NOT NULL,
    from_at      BIGINT NOT NULL,
    until_at     BIGINT,                  -- NULL: until it is withdrawn
    recorded_by  TEXT NOT NULL,           -- a user; empty for the command line
    withdrawn_at BIGINT,
    withdrawn_by TEXT NOT NULL,
    withdrawal   TEXT NOT NULL            -- who withdrew it and why, in words
);
CREATE INDEX consents_by_resident ON consents (resident, given_at);
CREATE INDEX consents_of_monitoring_ended ON consents (resident)
    WHERE purpose = 'monitoring' AND (withdrawn_at IS NOT NULL OR until_at IS NOT NULL);
CREATE INDEX consents_by_contact ON consents (contact, resident);

-- Access in an emergency by those who have none: with a reason, for an hour.
CREATE TABLE emergencies (
    id          TEXT PRIMARY KEY,
    resident    TEXT NOT NULL REFERENCES residents (id),
    user_id     TEXT NOT NULL REFERENCES users (id),
    reason      TEXT NOT NULL,
    since       BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    ended_at    BIGINT,                   -- before that, by somebody
    told_at     BIGINT,                   -- when those around the resident were told
    reviewed_at BIGINT,
    reviewed_by TEXT NOT NULL,
    verdict     TEXT NOT NULL,            -- justified or not_justified
    note        TEXT NOT NULL
);
CREATE INDEX emergencies_by_resident ON emergencies (resident, since);
CREATE INDEX emergencies_by_user ON emergencies (user_id, until);
