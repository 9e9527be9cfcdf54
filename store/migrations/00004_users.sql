-- +goose Up
CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    login      TEXT NOT NULL UNIQUE,      -- in lower case
    name       TEXT NOT NULL,
    language   TEXT NOT NULL,
    role       TEXT NOT NULL,
    password   TEXT NOT NULL,             -- argon2id, as a PHC string; empty for none
    created_at BIGINT NOT NULL
);

CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    label      TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,      -- SHA-256 of the token, hexadecimal
    created_at BIGINT NOT NULL,
    expires_at BIGINT                     -- NULL: never
);
CREATE INDEX tokens_by_user ON tokens (user_id, id);

CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,          -- SHA-256 of the cookie's secret, hexadecimal
    user_id    TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
