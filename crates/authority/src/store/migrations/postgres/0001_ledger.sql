-- The ledger.

CREATE TABLE head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE streams (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE ledger (
    position BIGINT NOT NULL PRIMARY KEY,
    stream BIGINT NOT NULL REFERENCES streams (number),
    version BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    UNIQUE (stream, version)
);

CREATE TABLE claims (
    name TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    position BIGINT NOT NULL
);

-- People. What stands here can be erased; the ledger names members only.

CREATE TABLE persons (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_normal TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    member_id TEXT NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    joined_at BIGINT NOT NULL,
    left_at BIGINT
);
CREATE UNIQUE INDEX members_one_a_team ON members (team, person_id) WHERE left_at IS NULL;
CREATE INDEX members_by_person ON members (person_id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    email TEXT NOT NULL,
    email_normal TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_one_a_team ON invitations (team, email_normal);
CREATE INDEX invitations_by_email ON invitations (email_normal);

-- Halves that wait for their one download, sealed.

CREATE TABLE seal_keys (
    kek_id TEXT NOT NULL PRIMARY KEY,
    proof BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE pending_halves (
    key_id TEXT NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    kek_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Ways in.

CREATE TABLE links (
    hash BYTEA NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    person_id TEXT,
    team TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE sessions (
    hash BYTEA NOT NULL PRIMARY KEY,
    person_id TEXT,
    created_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Answers to repeated requests.

CREATE TABLE answers (
    scope BYTEA NOT NULL PRIMARY KEY,
    body_hash BYTEA NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX answers_by_age ON answers (created_at);

-- Use.

CREATE TABLE usage_hours (
    key_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    team TEXT NOT NULL,
    endpoint_group TEXT NOT NULL,
    access TEXT NOT NULL,
    family TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (key_id, hour, team, endpoint_group, access, family, outcome)
);
CREATE INDEX usage_hours_by_age ON usage_hours (hour);

CREATE TABLE usage_days (
    key_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    team TEXT NOT NULL,
    endpoint_group TEXT NOT NULL,
    access TEXT NOT NULL,
    family TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (key_id, day, team, endpoint_group, access, family, outcome)
);
CREATE INDEX usage_days_by_age ON usage_days (day);

CREATE TABLE usage_batches (
    server TEXT NOT NULL,
    batch BIGINT NOT NULL,
    flushed_at BIGINT NOT NULL,
    PRIMARY KEY (server, batch)
);
CREATE INDEX usage_batches_by_age ON usage_batches (flushed_at);

CREATE TABLE last_used (
    key_id TEXT NOT NULL PRIMARY KEY,
    used_at BIGINT NOT NULL
);

-- Who reads and serves this ledger.

CREATE TABLE replicas (
    name TEXT NOT NULL PRIMARY KEY,
    credential_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    position BIGINT NOT NULL,
    seen_at BIGINT
);

CREATE TABLE servers (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    reads_level BIGINT NOT NULL
);

CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
