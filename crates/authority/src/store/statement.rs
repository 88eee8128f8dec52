//! One SQL statement with its values, and one row of its answer: the same for every engine.

use super::StoreFault;
use counterfoil_core::time::Timestamp;
use std::fmt;

/// What a column holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number; points in time are milliseconds.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes, which `Debug` counts and never shows: they may be a sealed half.
    Bytes(Vec<u8>),
}

/// A statement, ready to be carried out by any engine.
///
/// Its text comes from a constant made by [`statements!`](super::tables), so that its parameters
/// are known to be numbered in the order of their first appearance.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Value>,
    pub(crate) expects: Expects,
    pub(crate) erases: bool,
}

/// What a statement must have found, or else the whole commit is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// Whatever it finds is right.
    Anything,
    /// It changes (or returns) one row exactly; the name says in refusals what was missing.
    OneRow(&'static str),
}

/// A row that a statement answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

impl Statement {
    /// A statement that may find any number of rows.
    #[must_use]
    pub fn new(sql: &'static str, values: Vec<Value>) -> Self {
        Self { sql, values, expects: Expects::Anything, erases: false }
    }

    /// This statement, undone with everything around it unless it finds one row exactly.
    #[must_use]
    pub fn expecting_one(mut self, name: &'static str) -> Self {
        self.expects = Expects::OneRow(name);
        self
    }

    /// This statement, whose removed bytes must also vanish from the engine's log soon.
    #[must_use]
    pub fn erasing(mut self) -> Self {
        self.erases = true;
        self
    }

    /// What refusals call this statement.
    pub(crate) fn name(&self) -> &'static str {
        match self.expects {
            Expects::OneRow(name) => name,
            Expects::Anything => "a rule of the tables",
        }
    }

    /// Whether this many rows, changed or returned, are what it expects.
    pub(crate) fn is_met_by(&self, rows: u64) -> bool {
        match self.expects {
            Expects::Anything => true,
            Expects::OneRow(_) => rows == 1,
        }
    }
}

impl Row {
    /// A row of these columns.
    #[must_use]
    pub fn new(columns: Vec<Value>) -> Self {
        Self(columns)
    }

    /// All columns, in order.
    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        self.0
    }

    /// What this column holds, whatever it is.
    #[must_use]
    pub fn value(&self, column: usize) -> Option<&Value> {
        self.0.get(column)
    }

    /// The text of this column.
    ///
    /// # Errors
    /// `Corrupt` if there is no text; so with all getters.
    pub fn text(&self, column: usize) -> Result<&str, StoreFault> {
        self.maybe_text(column)?.ok_or_else(|| self.not(column, "a text"))
    }

    /// The text of this column, if it holds any.
    ///
    /// # Errors
    /// `Corrupt` if it holds something else.
    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>, StoreFault> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.not(column, "a text")),
        }
    }

    /// The number of this column.
    ///
    /// # Errors
    /// `Corrupt` if there is no number.
    pub fn integer(&self, column: usize) -> Result<i64, StoreFault> {
        self.maybe_integer(column)?.ok_or_else(|| self.not(column, "a number"))
    }

    /// The number of this column, if it holds any.
    ///
    /// # Errors
    /// `Corrupt` if it holds something else.
    pub fn maybe_integer(&self, column: usize) -> Result<Option<i64>, StoreFault> {
        match self.0.get(column) {
            Some(Value::Integer(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.not(column, "a number")),
        }
    }

    /// The number of this column, which counts something.
    ///
    /// # Errors
    /// `Corrupt` if there is no number, or one below zero.
    pub fn count(&self, column: usize) -> Result<u64, StoreFault> {
        u64::try_from(self.integer(column)?).map_err(|_| self.not(column, "a count"))
    }

    /// The point in time of this column.
    ///
    /// # Errors
    /// `Corrupt` if there is none.
    pub fn time(&self, column: usize) -> Result<Timestamp, StoreFault> {
        self.integer(column).map(Timestamp::from_millis)
    }

    /// The point in time of this column, if it holds any.
    ///
    /// # Errors
    /// `Corrupt` if it holds something else.
    pub fn maybe_time(&self, column: usize) -> Result<Option<Timestamp>, StoreFault> {
        Ok(self.maybe_integer(column)?.map(Timestamp::from_millis))
    }

    /// The bytes of this column.
    ///
    /// # Errors
    /// `Corrupt` if there are none.
    pub fn bytes(&self, column: usize) -> Result<&[u8], StoreFault> {
        match self.0.get(column) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(self.not(column, "bytes")),
        }
    }

    /// The bytes of this column, which are this many.
    ///
    /// # Errors
    /// `Corrupt` if there are none or more or fewer.
    pub fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreFault> {
        self.bytes(column)?.try_into().map_err(|_| self.not(column, "bytes of the right length"))
    }

    /// The identifier in this column.
    ///
    /// # Errors
    /// `Corrupt` if there is no text, or none that is well formed.
    pub fn id<T: for<'a> TryFrom<&'a str>>(&self, column: usize) -> Result<T, StoreFault> {
        T::try_from(self.text(column)?).map_err(|_| self.not(column, std::any::type_name::<T>()))
    }

    /// The identifier in this column, if it holds any.
    ///
    /// # Errors
    /// `Corrupt` if it holds something else or is not well formed.
    pub fn maybe_id<T: for<'a> TryFrom<&'a str>>(&self, column: usize) -> Result<Option<T>, StoreFault> {
        self.maybe_text(column)?
            .map(|text| T::try_from(text).map_err(|_| self.not(column, std::any::type_name::<T>())))
            .transpose()
    }

    fn not(&self, column: usize, wanted: &str) -> StoreFault {
        StoreFault::Corrupt(format!("column {column} of a row of {} is not {wanted}", self.0.len()))
    }
}

