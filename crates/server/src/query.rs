//! The query of a request: only what the route's table names, each once, each well formed.

use crate::error::{ParameterFault, Problem};
use crate::resource::ResourceType;
use std::collections::BTreeMap;

/// The most that a page holds.
pub(crate) const MOST_A_PAGE: usize = 200;
/// What a page holds where nothing is said.
pub(crate) const USUAL_PAGE: usize = 50;

/// A parameter that a route takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    /// Its name, brackets included.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) kind: ParameterKind,
    /// What it does.
    pub(crate) about: &'static str,
}

impl Parameter {
    /// How many a page holds.
    pub(crate) const LIMIT: Self =
        Self { name: "limit", kind: ParameterKind::Limit, about: "How many a page holds" };
    /// Where a page begins.
    pub(crate) const CURSOR: Self =
        Self { name: "cursor", kind: ParameterKind::Cursor, about: "Where the page begins: from links.next" };

    /// A comma list: what has one of these values.
    pub(crate) const fn filter(name: &'static str, about: &'static str) -> Self {
        Self { name, kind: ParameterKind::Filter, about }
    }

    /// A comma list of these fields, each with `-` for the other way round.
    pub(crate) const fn sort(fields: &'static [&'static str], about: &'static str) -> Self {
        Self { name: "sort", kind: ParameterKind::Sort(fields), about }
    }

    /// A comma list of what of a type is wanted.
    pub(crate) const fn fields(name: &'static str, of: &'static ResourceType, about: &'static str) -> Self {
        Self { name, kind: ParameterKind::Fields(of), about }
    }
}

/// What a parameter is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ParameterKind {
    /// A comma list: what has one of these values.
    Filter,
    /// The same; it must be there.
    RequiredFilter,
    /// A comma list of these fields, each with `-` for the other way round.
    Sort(&'static [&'static str]),
    /// How many a page holds.
    Limit,
    /// Where a page begins.
    Cursor,
    /// A comma list of what of a type is wanted.
    Fields(&'static ResourceType),
    /// A comma list of what is to come along.
    Include(&'static [&'static str]),
    /// A whole number.
    Number,
    /// Text.
    Text,
}

/// A query that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    values: BTreeMap<&'static str, String>,
    fields: BTreeMap<&'static str, Vec<String>>,
}

/// One field to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SortField {
    /// Its name.
    pub(crate) name: String,
    /// Whether the greatest comes first.
    pub(crate) descending: bool,
}

impl Query {
    /// Reads what stands behind the question mark.
    ///
    /// # Errors
    /// The first parameter that does not belong here or is not well formed, by its name.
    pub(crate) fn read(text: Option<&str>, table: &[Parameter]) -> Result<Self, Problem> {
        let mut query = Self::default();
        for pair in text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).ok_or_else(|| Problem::illegal(name))?;
            let parameter = table
                .iter()
                .find(|parameter| parameter.name == name)
                .ok_or_else(|| Problem::illegal(&name))?;
            let value = decoded(value).ok_or_else(|| Problem::invalid(&name, "This is not well encoded"))?;
            query.take(parameter, value)?;
        }
        query.must_have_required(table)?;
        Ok(query)
    }

    fn take(&mut self, parameter: &Parameter, value: String) -> Result<(), Problem> {
        if self.values.contains_key(parameter.name) {
            return Err(Problem::invalid(parameter.name, "The parameter is given twice"));
        }
        check(parameter, &value)?;
        if let ParameterKind::Fields(kind) = parameter.kind {
            self.fields.insert(kind.name, listed(&value).map(str::to_owned).collect());
        }
        self.values.insert(parameter.name, value);
        Ok(())
    }

    fn must_have_required(&self, table: &[Parameter]) -> Result<(), Problem> {
        let required = |parameter: &&Parameter| matches!(parameter.kind, ParameterKind::RequiredFilter);
        let missing =
            table.iter().filter(required).find(|parameter| !self.values.contains_key(parameter.name));
        missing.map_or(Ok(()), |parameter| {
            Err(Problem::Parameter {
                name: parameter.name.to_owned(),
                fault: ParameterFault::Required,
                detail: format!("The parameter '{}' is required", parameter.name),
            })
        })
    }

    /// A parameter's text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A parameter's comma list; nothing if it is not there.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.text(name).map(|text| listed(text).collect())
    }

    /// Whether a filter is not there or names one of these.
    pub(crate) fn admits<'a>(&self, name: &str, values: impl IntoIterator<Item = &'a str>) -> bool {
        self.list(name).is_none_or(|wanted| values.into_iter().any(|value| wanted.contains(&value)))
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// How many a page holds.
    pub(crate) fn limit(&self) -> usize {
        self.text("limit").and_then(|text| text.parse().ok()).unwrap_or(USUAL_PAGE)
    }

    /// By what to sort.
    pub(crate) fn sort(&self, usual: &str) -> Vec<SortField> {
        listed(self.text("sort").unwrap_or(usual)).map(SortField::read).collect()
    }

    /// What of a type is wanted; all of it, if nothing is said.
    pub(crate) fn fields(&self, kind: &str) -> Option<&[String]> {
        self.fields.get(kind).map(Vec::as_slice)
    }

    /// Whether this is to come along.
    pub(crate) fn includes(&self, name: &str) -> bool {
        self.list("include").is_some_and(|wanted| wanted.contains(&name))
    }

    /// The same query with another cursor, as text for a link.
    pub(crate) fn with_cursor(&self, cursor: Option<&str>) -> String {
        let others = self.values.iter().filter(|(name, _)| **name != "cursor");
        let pairs = others.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let cursor = cursor.map(|cursor| format!("cursor={}", encoded(cursor)));
        pairs.chain(cursor).collect::<Vec<_>>().join("&")
    }

    /// The same query as text for a link.
    pub(crate) fn to_text(&self) -> String {
        self.with_cursor(self.text("cursor"))
    }
}

