-- +goose Up
-- What health files say: one row for each entry, with which of its versions holds.
CREATE TABLE file_entries (
    id       TEXT PRIMARY KEY,
    resident TEXT NOT NULL REFERENCES residents (id),
    kind     TEXT NOT NULL,               -- condition, allergy, medicine, ...
    version  INTEGER NOT NULL,            -- the one that holds
    reminder TEXT NOT NULL DEFAULT '',    -- of a medicine: the reminder that it feeds
    followed INTEGER NOT NULL DEFAULT 0   -- of a medicine: the version that the reminder is like
);
CREATE INDEX file_entries_by_resident ON file_entries (resident);
-- Of these a resident has one.
CREATE UNIQUE INDEX file_entries_of_one ON file_entries (resident, kind) WHERE kind IN ('particulars', 'habits');
-- Medicines whose reminders are behind: few, and looked for often.
CREATE INDEX file_entries_behind ON file_entries (id) WHERE kind = 'medicine' AND version <> followed;

-- All that health files ever said. Nothing is changed or taken away.
CREATE TABLE file_versions (
    entry        TEXT NOT NULL REFERENCES file_entries (id),
    version      INTEGER NOT NULL,        -- from 1
    resident     TEXT NOT NULL,
    file_version INTEGER NOT NULL,        -- of the resident's file as a whole, from 1
    state        TEXT NOT NULL,           -- current, ended, entered_in_error
    body         TEXT NOT NULL,           -- JSON
    ended_on     TEXT NOT NULL,           -- a day, a month or a year; empty when not ended
    reason       TEXT NOT NULL,
    changed_by   TEXT NOT NULL,           -- a user; empty for the command line
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (entry, version)
);
CREATE UNIQUE INDEX file_versions_of_file ON file_versions (resident, file_version);

-- Which paper an entry refers to: a document its own, the particulars the photo.
CREATE TABLE file_papers (
    entry    TEXT PRIMARY KEY REFERENCES file_entries (id),
    resident TEXT NOT NULL,
    sha256   TEXT NOT NULL,               -- the name of the file
    size     BIGINT NOT NULL              -- bytes
);
CREATE INDEX file_papers_by_name ON file_papers (sha256);
CREATE INDEX file_papers_by_resident ON file_papers (resident);
