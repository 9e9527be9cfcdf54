-- +goose Up
-- How many of an alert's transitions those were told of who decide whom to tell.
-- What was over before there were any is nobody's news.
ALTER TABLE alerts ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE alerts SET told = transitions WHERE status = 'resolved';
CREATE INDEX alerts_untold ON alerts (severity DESC, changed_at, id) WHERE told < transitions;

-- How far the telling of each alert has come, and when something is due next.
CREATE TABLE escalations (
    alert      TEXT PRIMARY KEY REFERENCES alerts (id),
    phase      TEXT NOT NULL CHECK (phase IN ('running', 'claimed', 'snoozed', 'part', 'ended')),
    severity   INTEGER NOT NULL,
    policy     TEXT NOT NULL,             -- JSON: as it was when the steps began
    next_step  INTEGER NOT NULL,          -- which of them is made next, from 0
    round      INTEGER NOT NULL,          -- how often the last one was made
    due_at     BIGINT,
    made       INTEGER NOT NULL,          -- how many rows of escalation_steps there are
    told       TEXT NOT NULL,             -- JSON: the contacts who were told so far
    claim      TEXT NOT NULL,             -- JSON: the claim that others were told of
    outgrown   TEXT NOT NULL,             -- JSON: the claim of what was milder then
    gap        BOOLEAN NOT NULL,          -- there was nobody to be told
    lost       BOOLEAN NOT NULL,          -- nobody was reached of those who were told last
    changed_at BIGINT NOT NULL
);
CREATE INDEX escalations_due ON escalations (severity, due_at, alert) WHERE due_at IS NOT NULL;

-- What was told at one moment, to whom.
CREATE TABLE escalation_steps (
    alert     TEXT NOT NULL REFERENCES alerts (id),
    n         INTEGER NOT NULL,           -- from 1
    cause     TEXT NOT NULL,
    why       TEXT NOT NULL,
    stage     INTEGER NOT NULL,           -- which step of the policy, from 1; 0 for news
    round     INTEGER NOT NULL,           -- how often that was made before
    due_at    BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    late      BOOLEAN NOT NULL,
    emergency BOOLEAN NOT NULL,
    whom      TEXT NOT NULL,              -- JSON: contacts
    unreached TEXT NOT NULL,              -- JSON: those of them whom no channel reached
    PRIMARY KEY (alert, n)
);

-- Who is told when: policies that people have changed. All versions stay; the one
-- that holds is the newest of its id.
CREATE TABLE policies (
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,             -- from 1
    body    TEXT,                         -- JSON; NULL goes back to the default, or to none
    at      BIGINT NOT NULL,
    by_user TEXT NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (id, version)
);
-- The policies of residents for whom others hold than for all.
CREATE TABLE policies_of (
    resident TEXT NOT NULL REFERENCES residents (id),
    severity INTEGER NOT NULL,
    policy   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    by_user  TEXT NOT NULL,
    PRIMARY KEY (resident, severity)
);

-- When somebody was with the resident, who said so, and when they said it.
CREATE TABLE alert_scenes (
    alert   TEXT PRIMARY KEY REFERENCES alerts (id),
    at      BIGINT NOT NULL,
    by_user TEXT NOT NULL
);
