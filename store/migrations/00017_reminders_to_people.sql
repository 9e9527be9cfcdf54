-- +goose Up
-- Until when somebody is telling it; NULL for nobody. Then another may.
ALTER TABLE reminder_tellings ADD COLUMN taken_until BIGINT;

-- What a resident is called aloud at home; empty for the name.
ALTER TABLE residents ADD COLUMN called TEXT NOT NULL DEFAULT '';
