//! Where settings are looked for, and where one was found.

use super::file::{self, FileSettings, FileValue};
use super::near::nearest;
use super::setting::{CONFIG, Id, Setting, variable};
use crate::problem::{Problem, at_file};
use counterfoil_server::ProviderSettings;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The flags that were typed, by the names of their settings.
pub(crate) type Typed = BTreeMap<&'static str, String>;

/// Looks a variable up.
type Lookup = dyn Fn(&str) -> Option<OsString>;

/// The environment, as an argument.
pub(crate) struct Environment {
    variable: Box<Lookup>,
}

impl Environment {
    /// The process's own.
    pub(crate) fn of_process() -> Self {
        Self { variable: Box::new(|name| std::env::var_os(name)) }
    }

    /// One made up.
    #[cfg(test)]
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        let pairs: BTreeMap<String, OsString> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
        Self { variable: Box::new(move |name| pairs.get(name).cloned()) }
    }

    /// A variable that is set and not empty.
    fn get(&self, name: &str) -> Result<Option<String>, Problem> {
        let found = (self.variable)(name).filter(|value| !value.is_empty());
        found.map(OsString::into_string).transpose().map_err(|_| {
            Problem::new(
                format!("{name} is not valid UTF-8"),
                "settings are text: mend the variable, or unset it",
            )
        })
    }

    /// A credential that systemd hands over, with its path.
    pub(super) fn credential(&self, name: &str) -> Result<Option<(PathBuf, String)>, Problem> {
        let Some(directory) = self.get("CREDENTIALS_DIRECTORY")? else { return Ok(None) };
        let path = Path::new(&directory).join(name);
        match fs::read_to_string(&path) {
            Ok(value) => Ok(Some((path, value))),
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(at_file("read the credential", &path, &fault)),
        }
    }
}

/// The variables that look like one of ours and are none, each with the one that was meant.
pub(crate) fn misspelt(names: impl Iterator<Item = String>) -> Vec<(String, String)> {
    let ours: Vec<_> = super::SETTINGS.iter().map(|setting| setting.name).chain([CONFIG]).collect();
    let meant = |name: String| {
        let word = name.strip_prefix("COUNTERFOIL_")?.to_lowercase().replace('_', "-");
        let meant = nearest(&word, ours.iter().copied())?;
        (word != meant).then(|| (name.clone(), variable(meant)))
    };
    names.filter_map(meant).collect()
}

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Flag(&'static str),
    Variable(String),
    File { path: PathBuf, line: usize, column: usize, name: &'static str },
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(out, "--{name}"),
            Self::Variable(name) => out.write_str(name),
            Self::File { path, line, column, name } => {
                write!(out, "{}:{line}:{column}: {name}", path.display())
            }
        }
    }
}

/// A value with where it was found. Its text may be secret and is in no message unless its parser
/// puts it there.
pub(super) struct Found {
    pub(super) text: String,
    pub(super) origin: Origin,
}

impl Found {
    /// The value as what it should be.
    pub(super) fn read<T, E: fmt::Display>(
        &self,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        parse(&self.text).map_err(|fault| self.refused(&fault))
    }

    fn refused(&self, fault: &dyn fmt::Display) -> Problem {
        let message = format!("{}: {fault}", self.origin);
        match &self.origin {
            Origin::Flag(_) => Problem::usage(message, "see --help for what it may be"),
            Origin::Variable(name) => {
                Problem::new(message, format!("mend or unset {name}; docs/settings.md says what it may be"))
            }
            Origin::File { path, .. } => Problem::new(
                message,
                format!("mend {}; docs/settings.md says what it may be", path.display()),
            ),
        }
    }
}

/// All places, the first wins.
pub(super) struct Sources<'a> {
    typed: &'a Typed,
    variables: BTreeMap<Id, String>,
    file: Option<(PathBuf, FileSettings)>,
}

impl<'a> Sources<'a> {
    /// Reads the environment and the file, if one is named.
    pub(super) fn read(typed: &'a Typed, environment: &Environment) -> Result<Self, Problem> {
        let config = match typed.get(CONFIG) {
            Some(path) => Some(path.clone()),
            None => environment.get(&variable(CONFIG))?,
        };
        let file = config
            .map(PathBuf::from)
            .map(|path| file::read(&path).map(|values| (path, values)))
            .transpose()?;
        let mut variables = BTreeMap::new();
        for setting in super::SETTINGS {
            if let Some(value) = environment.get(&setting.variable())? {
                variables.insert(setting.id, value);
            }
        }
        Ok(Self { typed, variables, file })
    }

    /// Where this setting is set first, and to what.
    pub(super) fn find(&self, id: Id) -> Option<Found> {
        self.in_flags(id).or_else(|| self.in_variables(id)).or_else(|| self.in_file(id))
    }

    /// The value as what it should be, if it is set.
    pub(super) fn value<T, E: fmt::Display>(
        &self,
        id: Id,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        self.find(id).map(|found| found.read(parse)).transpose()
    }

    /// A secret: itself, or the content of the file that another setting names. Of the two the one
    /// from the higher place counts; both in one place contradict each other.
    pub(super) fn either(&self, id: Id, in_file: Id) -> Result<Option<Found>, Problem> {
        for place in [Self::in_flags, Self::in_variables, Self::in_file] {
            match (place(self, id), place(self, in_file)) {
                (Some(_), Some(_)) => return Err(contradiction(id, in_file)),
                (Some(found), None) => return Ok(Some(found)),
                (None, Some(named)) => return content(named).map(Some),
                (None, None) => {}
            }
        }
        Ok(None)
    }

    /// Refuses two settings that contradict each other.
    pub(super) fn alone(&self, id: Id, other: Id) -> Result<(), Problem> {
        match self.find(other) {
            None => Ok(()),
            Some(_) => Err(contradiction(id, other)),
        }
    }

    /// The providers that the file names.
    pub(super) fn providers(&self) -> Vec<ProviderSettings> {
        self.file.as_ref().map_or_else(Vec::new, |(_, settings)| settings.providers.clone())
    }

    fn in_flags(&self, id: Id) -> Option<Found> {
        let name = Setting::of(id).name;
        self.typed.get(name).map(|text| Found { text: text.clone(), origin: Origin::Flag(name) })
    }

    fn in_variables(&self, id: Id) -> Option<Found> {
        let text = self.variables.get(&id)?.clone();
        Some(Found { text, origin: Origin::Variable(Setting::of(id).variable()) })
    }

    fn in_file(&self, id: Id) -> Option<Found> {
        let (path, settings) = self.file.as_ref()?;
        let FileValue { text, line, column } = settings.values.get(&id)?.clone();
        let origin = Origin::File { path: path.clone(), line, column, name: Setting::of(id).name };
        Some(Found { text, origin })
    }
}

fn contradiction(one: Id, other: Id) -> Problem {
    let (one, other) = (Setting::of(one), Setting::of(other));
    Problem::usage(
        format!("both {} and {} are set, and only one can count", one.name, other.name),
        format!("unset one: --{0}, {1} or {2}", one.name, one.variable(), other.variable()),
    )
}

fn content(named: Found) -> Result<Found, Problem> {
    let path = PathBuf::from(&named.text);
    let text = fs::read_to_string(&path).map_err(|fault| at_file("read", &path, &fault))?;
    Ok(Found { text: text.trim().to_owned(), origin: named.origin })
}
