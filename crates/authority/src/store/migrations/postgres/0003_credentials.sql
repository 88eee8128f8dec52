-- Links lead to invitations too. What went by mail proves the address.

ALTER TABLE links ADD COLUMN invitation TEXT;
ALTER TABLE links ADD COLUMN mailed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX links_by_invitation ON links (invitation);

-- Sessions say how they were opened, from where, and until when what is delicate may be done.

ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN how TEXT NOT NULL DEFAULT 'LINK';
ALTER TABLE sessions ADD COLUMN strong BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN fresh_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_by_person ON sessions (person_id);

-- Whose address is known to be theirs, and who runs the installation.

CREATE TABLE proven_addresses (
    person_id TEXT NOT NULL PRIMARY KEY,
    proven_at BIGINT NOT NULL
);
INSERT INTO proven_addresses (person_id, proven_at) SELECT id, created_at FROM persons;

CREATE TABLE operators (
    person_id TEXT NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);

-- What people prove with that it is they. Nothing here opens anything by itself: slow hashes, hashes, public
-- halves, and secrets that are sealed.

CREATE TABLE passwords (
    person_id TEXT NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL,
    set_at BIGINT NOT NULL
);

CREATE TABLE authenticators (
    person_id TEXT NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL,
    kek_id TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX recovery_codes_by_person ON recovery_codes (person_id);

CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used BIGINT
);
CREATE INDEX passkeys_by_person ON passkeys (person_id);

CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id TEXT NOT NULL,
    shown_as TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    last_used BIGINT,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_by_person ON identities (person_id);

-- What was asked of a browser and not answered yet.

CREATE TABLE challenges (
    hash BYTEA NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    person_id TEXT,
    session TEXT NOT NULL,
    detail BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX challenges_by_age ON challenges (expires_at);

-- Sign-ins and changes of credentials. They are personal, and go with the person.

CREATE TABLE sign_in_events (
    id TEXT NOT NULL PRIMARY KEY,
    happened_at BIGINT NOT NULL,
    person_id TEXT,
    what TEXT NOT NULL,
    how TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX sign_in_events_by_person ON sign_in_events (person_id, happened_at, id);
CREATE INDEX sign_in_events_by_age ON sign_in_events (happened_at, id);

CREATE TABLE unknown_sign_ins (
    day BIGINT NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL
);
