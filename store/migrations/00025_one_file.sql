-- +goose Up
-- The resident in whose file this one's went; NULL for one who has a file.
ALTER TABLE residents ADD COLUMN merged_into TEXT REFERENCES residents (id);
CREATE INDEX residents_merged ON residents (merged_into) WHERE merged_into IS NOT NULL;
-- Set until what a resident is found by among likely duplicates was written anew.
ALTER TABLE residents ADD COLUMN keys_due BOOLEAN NOT NULL DEFAULT TRUE;
CREATE INDEX residents_keys_due ON residents (id) WHERE keys_due;

-- Who residents are, as it ever was before it was corrected.
CREATE TABLE resident_versions (
    resident   TEXT NOT NULL REFERENCES residents (id),
    version    INTEGER NOT NULL,          -- from 1
    body       TEXT NOT NULL,             -- JSON
    reason     TEXT NOT NULL,             -- why it was said
    changed_by TEXT NOT NULL,             -- a user; empty for the command line
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (resident, version)
);

-- What a resident is found by: hashes, so that nothing can be read out of them.
CREATE TABLE resident_keys (
    resident TEXT NOT NULL REFERENCES residents (id),
    key      TEXT NOT NULL,               -- hexadecimal
    PRIMARY KEY (key, resident)
);
CREATE INDEX resident_keys_by_resident ON resident_keys (resident);

-- Two residents of whom somebody said that they are two. One is less than other.
CREATE TABLE distinct_residents (
    one     TEXT NOT NULL REFERENCES residents (id),
    other   TEXT NOT NULL REFERENCES residents (id),
    said_by TEXT NOT NULL,                -- a user; empty for the command line
    said_at BIGINT NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (one, other)
);
CREATE INDEX distinct_residents_by_other ON distinct_residents (other);

-- Two files that were made one, and perhaps two again.
CREATE TABLE merges (
    id        TEXT PRIMARY KEY,
    survivor  TEXT NOT NULL REFERENCES residents (id),
    other     TEXT NOT NULL REFERENCES residents (id),
    reason    TEXT NOT NULL,
    chosen    TEXT NOT NULL,              -- JSON: what was chosen, and what it took the place of
    made_by   TEXT NOT NULL,              -- a user
    made_at   BIGINT NOT NULL,
    seq       BIGINT NOT NULL,            -- the journal's last entry then, or when it was undone
    undone_at BIGINT,
    undone_by TEXT NOT NULL,
    undoing   TEXT NOT NULL,              -- why it was undone
    readings  TEXT NOT NULL CHECK (readings IN ('to_move', 'moving', 'moved', 'to_return', 'returned'))
);
CREATE UNIQUE INDEX merges_in_force ON merges (other) WHERE undone_at IS NULL;
CREATE INDEX merges_by_survivor ON merges (survivor, made_at);
CREATE INDEX merges_unfinished ON merges (id) WHERE readings IN ('to_move', 'moving', 'to_return');

-- Which rows of which table went from one file to the other.
CREATE TABLE merge_rows (
    merge      TEXT NOT NULL REFERENCES merges (id),
    table_name TEXT NOT NULL,
    row_key    TEXT NOT NULL,
    PRIMARY KEY (merge, table_name, row_key)
);

-- Whose readings were whose when two files were made one: spans of time of one
-- device in which all that there is was the other's, or both had it.
CREATE TABLE merge_readings (
    merge   TEXT NOT NULL REFERENCES merges (id),
    device  TEXT NOT NULL,
    from_at BIGINT NOT NULL,              -- of the first reading
    to_at   BIGINT NOT NULL,              -- of the last
    shared  BOOLEAN NOT NULL,             -- both had them
    PRIMARY KEY (merge, device, from_at)
);
