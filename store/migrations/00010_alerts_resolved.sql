-- +goose Up
CREATE INDEX alerts_by_resolution ON alerts (resolved_at DESC, id DESC) WHERE resolved_at IS NOT NULL AND part_of = '';
