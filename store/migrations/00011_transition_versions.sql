-- +goose Up
-- The version of the rule that a step of an alert was judged by.
ALTER TABLE alert_transitions ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- Inputs of one resident that are taken the place of are found and forgotten.
CREATE INDEX engine_inputs_by_resident ON engine_inputs (resident, kind, id);
