-- Mail that waits to be sent, and what became of it. It says what it is about, never to which address nor with
-- which link: the address is looked up, and the link made, at the moment of sending.

CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    about TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    claimed_until INTEGER NOT NULL,
    fault TEXT,
    sent_at INTEGER,
    given_up_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_subject ON outbox (subject, created_at);
CREATE INDEX outbox_by_due ON outbox (due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;

-- Sign-ons by another provider that have come back, so that each comes back once. Only a hash is kept.

CREATE TABLE sign_ons (
    hash BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
