-- +goose Up
-- Who wishes to be told of a resident's week on Monday morning, since when, and which
-- week they were told of last ("2026-W48").
ALTER TABLE care_team ADD COLUMN weekly_since BIGINT;
ALTER TABLE care_team ADD COLUMN weekly_told TEXT NOT NULL DEFAULT '';
