//! What is wrong with a form, field by field: summed up at its top with links, and said beside each field.

use super::answer::forbidding;
use crate::error::Problem;
use counterfoil_core::id::Malformed;

/// What is wrong with a form. In templates: `{% import "parts.html" as parts %}`, `parts::summary(faults)` at the
/// form's top, and `parts::input(…)` or `faults.of("name")` beside the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults(Vec<Fault>);

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The field's `id`.
    pub(crate) field: &'static str,
    /// A sentence.
    pub(crate) text: String,
}

impl Faults {
    /// One fault.
    pub(crate) fn one(field: &'static str, text: impl Into<String>) -> Self {
        let mut faults = Self::default();
        faults.add(field, text);
        faults
    }

    /// Another fault.
    pub(crate) fn add(&mut self, field: &'static str, text: impl Into<String>) {
        self.0.push(Fault { field, text: text.into() });
    }

    /// The value that was meant, or a fault at the field. `field` is also the field's name in the sentence.
    pub(crate) fn parse<'a, T: TryFrom<&'a str, Error = Malformed>>(
        &mut self,
        field: &'static str,
        text: &'a str,
    ) -> Option<T> {
        let parsed = T::try_from(text);
        parsed.map_err(|malformed| self.add(field, sentence(&malformed))).ok()
    }

    /// What a rule or the store said, if it is something to be said at this field. A fault of ours is not.
    ///
    /// # Errors
    /// The problem, if it is of another kind.
    pub(crate) fn said(field: &'static str, problem: Problem) -> Result<Self, Problem> {
        if forbidding(&problem) { Ok(Self::one(field, problem.sentence())) } else { Err(problem) }
    }

    /// What is wrong with this field; an empty text, if nothing.
    pub(crate) fn of(&self, field: &str) -> &str {
        self.0.iter().find(|fault| fault.field == field).map_or("", |fault| fault.text.as_str())
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Fault] {
        &self.0
    }
}

/// `A name is 1 to 30 characters…`.
fn sentence(malformed: &Malformed) -> String {
    let text = malformed.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
