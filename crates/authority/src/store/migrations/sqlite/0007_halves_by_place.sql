-- Halves that wait stand under the place of their key's claim in the ledger, and are found by that claim: an index
-- of their keys was one page more to write, at random, for each new key.

CREATE TABLE waiting_halves (
    position INTEGER NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL,
    team TEXT NOT NULL,
    sealed BLOB NOT NULL,
    kek_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO waiting_halves (position, key_id, team, sealed, kek_id, created_at)
    SELECT c.position, h.key_id, h.team, h.sealed, h.kek_id, h.created_at
    FROM pending_halves h JOIN claims c ON c.name = 'key:' || h.key_id;
DROP TABLE pending_halves;
ALTER TABLE waiting_halves RENAME TO pending_halves;