impl SortField {
    fn read(text: &str) -> Self {
        match text.strip_prefix('-') {
            Some(name) => Self { name: name.to_owned(), descending: true },
            None => Self { name: text.to_owned(), descending: false },
        }
    }
}

fn check(parameter: &Parameter, value: &str) -> Result<(), Problem> {
    let refuse = |detail: String| Err(Problem::invalid(parameter.name, detail));
    match parameter.kind {
        ParameterKind::Filter | ParameterKind::RequiredFilter if listed(value).next().is_none() => {
            refuse("At least one value is needed".to_owned())
        }
        ParameterKind::Filter
        | ParameterKind::RequiredFilter
        | ParameterKind::Text
        | ParameterKind::Cursor => Ok(()),
        ParameterKind::Number => match value.parse::<u64>() {
            Ok(_) => Ok(()),
            Err(_) => refuse("This must be a whole number".to_owned()),
        },
        ParameterKind::Limit => match value.parse::<usize>() {
            Ok(limit) if (1..=MOST_A_PAGE).contains(&limit) => Ok(()),
            _ => refuse(format!("This must be a number from 1 to {MOST_A_PAGE}")),
        },
        ParameterKind::Sort(fields) => {
            let known = |field: &str| fields.contains(&field.strip_prefix('-').unwrap_or(field));
            all_known(parameter, value, known, &fields.join(", "))
        }
        ParameterKind::Include(names) => {
            all_known(parameter, value, |name| names.contains(&name), &names.join(", "))
        }
        ParameterKind::Fields(kind) => {
            let names: Vec<_> = kind.attributes.iter().map(|attribute| attribute.name).collect();
            all_known(parameter, value, |name| kind.has(name), &names.join(", "))
        }
    }
}

fn all_known(
    parameter: &Parameter,
    value: &str,
    known: impl Fn(&str) -> bool,
    names: &str,
) -> Result<(), Problem> {
    match listed(value).find(|name| !known(name)) {
        Some(name) => {
            let name: String = name.chars().filter(|letter| !letter.is_control()).take(60).collect();
            Err(Problem::invalid(parameter.name, format!("'{name}' is not one of {names}")))
        }
        None => Ok(()),
    }
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|value| !value.is_empty())
}

