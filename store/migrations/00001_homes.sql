-- +goose Up
CREATE TABLE homes (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,             -- opaque, such as "5-2": never a person's
    time_zone  TEXT NOT NULL,             -- of the IANA database, "Asia/Shanghai"
    created_at BIGINT NOT NULL
);

-- One row. Its number grows with every change of what the registry of devices
-- keeps in memory, so that other processes see that theirs is old.
CREATE TABLE registry_version (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
);
INSERT INTO registry_version (one, version) VALUES (1, 1);
