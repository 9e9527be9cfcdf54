-- +goose Up
-- What people have said about an alert, while it was open or later.
CREATE TABLE alert_comments (
    id      TEXT PRIMARY KEY,               -- a ULID: in the order of their times
    alert   TEXT NOT NULL REFERENCES alerts (id),
    at      BIGINT NOT NULL,
    by_user TEXT NOT NULL,
    text    TEXT NOT NULL
);
CREATE INDEX alert_comments_by_alert ON alert_comments (alert, id);

-- Rules that people have changed over the API. All versions stay; the one that
-- holds is the last of its rule.
CREATE TABLE rule_versions (
    edition BIGINT PRIMARY KEY,             -- of all rules together: one more with each change of any
    rule    TEXT NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT,                           -- JSON; NULL goes back to the default, or to none
    at      BIGINT NOT NULL,
    by_user TEXT NOT NULL,
    reason  TEXT NOT NULL,
    UNIQUE (rule, version)
);

-- The rules that the engine's states were judged by, and since when: one row.
-- What came after the states were written is judged again by the same.
CREATE TABLE engine_rules (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    rules TEXT NOT NULL,                    -- JSON
    since BIGINT NOT NULL
);