/// Reads every row of an answer as a `T`.
///
/// # Errors
/// The first row's fault that can't be read.
pub fn all_of<T: TryFrom<Row, Error = StoreFault>>(rows: Vec<Row>) -> Result<Vec<T>, StoreFault> {
    rows.into_iter().map(T::try_from).collect()
}

/// Reads the first row of an answer as a `T`, if there is one.
///
/// # Errors
/// The row's fault if it can't be read.
pub fn first_of<T: TryFrom<Row, Error = StoreFault>>(rows: Vec<Row>) -> Result<Option<T>, StoreFault> {
    rows.into_iter().next().map(T::try_from).transpose()
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Integer(number) => number.fmt(out),
            Self::Text(text) => text.fmt(out),
            Self::Bytes(bytes) => write!(out, "[{} bytes]", bytes.len()),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u64> for Value {
    /// Saturates: nothing that is counted here gets near the end of `i64`.
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.as_millis())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Identifiers are kept as their text.
macro_rules! kept_as_text {
    ($($id:ident),*) => {$(
        impl From<counterfoil_core::id::$id> for Value {
            fn from(id: counterfoil_core::id::$id) -> Self {
                Self::Text(id.to_string())
            }
        }
    )*};
}

kept_as_text!(KeyId, IssuerId, MemberId, PersonId, InvitationId, EpochId);

/// How many parameters a statement has, if they are numbered in the order of their first
/// appearance; otherwise nothing.
///
/// SQLite binds `$2` by where it first appears, PostgreSQL by its number. Only where both are
/// the same thing does one text mean one thing on both.
pub(crate) const fn parameters(sql: &str) -> Option<usize> {
    let text = sql.as_bytes();
    let (mut at, mut highest) = (0, 0);
    while at < text.len() {
        if text[at] == b'$' {
            let mut number = 0;
            while at + 1 < text.len() && text[at + 1].is_ascii_digit() {
                at += 1;
                number = number * 10 + (text[at] - b'0') as usize;
            }
            if number == 0 || number > highest + 1 {
                return None;
            }
            if number > highest {
                highest = number;
            }
        }
        at += 1;
    }
    Some(highest)
}

/// Names SQL texts, refuses at compile time one whose parameters are out of order, and lists
/// them all in `STATEMENTS` for the tests that show them to both engines.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:literal;)*) => {
        $(
            $(#[$doc])*
            const $name: &str = $sql;
            const _: () = assert!($crate::store::statement::parameters($name).is_some());
        )*
        /// Every SQL text of this file, for the tests.
        pub(crate) const STATEMENTS: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_count_only_in_the_order_of_their_first_appearance() {
        let cases: [(&str, Option<usize>); 7] = [
            ("SELECT 1", Some(0)),
            ("SELECT $1, $2", Some(2)),
            ("SELECT $1, $2, $1, $3", Some(3)),
            ("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11", Some(11)),
            ("SELECT $2, $1", None),
            ("SELECT $1, $3", None),
            ("SELECT $0", None),
        ];
        for (sql, expected) in cases {
            assert_eq!(parameters(sql), expected, "{sql}");
        }
    }

    #[test]
    fn debug_never_shows_bytes() {
        let statement = Statement::new("SELECT $1, $2", vec![b"sealed".to_vec().into(), "a".into()]);
        let shown = format!("{statement:?}");
        assert!(shown.contains("[[6 bytes], \"a\"]"), "{shown}");
    }

    #[test]
    fn a_column_that_is_not_what_it_should_be_is_corruption_and_no_panic() {
        let row = Row::new(vec![Value::Null, Value::Integer(-1), "no id".into(), vec![1, 2].into()]);
        assert_eq!(row.maybe_text(0), Ok(None));
        assert_eq!(row.integer(1), Ok(-1));
        let faults = [
            row.text(0).err(),
            row.text(9).err(),
            row.count(1).err(),
            row.id::<counterfoil_core::id::KeyId>(2).err(),
            row.array::<32>(3).err(),
            row.bytes(2).err(),
        ];
        for fault in faults {
            assert!(matches!(fault, Some(StoreFault::Corrupt(_))), "{fault:?}");
        }
    }
}
