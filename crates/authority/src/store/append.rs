//! What taking a commit into the ledger means, for every engine: what must be known of the
//! ledger first, whether the commit is admitted, and what is written then.
//!
//! An engine holds the head's lock from before the first question until its transaction ends, so
//! nothing that was learnt here can change under it.

use super::statement::{Row, Statement, Value, statements};
use super::{ChainHash, Commit, CommitFault, Head, LedgerRow, Position, StoreFault};
use std::collections::{HashMap, HashSet};

/// The ledger's end within one transaction, as far as it has been learnt.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    head: Head,
    last_stream: i64,
    streams: HashMap<String, Option<Stream>>,
    claims: HashMap<String, bool>,
    hashes: HashMap<Position, Option<ChainHash>>,
}

/// A stream's number in the store and how many events it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    /// Its number.
    pub(crate) number: i64,
    /// How many events it has.
    pub(crate) version: u64,
}

/// Something that must be known before a commit can be admitted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    /// Where this stream stands.
    Stream(String),
    /// Whether this claim is taken.
    Claim(String),
    /// Which hash the row at this position has.
    Hash(Position),
}

/// A commit that may be written, and what writes it. Its side writes are not among the
/// statements.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    /// Where the ledger ends with it.
    pub(crate) head: Head,
    /// What writes its events and claims.
    pub(crate) statements: Vec<Statement>,
    /// The rows of its events.
    pub(crate) rows: Vec<LedgerRow>,
    stream: (String, Stream),
    claims: Vec<String>,
}

statements! {
    /// The one row that says where the ledger ends.
    HEAD = "SELECT epoch, position, hash FROM head WHERE id = 1";
    MOVE_HEAD = "UPDATE head SET position = $1, hash = $2 WHERE id = 1";
    BEGIN_EPOCH = "INSERT INTO head (id, epoch, position, hash) VALUES (1, $1, 0, $2) ON CONFLICT DO NOTHING";
    NEXT_EPOCH = "UPDATE head SET epoch = $1 WHERE id = 1";
    LAST_STREAM = "SELECT COALESCE(MAX(number), 0) FROM streams";
    STREAM = "SELECT s.number, (SELECT COALESCE(MAX(l.version), 0) FROM ledger l WHERE l.stream = s.number)
        FROM streams s WHERE s.name = $1";
    NEW_STREAM = "INSERT INTO streams (number, name) VALUES ($1, $2)";
    CLAIM = "SELECT subject FROM claims WHERE name = $1";
    NEW_CLAIM = "INSERT INTO claims (name, subject, position) VALUES ($1, $2, $3)";
    HASH_AT = "SELECT hash FROM ledger WHERE position = $1";
    NEW_ROW = "INSERT INTO ledger (position, stream, version, bytes, hash) VALUES ($1, $2, $3, $4, $5)";
    ROWS_AFTER = "SELECT l.position, s.name, l.version, l.bytes, l.hash
        FROM ledger l JOIN streams s ON s.number = l.stream
        WHERE l.position > $1 ORDER BY l.position LIMIT $2";
    STREAM_BEFORE = "SELECT l.position, s.name, l.version, l.bytes, l.hash
        FROM streams s JOIN ledger l ON l.stream = s.number
        WHERE s.name = $1 AND l.version < $2 ORDER BY l.version DESC LIMIT $3";
}

/// Asks where the ledger ends.
pub(crate) fn head() -> Statement {
    Statement::new(HEAD, vec![])
}

/// Reads where the ledger ends. A store without a head row is no ledger.
pub(crate) fn read_head(rows: Vec<Row>) -> Result<Head, StoreFault> {
    let row = rows.into_iter().next().ok_or_else(|| StoreFault::Corrupt("it has no head row".into()))?;
    Ok(Head { epoch: row.id(0)?, position: Position(row.count(1)?), hash: ChainHash(row.array(2)?) })
}

/// Writes where the ledger ends from now on.
pub(crate) fn move_head(head: &Head) -> Statement {
    let values = vec![head.position.0.into(), head.hash.0.into()];
    Statement::new(MOVE_HEAD, values).expecting_one("the ledger's head")
}

/// Begins an empty ledger, unless there is one.
pub(crate) fn begin_epoch(epoch: counterfoil_core::id::EpochId) -> Statement {
    Statement::new(BEGIN_EPOCH, vec![epoch.into(), ChainHash::default().0.into()])
}

/// Begins another epoch where the ledger ends; in the commit of the event that says so.
pub(crate) fn next_epoch(epoch: counterfoil_core::id::EpochId) -> Statement {
    Statement::new(NEXT_EPOCH, vec![epoch.into()]).expecting_one("the ledger's head")
}

