-- What servers were lent of the hours of keys. The database's clock is the only one here: a loan counts for an
-- hour after its end.

CREATE VIEW database_clock AS SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now;

CREATE TABLE loans (
    key_id TEXT NOT NULL,
    service TEXT NOT NULL,
    server TEXT NOT NULL,
    number INTEGER NOT NULL,
    requests INTEGER NOT NULL CHECK (requests >= 0),
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (key_id, service, server, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX loans_by_end ON loans (ends_at);

-- What holders of keys were told when they were refused, for their teams' eyes.

CREATE TABLE refusals (
    server TEXT NOT NULL,
    number INTEGER NOT NULL,
    team TEXT NOT NULL,
    key_id TEXT NOT NULL,
    refused_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    request_id TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (server, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX refusals_by_team ON refusals (team, refused_at);
CREATE INDEX refusals_by_age ON refusals (refused_at);
