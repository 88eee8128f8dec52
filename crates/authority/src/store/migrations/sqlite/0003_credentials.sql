-- Links lead to invitations too. What went by mail proves the address.

ALTER TABLE links ADD COLUMN invitation TEXT;
ALTER TABLE links ADD COLUMN mailed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX links_by_invitation ON links (invitation);

-- Sessions say how they were opened, from where, and until when what is delicate may be done.

ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN how TEXT NOT NULL DEFAULT 'LINK';
ALTER TABLE sessions ADD COLUMN strong INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN fresh_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_by_person ON sessions (person_id);

-- Whose address is known to be theirs, and who runs the installation.

CREATE TABLE proven_addresses (
    person_id TEXT NOT NULL PRIMARY KEY,
    proven_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO proven_addresses (person_id, proven_at) SELECT id, created_at FROM persons;

CREATE TABLE operators (
    person_id TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What people prove with that it is they. Nothing here opens anything by itself: slow hashes, hashes, public
-- halves, and secrets that are sealed.

CREATE TABLE passwords (
    person_id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE authenticators (
    person_id TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL,
    kek_id TEXT NOT NULL,
    last_step INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_codes_by_person ON recovery_codes (person_id);

CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key BLOB NOT NULL,
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_by_person ON passkeys (person_id);

CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id TEXT NOT NULL,
    shown_as TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    last_used INTEGER,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_by_person ON identities (person_id);

-- What was asked of a browser and not answered yet.

CREATE TABLE challenges (
    hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    person_id TEXT,
    session TEXT NOT NULL,
    detail BLOB NOT NULL,
    tries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_by_age ON challenges (expires_at);

-- Sign-ins and changes of credentials. They are personal, and go with the person.

CREATE TABLE sign_in_events (
    id TEXT NOT NULL PRIMARY KEY,
    happened_at INTEGER NOT NULL,
    person_id TEXT,
    what TEXT NOT NULL,
    how TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_events_by_person ON sign_in_events (person_id, happened_at, id);
CREATE INDEX sign_in_events_by_age ON sign_in_events (happened_at, id);

CREATE TABLE unknown_sign_ins (
    day INTEGER NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