/// Asks for the number of the newest stream.
pub(crate) fn last_stream() -> Statement {
    Statement::new(LAST_STREAM, vec![])
}

/// Asks who holds a claim.
pub(crate) fn claim(name: &str) -> Statement {
    Statement::new(CLAIM, vec![name.into()])
}

/// Reads who holds a claim.
pub(crate) fn read_claim(rows: &[Row]) -> Result<Option<String>, StoreFault> {
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Asks for at most this many rows after a position.
pub(crate) fn rows_after(after: Position, most: usize) -> Statement {
    Statement::new(ROWS_AFTER, vec![after.0.into(), limit(most)])
}

/// What to ask `rows_after` for to get these rows and, unless they are the first, the row before
/// them, whose hash proves the next.
pub(crate) fn with_the_row_at(after: Position, most: usize) -> (Position, usize) {
    match after.0.checked_sub(1) {
        Some(before) => (Position(before), most.saturating_add(1)),
        None => (after, most),
    }
}

/// Asks for at most this many rows of a stream before a version, newest first.
pub(crate) fn stream_before(stream: &str, before: u64, most: usize) -> Statement {
    Statement::new(STREAM_BEFORE, vec![stream.into(), before.into(), limit(most)])
}

impl TryFrom<Row> for LedgerRow {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        let (position, version, hash) = (Position(row.count(0)?), row.count(2)?, ChainHash(row.array(4)?));
        let [_, Value::Text(stream), _, Value::Bytes(bytes), _] =
            <[Value; 5]>::try_from(row.into_values())
                .map_err(|_| StoreFault::Corrupt("a ledger row has not five columns".into()))?
        else {
            return Err(StoreFault::Corrupt(format!("the ledger's row {position} is malformed")));
        };
        Ok(Self { position, stream, version, bytes, hash })
    }
}

/// Reads ledger rows that must follow each other without a gap, the first right after `after`.
pub(crate) fn read_rows_after(after: Position, rows: Vec<Row>) -> Result<Vec<LedgerRow>, StoreFault> {
    without_gaps(after, super::statement::all_of::<LedgerRow>(rows)?)
}

/// Refuses ledger rows unless they follow each other without a gap, the first right after `after`.
pub(crate) fn without_gaps(after: Position, rows: Vec<LedgerRow>) -> Result<Vec<LedgerRow>, StoreFault> {
    let mut expected = after;
    for row in &rows {
        expected = expected.next();
        if row.position != expected {
            return Err(StoreFault::Corrupt(format!("the ledger has no row {expected}")));
        }
    }
    Ok(rows)
}

impl Tail {
    /// The ledger's end, whose head row and newest stream's number were just read.
    pub(crate) fn new(head: Head, last_stream: i64) -> Self {
        let (streams, claims) = Default::default();
        let hashes = HashMap::from([(head.position, Some(head.hash))]);
        Self { head, last_stream, streams, claims, hashes }
    }

    /// Where the ledger ends.
    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// What must be learnt before this commit can be admitted.
    pub(crate) fn questions(&self, commit: &Commit) -> Vec<Question> {
        let mut questions = Vec::with_capacity(2 + commit.claims.len());
        if !self.streams.contains_key(&commit.stream) {
            questions.push(Question::Stream(commit.stream.clone()));
        }
        let claims = commit.claims.iter().filter(|claim| !self.claims.contains_key(&claim.name));
        questions.extend(claims.map(|claim| Question::Claim(claim.name.clone())));
        if self.hash_at(commit.seen.position).is_none() {
            questions.push(Question::Hash(commit.seen.position));
        }
        questions
    }

    /// Takes in the answer to a question.
    pub(crate) fn learn(&mut self, question: Question, answer: &[Row]) -> Result<(), StoreFault> {
        let first = answer.first();
        match question {
            Question::Stream(name) => {
                self.streams.insert(name, first.map(Stream::try_from).transpose()?);
            }
            Question::Claim(name) => {
                self.claims.insert(name, first.is_some());
            }
            Question::Hash(position) => {
                let hash = first.map(|row| row.array(0).map(ChainHash));
                self.hashes.insert(position, hash.transpose()?);
            }
        }
        Ok(())
    }

