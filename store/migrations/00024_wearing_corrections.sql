-- +goose Up
-- What was corrected about who wore a device. The wearings are as they hold now;
-- what they were before stands here.
CREATE TABLE wearing_corrections (
    number   BIGINT PRIMARY KEY,          -- in the order in which they were made, from 1
    device   TEXT NOT NULL REFERENCES devices (id),
    resident TEXT NOT NULL,               -- who wore it; empty for nobody
    was      TEXT NOT NULL,               -- who was said to have; empty for nobody
    from_at  BIGINT NOT NULL,             -- inclusive
    to_at    BIGINT NOT NULL,             -- exclusive
    goes_on  BOOLEAN NOT NULL,            -- it is so at to_at, when this was said, and from then on
    before   TEXT NOT NULL,               -- all wearings of the device, as a JSON array
    after    TEXT NOT NULL,
    made_at  BIGINT NOT NULL,
    made_by  TEXT NOT NULL,               -- a user; empty for the command line
    why      TEXT NOT NULL,
    step     TEXT NOT NULL,               -- how far it is carried out: noted, moved, judged, done
    until_entry BIGINT,                   -- the journal's entries after this one know better; NULL while it is carried out
    outcome  TEXT NOT NULL                -- what came of it, as a JSON object
);
CREATE INDEX wearing_corrections_by_device ON wearing_corrections (device, number);
CREATE INDEX wearing_corrections_by_resident ON wearing_corrections (resident, number);
CREATE INDEX wearing_corrections_by_was ON wearing_corrections (was, number);
CREATE INDEX wearing_corrections_open ON wearing_corrections (number) WHERE step <> 'done';
