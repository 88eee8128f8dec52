-- Mail that waits to be sent, and what became of it. It says what it is about, never to which address nor with
-- which link: the address is looked up, and the link made, at the moment of sending.

CREATE TABLE outbox (
    id BYTEA NOT NULL PRIMARY KEY,
    about TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    fault TEXT,
    sent_at BIGINT,
    given_up_at BIGINT
);
CREATE INDEX outbox_by_subject ON outbox (subject, created_at);
CREATE INDEX outbox_by_due ON outbox (due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;

-- Sign-ons by another provider that have come back, so that each comes back once. Only a hash is kept.

CREATE TABLE sign_ons (
    hash BYTEA NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