    /// Whether the commit may be written, and what writes it. Everything that it asks must have
    /// been learnt; what was not is taken as a refusal.
    pub(crate) fn admit(&self, commit: &Commit) -> Result<Admitted, CommitFault> {
        self.refuse_another_ledger(&commit.seen)?;
        let known = self.streams.get(&commit.stream).copied().ok_or(CommitFault::Conflict)?;
        let stream = known.unwrap_or(Stream { number: self.last_stream + 1, version: 0 });
        if stream.version != commit.expected_version {
            return Err(CommitFault::Conflict);
        }
        self.refuse_taken_claims(commit)?;
        if commit.events.is_empty() {
            return Err(CommitFault::Unexpected("an event"));
        }
        Ok(self.written(commit, stream, known.is_none()))
    }

    /// Goes on from the ledger's end with this commit in it.
    pub(crate) fn take(&mut self, admitted: &Admitted) {
        self.head = admitted.head;
        self.hashes.insert(self.head.position, Some(self.head.hash));
        let (name, stream) = &admitted.stream;
        self.last_stream = self.last_stream.max(stream.number);
        self.streams.insert(name.clone(), Some(*stream));
        self.claims.extend(admitted.claims.iter().map(|name| (name.clone(), true)));
    }

    fn hash_at(&self, position: Position) -> Option<Option<ChainHash>> {
        if position == Position(0) {
            Some(Some(ChainHash::default()))
        } else if position > self.head.position {
            Some(None)
        } else {
            self.hashes.get(&position).copied()
        }
    }

    fn refuse_another_ledger(&self, seen: &Head) -> Result<(), CommitFault> {
        let same = seen.epoch == self.head.epoch && self.hash_at(seen.position) == Some(Some(seen.hash));
        if same { Ok(()) } else { Err(CommitFault::OtherLedger) }
    }

    fn refuse_taken_claims(&self, commit: &Commit) -> Result<(), CommitFault> {
        let mut own = HashSet::new();
        let is_free = |name: &String| self.claims.get(name) == Some(&false);
        match commit.claims.iter().position(|claim| !is_free(&claim.name) || !own.insert(&claim.name)) {
            Some(taken) => Err(CommitFault::ClaimTaken(taken)),
            None => Ok(()),
        }
    }

    fn written(&self, commit: &Commit, mut stream: Stream, is_new: bool) -> Admitted {
        let (mut head, mut rows) = (self.head, Vec::with_capacity(commit.events.len()));
        for bytes in &commit.events {
            stream.version += 1;
            head.position = head.position.next();
            head.hash = head.hash.of_next(bytes);
            rows.push(LedgerRow {
                position: head.position,
                stream: commit.stream.clone(),
                version: stream.version,
                bytes: bytes.clone(),
                hash: head.hash,
            });
        }
        let mut statements = Vec::with_capacity(1 + rows.len() + commit.claims.len());
        statements.extend(is_new.then(|| new_stream(&commit.stream, stream.number)));
        statements.extend(rows.iter().map(|row| whole_row(row, stream.number)));
        statements.extend(commit.claims.iter().map(|claim| {
            let values =
                vec![claim.name.as_str().into(), claim.subject.as_str().into(), head.position.0.into()];
            Statement::new(NEW_CLAIM, values).expecting_one("a claim")
        }));
        let claims = commit.claims.iter().map(|claim| claim.name.clone()).collect();
        Admitted { head, statements, rows, stream: (commit.stream.clone(), stream), claims }
    }
}

impl TryFrom<&Row> for Stream {
    type Error = StoreFault;

    fn try_from(row: &Row) -> Result<Self, StoreFault> {
        Ok(Self { number: row.integer(0)?, version: row.count(1)? })
    }
}

impl Question {
    /// What asks the store.
    pub(crate) fn statement(&self) -> Statement {
        match self {
            Self::Stream(name) => Statement::new(STREAM, vec![name.as_str().into()]),
            Self::Claim(name) => claim(name),
            Self::Hash(position) => Statement::new(HASH_AT, vec![position.0.into()]),
        }
    }
}

/// Writes a stream that is not there yet.
pub(crate) fn new_stream(name: &str, number: i64) -> Statement {
    let values = vec![number.into(), name.into()];
    Statement::new(NEW_STREAM, values).expecting_one("a stream")
}

/// Writes a row into the stream of this number.
pub(crate) fn whole_row(row: &LedgerRow, stream: i64) -> Statement {
    let values = vec![
        row.position.0.into(),
        stream.into(),
        row.version.into(),
        row.bytes.as_slice().into(),
        row.hash.0.into(),
    ];
    Statement::new(NEW_ROW, values).expecting_one("a row of the ledger")
}

