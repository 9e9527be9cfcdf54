-- +goose Up
-- Numbers to call; empty for none.
ALTER TABLE residents ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE homes ADD COLUMN phone TEXT NOT NULL DEFAULT '';
-- Whether neighbours who are called may be told it.
ALTER TABLE homes ADD COLUMN phone_for_neighbours BOOLEAN NOT NULL DEFAULT FALSE;
