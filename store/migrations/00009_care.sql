-- +goose Up
-- What the rules go by of each resident, as it is and as it ever was.
CREATE TABLE resident_care (
    resident   TEXT NOT NULL REFERENCES residents (id),
    version    INTEGER NOT NULL,          -- from 1; the highest is how it is
    care       TEXT NOT NULL,             -- JSON
    reason     TEXT NOT NULL,
    changed_by TEXT NOT NULL,             -- a user; empty for the command line
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (resident, version)
);

-- What residents are in for a while. A change ends one row and begins another.
CREATE TABLE situations (
    id       TEXT PRIMARY KEY,
    resident TEXT NOT NULL REFERENCES residents (id),
    kind     TEXT NOT NULL,
    since    BIGINT NOT NULL,             -- when the resident came into it
    until    BIGINT NOT NULL,             -- when it ends by itself
    note     TEXT NOT NULL,
    set_by   TEXT NOT NULL,               -- a user; empty for the command line
    set_at   BIGINT NOT NULL,
    ended_at BIGINT,                      -- before that by somebody, or by the next row
    ended_by TEXT NOT NULL
);
CREATE INDEX situations_by_resident ON situations (resident, set_at);
CREATE INDEX situations_by_end ON situations (until);

-- One row. Its number grows with every change of the two, so that other
-- processes see that there is one.
CREATE TABLE care_version (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
);
INSERT INTO care_version (one, version) VALUES (1, 1);
