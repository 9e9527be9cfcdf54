-- +goose Up
-- That all that is kept of a resident is to be erased, and the proof that it was. From
-- the first moment on this is the tombstone that readers of the journal honour: what is
-- in it of the resident is passed over. There is no reference to residents.
CREATE TABLE erasures (
    id          TEXT PRIMARY KEY,
    resident    TEXT NOT NULL UNIQUE,     -- an id, which is not given again
    asked_by    TEXT NOT NULL,            -- a user; empty for the command line
    asked_at    BIGINT NOT NULL,
    reason      TEXT NOT NULL,            -- without a name
    sources     TEXT NOT NULL,            -- JSON: what devices of theirs alone are called in messages
    places      TEXT NOT NULL,            -- JSON: how much there was, and is, in each place
    tries       INTEGER NOT NULL,
    problem     TEXT NOT NULL,            -- why it is not done yet; empty when nothing stands in the way
    done_at     BIGINT,
    hash        TEXT NOT NULL             -- SHA-256 of the proof, hexadecimal; empty until it is done
);
