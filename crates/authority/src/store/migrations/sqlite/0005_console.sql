-- Until when tokens may be used that were seen of a key.

CREATE TABLE last_expiry (
    key_id TEXT NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many attempts to sign in went wrong lately. The names are made by a key, and tell nothing.

CREATE TABLE sign_in_attempts (
    name BLOB NOT NULL PRIMARY KEY,
    wrong INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    known INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_attempts_by_age ON sign_in_attempts (last_at);
