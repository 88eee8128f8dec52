//! The TOML file of settings: one key a setting, nothing unknown.

use super::near::nearest;
use super::providers::{self, PROVIDER};
use super::setting::Id;
use super::table::SETTINGS;
use crate::problem::{Problem, at_file};
use counterfoil_server::ProviderSettings;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// A value with the place where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileValue {
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What a file of settings says.
#[derive(Default)]
pub(super) struct FileSettings {
    pub(super) values: BTreeMap<Id, FileValue>,
    pub(super) providers: Vec<ProviderSettings>,
}

/// Reads the file whole; the first fault is told with its line and column.
pub(super) fn read(path: &Path) -> Result<FileSettings, Problem> {
    let text = fs::read_to_string(path).map_err(|fault| at_file("read the settings in", path, &fault))?;
    parse(&text).map_err(|fault| fault.problem(path, &text))
}

/// Something wrong, and where.
pub(super) struct Fault {
    pub(super) at: Range<usize>,
    pub(super) what: String,
    pub(super) hint: String,
}

impl Fault {
    fn problem(self, path: &Path, text: &str) -> Problem {
        let (line, column) = place(text, self.at.start);
        Problem::new(format!("{}:{line}:{column}: {}", path.display(), self.what), self.hint)
    }
}

fn parse(text: &str) -> Result<FileSettings, Fault> {
    let table = DeTable::parse(text).map_err(|error| Fault {
        at: error.span().unwrap_or_default(),
        what: error.message().to_owned(),
        hint: "settings are written as TOML, such as: listen = \"127.0.0.1:8787\"".into(),
    })?;
    let mut settings = FileSettings::default();
    for (key, value) in table.get_ref() {
        let name: &str = key.get_ref();
        if name == PROVIDER {
            settings.providers = providers::read(value.get_ref(), value.span())?;
            continue;
        }
        let setting =
            SETTINGS.iter().find(|setting| setting.name == name).ok_or_else(|| unknown(name, key.span()))?;
        let (line, column) = place(text, value.span().start);
        let text = plain(name, value.get_ref(), value.span())?;
        settings.values.insert(setting.id, FileValue { text, line, column });
    }
    Ok(settings)
}

fn unknown(name: &str, at: Range<usize>) -> Fault {
    let hint = match nearest(name, SETTINGS.iter().map(|setting| setting.name)) {
        Some(near) => format!("did you mean {near}?"),
        None => "docs/settings.md lists all settings".to_owned(),
    };
    Fault { at, what: format!("there is no setting {name:?}"), hint }
}

fn plain(name: &str, value: &DeValue<'_>, at: Range<usize>) -> Result<String, Fault> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        other => Err(Fault {
            at,
            what: format!("{name} is {}, where a string belongs", article(other.type_str())),
            hint: format!("write it in quotes: {name} = \"…\""),
        }),
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

/// Line and column, counted from 1, the column in letters.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
