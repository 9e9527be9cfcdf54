-- +goose Up
-- Where in the home a device stands: "bathroom", "bedroom", ...; empty when that
-- is not known. Of devices that are there already nobody has said so.
ALTER TABLE devices ADD COLUMN zone TEXT NOT NULL DEFAULT '';
