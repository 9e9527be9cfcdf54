-- +goose Up
-- Numbers to call; empty for none.
ALTER TABLE residents ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE homes ADD COLUMN phone TEXT NOT NULL DEFAULT '';
-- Whether neighbours who are called may be told it.
ALTER TABLE homes ADD COLUMN phone_for_neighbours BOOLEAN NOT NULL DEFAULT FALSE;

-- What a provider was handed, as it was said: subject and text, without links.
ALTER TABLE delivery_attempts ADD COLUMN said TEXT NOT NULL DEFAULT '';
