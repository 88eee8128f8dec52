-- Halves that wait, one after the other as they were made, and found by a small index: among each other by
-- their names, a new one moved its neighbours, and several pages were written for it.

CREATE TABLE waiting_halves (
    key_id TEXT NOT NULL PRIMARY KEY,
    team TEXT NOT NULL,
    sealed BLOB NOT NULL,
    kek_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO waiting_halves (key_id, team, sealed, kek_id, created_at)
    SELECT key_id, team, sealed, kek_id, created_at FROM pending_halves ORDER BY created_at;
DROP TABLE pending_halves;
ALTER TABLE waiting_halves RENAME TO pending_halves;
