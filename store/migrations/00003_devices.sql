-- +goose Up
CREATE TABLE devices (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,             -- "bracelet", "door contact", ...
    model      TEXT NOT NULL,
    codec      TEXT NOT NULL,             -- the format that it is heard in
    external   TEXT NOT NULL,             -- how that format names it
    home       TEXT REFERENCES homes (id), -- where it is fixed; NULL for one to be worn
    fixed_at   BIGINT,                    -- since when; NULL when it was never elsewhere
    gateway    BOOLEAN NOT NULL,
    filters    TEXT NOT NULL,             -- a gateway's topic filters, as a JSON array
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
-- The name is free again once its device is retired.
CREATE UNIQUE INDEX devices_by_external ON devices (codec, external) WHERE retired_at IS NULL;
CREATE INDEX devices_by_home ON devices (home, id);

CREATE TABLE wearings (
    device   TEXT NOT NULL REFERENCES devices (id),
    resident TEXT NOT NULL REFERENCES residents (id),
    from_at  BIGINT NOT NULL,             -- inclusive
    to_at    BIGINT CHECK (to_at > from_at), -- exclusive; NULL while it is worn
    PRIMARY KEY (device, from_at)
);
-- That wearings of one device do not overlap is seen to in the transaction that
-- adds one; this alone would not show all of it.
CREATE UNIQUE INDEX wearings_open ON wearings (device) WHERE to_at IS NULL;
CREATE INDEX wearings_by_resident ON wearings (resident, from_at);

CREATE TABLE credentials (
    device     TEXT PRIMARY KEY REFERENCES devices (id), -- also the login
    salt       TEXT NOT NULL,             -- hexadecimal
    hash       TEXT NOT NULL,             -- SHA-256 of salt and secret, hexadecimal
    created_at BIGINT NOT NULL
);

-- What devices said about themselves. There is no reference to devices: this
-- follows the journal, which may know a device that a restored copy of the
-- records does not.
CREATE TABLE device_states (
    device         TEXT PRIMARY KEY,
    seen_at        BIGINT,
    battery        DOUBLE PRECISION NOT NULL, -- %
    battery_at     BIGINT,
    battery_low    BOOLEAN NOT NULL,
    battery_low_at BIGINT,
    rssi           DOUBLE PRECISION NOT NULL, -- dBm
    rssi_at        BIGINT,
    online         BOOLEAN NOT NULL,
    online_at      BIGINT,
    firmware       TEXT NOT NULL,
    firmware_at    BIGINT,
    clock_behind   BIGINT NOT NULL,       -- milliseconds
    clock_at       BIGINT,
    problem        TEXT NOT NULL,
    problem_at     BIGINT
);

-- How far the readers of the journal that keep their effects here have come.
CREATE TABLE journal_cursors (
    reader TEXT PRIMARY KEY,
    seq    BIGINT NOT NULL
);
