//! Taking a TOML table apart: each key is asked for, and what nobody asked for is refused.

use super::faults::Faults;
use super::nearest::did_you_mean;
use super::values::{Value, Word};
use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

/// A table whose keys are asked for one by one. Each asked-for key is a known one.
pub(super) struct Fields<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    /// What people call it.
    pub(super) what: String,
    faults: &'a Faults<'a>,
    known: RefCell<Vec<&'static str>>,
}

/// What was read of an array of tables.
pub(super) struct Entries<T> {
    /// Those without fault.
    pub(super) found: Vec<T>,
    /// Whether that is all of them.
    pub(super) complete: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn of_document(document: &'a Spanned<DeTable<'a>>, faults: &'a Faults<'a>) -> Self {
        Self::new(document.get_ref(), document.span(), "the catalog".into(), faults)
    }

    pub(super) fn new(
        table: &'a DeTable<'a>,
        span: Range<usize>,
        what: String,
        faults: &'a Faults<'a>,
    ) -> Self {
        Self { table, span, what, faults, known: RefCell::default() }
    }

    pub(super) fn required<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(Value<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.value(key) {
            Some(value) => read(value),
            None => {
                self.faults.add(self.span.clone(), format!("{} needs `{key}`", self.what));
                None
            }
        }
    }

    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        absent: T,
        read: impl FnOnce(Value<'a>) -> Option<T>,
    ) -> Option<T> {
        self.value(key).map_or(Some(absent), read)
    }

    /// Refuses a key that has no meaning here.
    pub(super) fn refuse(&self, key: &'static str, why: &str) {
        if let Some(key) = self.key(key) {
            self.faults.add(key.span(), why);
        }
    }

    /// Reads each table of an array of tables, `[[key]]`, of which there must be one at least.
    pub(super) fn some_entries<T>(
        &self,
        key: &'static str,
        read: impl FnMut(&Fields<'a>) -> Option<T>,
    ) -> Entries<T> {
        let entries = self.entries(key, read);
        if entries.complete && entries.found.is_empty() {
            self.faults.add(self.span(), format!("{} needs at least one `[[{key}]]`", self.what));
        }
        entries
    }

    /// Reads each table of an array of tables, `[[key]]`.
    pub(super) fn entries<T>(
        &self,
        key: &'static str,
        mut read: impl FnMut(&Fields<'a>) -> Option<T>,
    ) -> Entries<T> {
        let each = |value: Value<'a>| {
            let fields = value.entry()?;
            let entry = read(&fields);
            fields.refuse_unknown_keys();
            Some(entry)
        };
        let read = self.optional(key, Vec::new(), |value| value.list(0, each)).unwrap_or_else(|| vec![None]);
        Entries { complete: read.iter().all(Option::is_some), found: read.into_iter().flatten().collect() }
    }

    /// The tables of an array of tables, as they are: nothing is noted.
    pub(super) fn tables(&self, key: &str) -> impl Iterator<Item = Fields<'a>> + use<'a> {
        self.get(key).into_iter().flat_map(Value::elements).filter_map(Value::as_fields)
    }

    /// The texts of a list, or the one text there is, as they are: nothing is noted.
    pub(super) fn words(&self, key: &str) -> impl Iterator<Item = Word<'a>> + use<'a> {
        let value = self.get(key);
        value.into_iter().chain(value.into_iter().flat_map(Value::elements)).filter_map(Value::as_word)
    }

    /// Where a key says `true`.
    pub(super) fn truth(&self, key: &str) -> Option<Range<usize>> {
        let value = self.table.get(key)?;
        (value.get_ref().as_bool() == Some(true)).then(|| value.span())
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Notes each key that was not asked for.
    pub(super) fn refuse_unknown_keys(&self) {
        let known = self.known.borrow();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let hint = did_you_mean(name, &known);
                self.faults.add(key.span(), format!("{} knows no key `{name}`{hint}", self.what));
            }
        }
    }

    fn value(&self, key: &'static str) -> Option<Value<'a>> {
        self.known.borrow_mut().push(key);
        self.get(key)
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        let (key, value) = self.table.get_key_value(key)?;
        Some(Value::new(key.get_ref(), value, self.faults))
    }

    fn key(&self, key: &'static str) -> Option<&'a Spanned<Cow<'a, str>>> {
        self.known.borrow_mut().push(key);
        self.table.get_key_value(key).map(|(key, _)| key)
    }
}
