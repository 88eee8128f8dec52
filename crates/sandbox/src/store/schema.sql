CREATE TABLE IF NOT EXISTS teams (team TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS resources (
    number INTEGER NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    app TEXT,
    attributes TEXT NOT NULL,
    hidden TEXT,
    UNIQUE (team, type, id)
) STRICT;
CREATE INDEX IF NOT EXISTS resources_in_order ON resources (team, type, number);

CREATE TABLE IF NOT EXISTS links (
    owner INTEGER NOT NULL,
    name TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    team TEXT NOT NULL,
    owner_type TEXT NOT NULL,
    PRIMARY KEY (owner, name, target_type, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_back ON links (team, target_type, target_id, owner_type, name, place, owner);

CREATE TABLE IF NOT EXISTS facets (
    team TEXT NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    value ANY NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (team, type, name, value, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS facets_of ON facets (number);

CREATE TABLE IF NOT EXISTS counts (
    team TEXT NOT NULL,
    type TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (team, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS uploads (
    token TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE REFERENCES resources (number) ON DELETE CASCADE,
    team TEXT NOT NULL,
    size INTEGER NOT NULL,
    is_open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS upload_parts (
    token TEXT NOT NULL REFERENCES uploads (token) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (token, part)
) STRICT;

CREATE TABLE IF NOT EXISTS due (
    number INTEGER NOT NULL PRIMARY KEY REFERENCES resources (number) ON DELETE CASCADE,
    team TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS due_in_order ON due (team, at);

CREATE TABLE IF NOT EXISTS revoked (
    serial TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS aside (
    team TEXT NOT NULL,
    shelf TEXT NOT NULL,
    key TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (team, shelf, key)
) STRICT, WITHOUT ROWID;
