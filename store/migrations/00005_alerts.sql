-- +goose Up
CREATE TABLE alerts (
    id            TEXT PRIMARY KEY,
    resident      TEXT NOT NULL,
    rule          TEXT NOT NULL,
    rule_text     TEXT NOT NULL,            -- the rule as it was when it began, as JSON
    status        TEXT NOT NULL CHECK (status IN ('firing', 'claimed', 'resolved')),
    severity      INTEGER NOT NULL,         -- 1 info, 2 warning, 3 critical
    since         BIGINT NOT NULL,          -- when its rule began to hold
    began_at      BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    resolved_at   BIGINT,
    claimed_by    TEXT NOT NULL,            -- a user; empty while nobody has it
    claimed_until BIGINT,
    snoozed_until BIGINT,
    verdict       TEXT NOT NULL,
    transitions   INTEGER NOT NULL          -- how many there are
);
CREATE INDEX alerts_by_resident ON alerts (resident, began_at);
CREATE INDEX alerts_by_time ON alerts (began_at);
CREATE INDEX alerts_open ON alerts (severity, began_at) WHERE status <> 'resolved';

-- The steps of an alert's life. Judging the same events again gives the same
-- ones, which are then there already.
CREATE TABLE alert_transitions (
    alert    TEXT NOT NULL REFERENCES alerts (id),
    n        INTEGER NOT NULL,              -- from 1
    at       BIGINT NOT NULL,
    status   TEXT NOT NULL,
    severity INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    by_user  TEXT NOT NULL,
    until    BIGINT,
    verdict  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    evidence TEXT NOT NULL,                 -- JSON
    PRIMARY KEY (alert, n)
);

-- What the engine knows of each resident, and up to where of the journal and of
-- its other inputs that is. A restart goes on from there.
CREATE TABLE engine_states (
    resident TEXT PRIMARY KEY,
    state    BYTEA NOT NULL
);

-- What the engine heard that is not in the journal, in the order in which it
-- heard it: what people did, profiles, and time that brought something about.
CREATE TABLE engine_inputs (
    id       BIGINT PRIMARY KEY,
    after    BIGINT NOT NULL,               -- the entry of the journal that it came after
    at       BIGINT NOT NULL,
    resident TEXT NOT NULL,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL                  -- JSON
);
