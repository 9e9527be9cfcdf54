-- +goose Up
-- What residents are to do, as it is now. What can be left out is NULL.
CREATE TABLE reminders (
    id            TEXT PRIMARY KEY,
    resident      TEXT NOT NULL REFERENCES residents (id),
    kind          TEXT NOT NULL,
    schedule      TEXT NOT NULL,             -- as alerts/reminders/timetable reads it
    body          TEXT NOT NULL,             -- JSON of the rest
    stock         DOUBLE PRECISION,          -- what is left of a medicine that is counted
    version       INTEGER NOT NULL,
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    changed_by    TEXT NOT NULL,             -- a user; empty for the command line
    ended_at      BIGINT,
    planned_until BIGINT                     -- its occurrences are there before this moment; NULL once it has ended
);
CREATE INDEX reminders_by_resident ON reminders (resident);
CREATE INDEX reminders_to_plan ON reminders (planned_until) WHERE planned_until IS NOT NULL;

-- One row for each time at which a reminder is due. The id is made of the reminder,
-- the day and the time's number, so whoever plans it plans it once.
CREATE TABLE reminder_occurrences (
    id         TEXT PRIMARY KEY,
    reminder   TEXT NOT NULL REFERENCES reminders (id),
    resident   TEXT NOT NULL,
    day        TEXT NOT NULL,                -- on the resident's clock
    n          INTEGER NOT NULL,             -- which of the day's times
    due_at     BIGINT NOT NULL,
    zone       TEXT NOT NULL,                -- whose clock counts on that day
    planned_at BIGINT NOT NULL,
    status     TEXT NOT NULL,
    asked      INTEGER NOT NULL,             -- steps of its course that are behind
    told       INTEGER NOT NULL,             -- how often the resident was told
    escalated  INTEGER NOT NULL,             -- 1 while somebody else was told
    done_at    BIGINT,
    heard_at   BIGINT,
    on_time    INTEGER NOT NULL,
    by_user    TEXT NOT NULL,
    device     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    seen       TEXT NOT NULL,                -- JSON: readings that are a part of the evidence
    next_at    BIGINT                        -- when time changes something next; NULL for never
);
CREATE INDEX reminder_occurrences_next ON reminder_occurrences (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX reminder_occurrences_of ON reminder_occurrences (reminder, due_at);
CREATE INDEX reminder_occurrences_by_resident ON reminder_occurrences (resident, due_at);

-- Whose clock has counted for a resident, from which day on; empty for ever since.
CREATE TABLE reminder_zones (
    resident TEXT NOT NULL,
    from_day TEXT NOT NULL,
    zone     TEXT NOT NULL,
    PRIMARY KEY (resident, from_day)
);

-- What occurrences have to say to the alerts, until it is taken in there.
CREATE TABLE reminder_calls (
    id       TEXT PRIMARY KEY,
    at       BIGINT NOT NULL,
    n        INTEGER NOT NULL,               -- among those of one moment
    resident TEXT NOT NULL,
    kind     TEXT NOT NULL,                  -- raise or lower
    body     TEXT NOT NULL                   -- JSON
);
CREATE INDEX reminder_calls_in_order ON reminder_calls (at, n, id);

-- What is to be said at a home, until a device was told or it is too late.
CREATE TABLE reminder_tellings (
    id       TEXT PRIMARY KEY,
    at       BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    resident TEXT NOT NULL,
    body     TEXT NOT NULL                   -- JSON
);
CREATE INDEX reminder_tellings_in_order ON reminder_tellings (at);

-- Holidays, and weekends that are worked instead.
CREATE TABLE reminder_holidays (
    day   TEXT PRIMARY KEY,
    works INTEGER NOT NULL,
    name  TEXT NOT NULL
);

-- One row. Its number grows with every change of reminders and holidays, so that
-- other processes see that there is one.
CREATE TABLE reminder_version (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
);
INSERT INTO reminder_version (one, version) VALUES (1, 1);

-- What was raised in the alerts from outside, so that it counts once.
CREATE TABLE alert_raises (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX alert_raises_by_age ON alert_raises (at);
