-- +goose Up
ALTER TABLE users ADD COLUMN disabled_at BIGINT; -- NULL: may sign in

-- What is known of the browser of a session, for its person to tell it by.
ALTER TABLE sessions ADD COLUMN id TEXT;
UPDATE sessions SET id = substr(hash, 1, 26); -- of those that there are; others have a ULID
CREATE UNIQUE INDEX sessions_by_id ON sessions (id);
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';  -- "Firefox, Android"; empty when not known
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- of the network, at the sign-in
ALTER TABLE sessions ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0; -- within some minutes
UPDATE sessions SET used_at = created_at;

-- What a token may at most. Those that there are may all that their users may.
ALTER TABLE tokens ADD COLUMN scopes INTEGER;                     -- bits, as of consents; NULL for all
ALTER TABLE tokens ADD COLUMN service BOOLEAN NOT NULL DEFAULT TRUE; -- homes, devices, rules, people
ALTER TABLE tokens ADD COLUMN changes BOOLEAN NOT NULL DEFAULT TRUE; -- not only reads
ALTER TABLE tokens ADD COLUMN used_at BIGINT;                     -- within some minutes; NULL: never

-- Browsers in which somebody has signed in before: what others guess elsewhere
-- does not count against them.
CREATE TABLE known_browsers (
    hash    TEXT PRIMARY KEY,             -- SHA-256 of the cookie's secret, hexadecimal
    user_id TEXT NOT NULL REFERENCES users (id),
    used_at BIGINT NOT NULL
);
CREATE INDEX known_browsers_by_user ON known_browsers (user_id, used_at);

-- Links by which somebody becomes a user.
CREATE TABLE invitations (
    id         TEXT PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,      -- SHA-256 of the link's secret, hexadecimal
    role       TEXT NOT NULL,
    name       TEXT NOT NULL,             -- of the person; may be empty
    language   TEXT NOT NULL,
    email      TEXT NOT NULL,             -- where the link was sent; empty when it was handed over
    contact    TEXT REFERENCES contacts (id), -- who they are already, if anybody
    resident   TEXT REFERENCES residents (id), -- in whose care team they come
    relation   TEXT NOT NULL,             -- as what; empty without a resident
    made_by    TEXT NOT NULL,             -- a user; empty for the command line
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    user_id    TEXT REFERENCES users (id), -- who they have become
    ended_at   BIGINT                     -- when it was used, or taken back
);
CREATE INDEX invitations_by_time ON invitations (made_at);

-- Links by which somebody gives themselves a new password.
CREATE TABLE password_resets (
    hash       TEXT PRIMARY KEY,          -- SHA-256 of the link's secret, hexadecimal
    user_id    TEXT NOT NULL REFERENCES users (id),
    made_by    TEXT NOT NULL,             -- a user, themselves when they asked for a letter; empty for the command line
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_resets_by_user ON password_resets (user_id);
