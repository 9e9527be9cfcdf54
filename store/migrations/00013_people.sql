-- +goose Up
-- People who can be told. One that is removed stays as a row, for what was once
-- told to it.
CREATE TABLE contacts (
    id         TEXT PRIMARY KEY,
    user_id    TEXT UNIQUE REFERENCES users (id), -- who signs in as it, if anybody does
    name       TEXT NOT NULL,
    language   TEXT NOT NULL,             -- BCP 47, "zh-CN"; empty when not said
    time_zone  TEXT NOT NULL,             -- of the IANA database, "Asia/Shanghai"
    quiet      TEXT,                      -- JSON: hours of the day; NULL for the usual ones
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    removed_at BIGINT
);

-- Where a contact is reached: one address over one kind, in the order n.
CREATE TABLE contact_channels (
    id            TEXT PRIMARY KEY,
    contact       TEXT NOT NULL REFERENCES contacts (id),
    n             INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    address       TEXT NOT NULL,          -- may hold a secret
    label         TEXT NOT NULL,
    trusted       BOOLEAN NOT NULL,       -- may carry details of somebody's health
    severity_from INTEGER NOT NULL,       -- 1 info, 2 warning, 3 critical
    loud_from     INTEGER NOT NULL,       -- from which severity on it makes a sound
    added_at      BIGINT NOT NULL,
    confirmed_at  BIGINT,                 -- when its person was seen to have it
    worked_at     BIGINT,                 -- when something last got through
    failed_at     BIGINT,                 -- when something last did not
    fault         TEXT NOT NULL,          -- what it failed with; empty since it worked again
    removed_at    BIGINT
);
CREATE INDEX contact_channels_by_contact ON contact_channels (contact, n);

-- Who cares for a resident, and in which order they are told.
CREATE TABLE care_team (
    resident      TEXT NOT NULL REFERENCES residents (id),
    contact       TEXT NOT NULL REFERENCES contacts (id),
    relation      TEXT NOT NULL,
    n             INTEGER NOT NULL,
    severity_from INTEGER NOT NULL,
    delay_ms      BIGINT NOT NULL,        -- their own, for what is not critical; 0 for none
    repeat_ms     BIGINT NOT NULL,        -- likewise; 0 for the policy's
    PRIMARY KEY (resident, contact)
);
CREATE INDEX care_team_by_contact ON care_team (contact);

-- Staff with a roster, the residents that they look after, and a supervisor.
CREATE TABLE teams (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    supervisor TEXT REFERENCES contacts (id),
    time_zone  TEXT NOT NULL              -- in which its shifts are meant
);
CREATE TABLE team_members (
    team    TEXT NOT NULL REFERENCES teams (id),
    contact TEXT NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (team, contact)
);
CREATE INDEX team_members_by_contact ON team_members (contact);
CREATE TABLE team_residents (
    resident TEXT PRIMARY KEY REFERENCES residents (id),
    team     TEXT NOT NULL REFERENCES teams (id)
);
CREATE INDEX team_residents_by_team ON team_residents (team);

-- The roster of a week, and what stands in its place for a while.
CREATE TABLE shifts (
    id          TEXT PRIMARY KEY,
    team        TEXT NOT NULL REFERENCES teams (id),
    contact     TEXT NOT NULL REFERENCES contacts (id),
    weekday     INTEGER NOT NULL,         -- on which it begins: 0 Sunday to 6 Saturday
    from_minute INTEGER NOT NULL,         -- of the day, on the clock on the wall
    to_minute   INTEGER NOT NULL,         -- not after from_minute: on the next day
    since       TEXT,                     -- the first day on which it may begin, "2026-10-01"
    until       TEXT                      -- the last
);
CREATE INDEX shifts_by_team ON shifts (team);
CREATE INDEX shifts_by_contact ON shifts (contact);
CREATE TABLE shift_overrides (
    id         TEXT PRIMARY KEY,
    team       TEXT NOT NULL REFERENCES teams (id),
    contact    TEXT NOT NULL REFERENCES contacts (id),
    from_at    BIGINT NOT NULL,
    to_at      BIGINT NOT NULL,
    set_by     TEXT NOT NULL,             -- a user; empty for the command line
    reason     TEXT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX shift_overrides_by_team ON shift_overrides (team, to_at);
CREATE INDEX shift_overrides_by_contact ON shift_overrides (contact);

-- "I have her until 20:00". A row is one person's: offered, then perhaps
-- accepted, then over. Of a resident one at most is accepted and not over.
CREATE TABLE duty_tokens (
    id          TEXT PRIMARY KEY,
    resident    TEXT NOT NULL REFERENCES residents (id),
    contact     TEXT NOT NULL REFERENCES contacts (id), -- who has it, or is to have it
    until       BIGINT NOT NULL,          -- when it ends by itself, accepted or not
    offered_by  TEXT NOT NULL,            -- a user; empty for the command line
    offered_at  BIGINT NOT NULL,
    accepted_at BIGINT,
    ended_at    BIGINT,                   -- before until, by somebody
    ended_by    TEXT NOT NULL,
    outcome     TEXT NOT NULL             -- how it ended: declined, withdrawn, returned, handed over
);
CREATE UNIQUE INDEX duty_tokens_held ON duty_tokens (resident) WHERE accepted_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX duty_tokens_by_resident ON duty_tokens (resident, offered_at);
CREATE INDEX duty_tokens_by_contact ON duty_tokens (contact);
