-- +goose Up
-- An alert may be about a resident, about a device of a home, or about a home.
ALTER TABLE alerts ADD COLUMN home TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN device TEXT NOT NULL DEFAULT '';
-- The alert that this one is a part of; empty for one that stands on its own.
ALTER TABLE alerts ADD COLUMN part_of TEXT NOT NULL DEFAULT '';
CREATE INDEX alerts_by_home ON alerts (home, began_at);
CREATE INDEX alerts_parts ON alerts (part_of) WHERE part_of <> '';

-- The resident's readings around an alert's beginning. They stay with it, whatever
-- becomes of the timeline.
CREATE TABLE alert_evidence (
    alert    TEXT PRIMARY KEY REFERENCES alerts (id),
    from_at  BIGINT NOT NULL,
    to_at    BIGINT NOT NULL,
    again_at BIGINT,                        -- when to look again; NULL once it is complete
    body     TEXT NOT NULL                  -- JSON
);
CREATE INDEX alert_evidence_open ON alert_evidence (again_at) WHERE again_at IS NOT NULL;
