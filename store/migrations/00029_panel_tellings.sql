-- +goose Up
-- Who is to be told of a question to a panel, and was. Rows stay: nobody is told twice.
CREATE TABLE panel_tellings (
    consultation TEXT NOT NULL REFERENCES consultations (id),
    kind         TEXT NOT NULL,           -- asked, again, ready, advised
    user_id      TEXT NOT NULL,           -- the expert; empty for who looks after the resident
    at           BIGINT NOT NULL,         -- when it came about
    told_at      BIGINT,
    outcome      TEXT NOT NULL,           -- told, nobody, moot; empty until then
    PRIMARY KEY (consultation, kind, user_id)
);
CREATE INDEX panel_tellings_untold ON panel_tellings (at) WHERE told_at IS NULL;
