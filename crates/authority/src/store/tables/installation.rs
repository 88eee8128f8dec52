//! Small settings of the whole installation, by name, such as the text of the catalog in force.

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};

statements! {
    VALUE = "SELECT value FROM installation WHERE name = $1";
    SET = "INSERT INTO installation (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    SET_FIRST = "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    UNSET = "DELETE FROM installation WHERE name = $1";
}

/// Asks for a setting; [`read`] reads it.
#[must_use]
pub fn value(name: &str) -> Statement {
    Statement::new(VALUE, vec![name.into()])
}

/// Sets a setting, whatever it was.
#[must_use]
pub fn set(name: &str, value: &str) -> Statement {
    Statement::new(SET, vec![name.into(), value.into()])
}

/// Sets a setting that nobody has set yet; otherwise undone with everything around it.
#[must_use]
pub fn set_first(name: &str, value: &str) -> Statement {
    Statement::new(SET_FIRST, vec![name.into(), value.into()]).expecting_one("a setting that is not set yet")
}

/// Removes a setting, if it is set.
#[must_use]
pub fn unset(name: &str) -> Statement {
    Statement::new(UNSET, vec![name.into()])
}

/// Reads the answer to [`value`].
///
/// # Errors
/// `Corrupt` if it is no text.
pub fn read(rows: &[Row]) -> Result<Option<String>, StoreFault> {
    rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
}
