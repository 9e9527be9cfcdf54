-- +goose Up
CREATE TABLE residents (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    birth_date TEXT,                      -- "1941-03-05"
    sex        TEXT NOT NULL CHECK (sex IN ('female', 'male', 'other', 'unknown')),
    home       TEXT REFERENCES homes (id),
    room       TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    language   TEXT NOT NULL,             -- BCP 47, "zh-CN"; empty when not said
    created_at BIGINT NOT NULL
);
CREATE INDEX residents_by_home ON residents (home, id);
