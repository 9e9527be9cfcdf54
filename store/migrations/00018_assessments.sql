-- +goose Up
-- What residents were assessed by forms, as it holds now. What can be left out is
-- NULL or empty.
CREATE TABLE assessments (
    id            TEXT PRIMARY KEY,
    resident      TEXT NOT NULL REFERENCES residents (id),
    form          TEXT NOT NULL,
    form_version  INTEGER NOT NULL,
    answers       TEXT NOT NULL,             -- JSON
    total         INTEGER,                   -- NULL for a form without one
    band_set      TEXT NOT NULL,
    band          TEXT NOT NULL,
    assessor_user TEXT NOT NULL,             -- a user, or
    assessor      TEXT NOT NULL,             -- a name as it was written
    mode          TEXT NOT NULL,
    day           TEXT NOT NULL,             -- on the resident's clock
    next_due      TEXT,
    note          TEXT NOT NULL,
    withdrawn     BOOLEAN NOT NULL,          -- it is not about this resident, or never was
    version       INTEGER NOT NULL,          -- from 1
    reason        TEXT NOT NULL,             -- why there is this version
    created_at    BIGINT NOT NULL,
    created_by    TEXT NOT NULL,             -- a user; empty for the command line
    changed_at    BIGINT NOT NULL,
    changed_by    TEXT NOT NULL
);
CREATE INDEX assessments_by_resident ON assessments (resident, form, day);

-- All versions of them, the one that holds among them. Rows are only added.
CREATE TABLE assessment_versions (
    id            TEXT NOT NULL REFERENCES assessments (id),
    resident      TEXT NOT NULL,
    form          TEXT NOT NULL,
    form_version  INTEGER NOT NULL,
    answers       TEXT NOT NULL,
    total         INTEGER,
    band_set      TEXT NOT NULL,
    band          TEXT NOT NULL,
    assessor_user TEXT NOT NULL,
    assessor      TEXT NOT NULL,
    mode          TEXT NOT NULL,
    day           TEXT NOT NULL,
    next_due      TEXT,
    note          TEXT NOT NULL,
    withdrawn     BOOLEAN NOT NULL,
    version       INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    created_by    TEXT NOT NULL,
    changed_at    BIGINT NOT NULL,
    changed_by    TEXT NOT NULL,
    PRIMARY KEY (id, version)
);