/// Undoes the percent encoding; nothing if it can't be undone into text.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Encodes everything but what no one could take for anything else.
pub(crate) fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Form, has};

    static THINGS: ResourceType =
        ResourceType { name: "things", attributes: &[has("size", Form::Text, "")], relationships: &[] };

    const TABLE: &[Parameter] = &[
        Parameter { name: "filter[size]", kind: ParameterKind::Filter, about: "" },
        Parameter { name: "sort", kind: ParameterKind::Sort(&["size", "age"]), about: "" },
        Parameter { name: "limit", kind: ParameterKind::Limit, about: "" },
        Parameter { name: "cursor", kind: ParameterKind::Cursor, about: "" },
        Parameter { name: "fields[things]", kind: ParameterKind::Fields(&THINGS), about: "" },
        Parameter { name: "include", kind: ParameterKind::Include(&["owner"]), about: "" },
        Parameter { name: "after", kind: ParameterKind::Number, about: "" },
    ];

    fn read(text: &str) -> Result<Query, (String, ParameterFault)> {
        Query::read(Some(text), TABLE).map_err(|problem| match problem {
            Problem::Parameter { name, fault, .. } => (name, fault),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn brackets_may_be_raw_or_encoded() {
        for text in
            ["filter[size]=1,2", "filter%5Bsize%5D=1%2C2", "filter%5bsize]=1,2,", "&filter[size]=+1,2&&"]
        {
            assert_eq!(read(text).unwrap().list("filter[size]"), Some(vec!["1", "2"]), "{text}");
        }
    }

    #[test]
    fn an_empty_query_is_none() {
        for text in ["", "&", "&&"] {
            assert_eq!(read(text).unwrap().to_text(), "");
        }
        assert_eq!(Query::read(None, TABLE).unwrap().limit(), USUAL_PAGE);
    }

    #[test]
    fn a_bad_parameter_is_refused_by_its_name() {
        use ParameterFault::{Illegal, Invalid};
        for (text, name, fault) in [
            ("colour=red", "colour", Illegal),
            ("filter[colour]=red", "filter[colour]", Illegal),
            ("FILTER[size]=1", "FILTER[size]", Illegal),
            ("%FF=1", "%FF", Illegal),
            ("%4=1", "%4", Illegal),
            ("filter[size]=", "filter[size]", Invalid),
            ("filter[size]=,", "filter[size]", Invalid),
            ("filter[size]=%zz", "filter[size]", Invalid),
            ("filter[size]=%C3", "filter[size]", Invalid),
            ("filter[size]=1&filter[size]=2", "filter[size]", Invalid),
            ("sort=colour", "sort", Invalid),
            ("sort=--size", "sort", Invalid),
            ("limit=0", "limit", Invalid),
            ("limit=201", "limit", Invalid),
            ("limit=x", "limit", Invalid),
            ("limit=", "limit", Invalid),
            ("limit=99999999999999999999", "limit", Invalid),
            ("fields[things]=colour", "fields[things]", Invalid),
            ("fields[others]=size", "fields[others]", Illegal),
            ("include=thing", "include", Invalid),
            ("after=-1", "after", Invalid),
        ] {
            assert_eq!(read(text).unwrap_err(), (name.to_owned(), fault), "{text}");
        }
    }

    #[test]
    fn a_required_parameter_is_required() {
        let table = [Parameter { name: "filter[id]", kind: ParameterKind::RequiredFilter, about: "" }];
        let Err(Problem::Parameter { name, fault, .. }) = Query::read(None, &table) else { panic!() };
        assert_eq!((name.as_str(), fault), ("filter[id]", ParameterFault::Required));
    }

    #[test]
    fn several_fields_sort_in_their_order() {
        let fields = read("sort=-size,age").unwrap().sort("age");
        let field = |name: &str, descending| SortField { name: name.to_owned(), descending };
        assert_eq!(fields, [field("size", true), field("age", false)]);
        assert_eq!(read("").unwrap().sort("-age"), [field("age", true)]);
    }

    #[test]
    fn a_query_is_written_as_it_can_be_read_again() {
        let query = read("limit=5&filter[size]=a%26b,%C3%A9&cursor=old").unwrap();
        let text = query.with_cursor(Some("n-e_w"));
        assert_eq!(text, "filter%5Bsize%5D=a%26b,%C3%A9&limit=5&cursor=n-e_w");
        assert_eq!(read(&text).unwrap().list("filter[size]"), Some(vec!["a&b", "é"]));
    }
}