fn limit(most: usize) -> Value {
    Value::Integer(i64::try_from(most).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Claim;
    use counterfoil_core::id::EpochId;

    fn epoch() -> EpochId {
        EpochId::from_random([7; 16])
    }

    fn empty() -> Head {
        Head { epoch: epoch(), position: Position(0), hash: ChainHash::default() }
    }

    fn commit(expected_version: u64, events: &[&str], claims: &[&str]) -> Commit {
        let claims = claims.iter().map(|name| Claim { name: (*name).into(), subject: "key".into() });
        Commit {
            seen: empty(),
            stream: "team".into(),
            expected_version,
            events: events.iter().map(|event| event.as_bytes().to_vec()).collect(),
            claims: claims.collect(),
            side: vec![],
        }
    }

    /// A tail of an empty ledger that has learnt what the commit asks.
    fn tail_for(commit: &Commit) -> Tail {
        let mut tail = Tail::new(empty(), 0);
        for question in tail.questions(commit) {
            tail.learn(question, &[]).unwrap();
        }
        tail
    }

    #[test]
    fn the_hash_covers_the_bytes_and_everything_before() {
        let commit = commit(0, &["a", "b"], &[]);
        let admitted = tail_for(&commit).admit(&commit).unwrap();
        let expected = ChainHash::default().of_next(b"a").of_next(b"b");
        assert_eq!(admitted.head, Head { epoch: epoch(), position: Position(2), hash: expected });
    }

    #[test]
    fn a_second_commit_of_a_group_stands_on_the_first() {
        let first = commit(0, &["a"], &["key:A"]);
        let mut tail = tail_for(&first);
        tail.take(&tail.admit(&first).unwrap());
        let again = commit(1, &["b"], &["key:A"]);
        assert_eq!(tail.admit(&again).unwrap_err(), CommitFault::ClaimTaken(0));
        let stale = commit(0, &["b"], &[]);
        assert_eq!(tail.admit(&stale).unwrap_err(), CommitFault::Conflict);
        let next = commit(1, &["b"], &[]);
        assert_eq!(tail.admit(&next).unwrap().head.position, Position(2));
    }

    #[test]
    fn what_was_the_end_before_the_group_is_still_known_behind_its_first_commit() {
        let (first, other) =
            (commit(0, &["a"], &[]), Commit { stream: "other".into(), ..commit(0, &["b"], &[]) });
        let seen = Head { position: Position(7), hash: ChainHash([7; 32]), ..empty() };
        let (first, other) = (Commit { seen, ..first }, Commit { seen, ..other });
        let mut tail = Tail::new(seen, 0);
        let questions: Vec<_> = [&first, &other].iter().flat_map(|commit| tail.questions(commit)).collect();
        for question in questions {
            tail.learn(question, &[]).unwrap();
        }
        tail.take(&tail.admit(&first).unwrap());
        assert_eq!(tail.admit(&other).unwrap().head.position, Position(9));
    }

    #[test]
    fn a_claim_twice_in_one_commit_is_taken_the_second_time() {
        let commit = commit(0, &["a"], &["key:A", "key:A"]);
        assert_eq!(tail_for(&commit).admit(&commit).unwrap_err(), CommitFault::ClaimTaken(1));
    }

    #[test]
    fn another_epoch_a_longer_past_and_another_row_are_another_ledger() {
        let good = commit(0, &["a"], &[]);
        let tail = tail_for(&good);
        let seen = [
            Head { epoch: EpochId::from_random([8; 16]), ..empty() },
            Head { position: Position(1), ..empty() },
            Head { hash: ChainHash([1; 32]), ..empty() },
        ];
        for seen in seen {
            let commit = Commit { seen, ..good.clone() };
            assert_eq!(tail.admit(&commit).unwrap_err(), CommitFault::OtherLedger, "{seen:?}");
        }
    }

    #[test]
    fn what_was_not_learnt_is_refused() {
        let commit = commit(0, &["a"], &["key:A"]);
        assert_eq!(Tail::new(empty(), 0).admit(&commit).unwrap_err(), CommitFault::Conflict);
    }

    #[test]
    fn rows_with_a_gap_are_corruption() {
        let row = |position: u64| {
            let columns =
                [position.into(), "team".into(), 1_u64.into(), b"a".to_vec().into(), [0; 32].into()];
            Row::new(columns.into())
        };
        assert_eq!(read_rows_after(Position(1), vec![row(2), row(3)]).unwrap().len(), 2);
        assert!(read_rows_after(Position(1), vec![row(2), row(4)]).is_err());
        assert!(read_rows_after(Position(1), vec![row(3)]).is_err());
    }
}
