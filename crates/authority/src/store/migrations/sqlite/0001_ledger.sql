-- The ledger.

CREATE TABLE head (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE streams (
    number INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE ledger (
    position INTEGER NOT NULL PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams (number),
    version INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TABLE claims (
    name TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- People. What stands here can be erased; the ledger names members only.

CREATE TABLE persons (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_normal TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    member_id TEXT NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    joined_at INTEGER NOT NULL,
    left_at INTEGER
) STRICT;
CREATE UNIQUE INDEX members_one_a_team ON members (team, person_id) WHERE left_at IS NULL;
CREATE INDEX members_by_person ON members (person_id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    email TEXT NOT NULL,
    email_normal TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invitations_one_a_team ON invitations (team, email_normal);
CREATE INDEX invitations_by_email ON invitations (email_normal);

-- Halves that wait for their one download, sealed.

CREATE TABLE seal_keys (
    kek_id TEXT NOT NULL PRIMARY KEY,
    proof BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE pending_halves (
    key_id TEXT NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    sealed BLOB NOT NULL,
    kek_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Ways in.

CREATE TABLE links (
    hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    person_id TEXT,
    team TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE TABLE sessions (
    hash BLOB NOT NULL PRIMARY KEY,
    person_id TEXT,
    created_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Answers to repeated requests.

CREATE TABLE answers (
    scope BLOB NOT NULL PRIMARY KEY,
    body_hash BLOB NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX answers_by_age ON answers (created_at);

-- Use.

CREATE TABLE usage_hours (
    key_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    team TEXT NOT NULL,
    endpoint_group TEXT NOT NULL,
    access TEXT NOT NULL,
    family TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key_id, hour, team, endpoint_group, access, family, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_hours_by_age ON usage_hours (hour);

CREATE TABLE usage_days (
    key_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    team TEXT NOT NULL,
    endpoint_group TEXT NOT NULL,
    access TEXT NOT NULL,
    family TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key_id, day, team, endpoint_group, access, family, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_days_by_age ON usage_days (day);

CREATE TABLE usage_batches (
    server TEXT NOT NULL,
    batch INTEGER NOT NULL,
    flushed_at INTEGER NOT NULL,
    PRIMARY KEY (server, batch)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_batches_by_age ON usage_batches (flushed_at);

CREATE TABLE last_used (
    key_id TEXT NOT NULL PRIMARY KEY,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who reads and serves this ledger.

CREATE TABLE replicas (
    name TEXT NOT NULL PRIMARY KEY,
    credential_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    seen_at INTEGER
) STRICT;

CREATE TABLE servers (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    reads_level INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
