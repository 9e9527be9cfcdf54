-- +goose Up
-- Who saw and changed what of a resident, and why that was allowed: rows are
-- appended, each with a hash over itself and the hash before it.
CREATE TABLE audit (
    seq      BIGINT PRIMARY KEY,          -- from 1, without a gap
    at       BIGINT NOT NULL,
    actor    TEXT NOT NULL,               -- a user; empty for the service itself and the command line
    via      TEXT NOT NULL,               -- api, page, stream, link, mqtt, command, service
    action   TEXT NOT NULL,
    resident TEXT NOT NULL,               -- empty when it is about none
    scope    TEXT NOT NULL,               -- the kind of data
    what     TEXT NOT NULL,               -- the route, without values
    ground   TEXT NOT NULL,               -- why it was allowed
    refused  BOOLEAN NOT NULL,
    reason   TEXT NOT NULL,               -- what the actor said
    address  TEXT NOT NULL,               -- of the network
    hash     TEXT NOT NULL                -- SHA-256, hexadecimal
);
CREATE INDEX audit_by_resident ON audit (resident, seq);
CREATE INDEX audit_by_actor ON audit (actor, seq);

-- One row: where the chain begins, after what was kept long enough, and ends.
CREATE TABLE audit_chain (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    first_seq  BIGINT NOT NULL,           -- of the oldest row there is
    first_hash TEXT NOT NULL,             -- that it goes on from
    last_seq   BIGINT NOT NULL,
    last_hash  TEXT NOT NULL
);
INSERT INTO audit_chain (one, first_seq, first_hash, last_seq, last_hash) VALUES (1, 1, '', 0, '');
