//! What a request's query asks for, against what the table allows.

mod asked;

use crate::fault::Fault;
use crate::store::{After, Filter, Order};
use crate::table::{Lists, Relation, ResourceType, Table};
use asked::{exists, filter, order};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeMap;

/// How many a page holds if nothing is said.
const USUAL_PAGE: usize = 50;
/// How many an included list holds if nothing is said, and at most.
const USUAL_INCLUDED: usize = 10;
const MOST_INCLUDED: usize = 50;
/// How many values a parameter may have.
const MOST_VALUES: usize = 200;

/// What is asked for.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// Which attributes and relations of a type are to be shown; all, if nothing is said of it.
    pub(crate) fields: BTreeMap<String, Vec<String>>,
    /// Which relations come along.
    pub(crate) include: Vec<String>,
    /// How many of a relation come along.
    pub(crate) included: BTreeMap<String, usize>,
    pub(crate) filters: Vec<Filter>,
    /// The filters as they were given, for rules that work lists out.
    pub(crate) given: BTreeMap<String, Vec<String>>,
    pub(crate) sort: Vec<(Order, bool)>,
    pub(crate) limit: usize,
    pub(crate) after: Option<After>,
}

/// What kind of look a query belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// At one resource.
    One,
    /// At a list.
    List,
    /// At a list that is put in no other order.
    Unsorted,
    /// At a list that is neither filtered nor put in another order.
    Plain,
}

impl Look {
    /// At what this relation leads to.
    pub(crate) const fn at(relation: &Relation) -> Self {
        match (relation.way.is_many(), relation.lists) {
            (false, _) => Self::One,
            (true, Lists::AsTheType) => Self::List,
            (true, Lists::Unsorted) => Self::Unsorted,
            (true, Lists::Plain) => Self::Plain,
        }
    }

    const fn has_pages(self) -> bool {
        !matches!(self, Self::One)
    }

    const fn has_filters(self) -> bool {
        matches!(self, Self::List | Self::Unsorted)
    }
}

/// The pairs of a query, decoded.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let some = text.split('&').filter(|pair| !pair.is_empty());
    let halves = some.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    halves.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// What is given several times is a list, as if it were given once with commas.
fn merged(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs {
        match places.get(&name).and_then(|place| merged.get_mut(*place)) {
            Some((_, before)) => {
                before.push(',');
                before.push_str(&value);
            }
            None => {
                places.insert(name.clone(), merged.len());
                merged.push((name, value));
            }
        }
    }
    merged
}

/// Undoes what a query's writing did; what can't be undone stands as it is.
pub(crate) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match (byte, escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (_, Some(escaped)) => {
                out.push(escaped);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

impl Query {
    /// Reads a query about resources of this type.
    ///
    /// # Errors
    /// The first parameter that is not known here, or has a value that can't be.
    pub(crate) fn read(text: &str, table: &Table, kind: &ResourceType, look: Look) -> Result<Self, Fault> {
        let mut query = Self { limit: USUAL_PAGE.min(kind.longest_page), ..Self::default() };
        for (name, value) in merged(pairs(text)) {
            let values: Vec<String> =
                value.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
            if values.len() > MOST_VALUES {
                return Err(bad(&name, format!("There can be {MOST_VALUES} values at most")));
            }
            query.take(&name, &value, values, table, kind, look)?;
        }
        Ok(query)
    }

    fn take(
        &mut self,
        name: &str,
        value: &str,
        values: Vec<String>,
        table: &Table,
        kind: &ResourceType,
        look: Look,
    ) -> Result<(), Fault> {
        let unknown = || Fault::UnknownParameter(name.to_owned());
        match (bracketed(name), look) {
            (("fields", Some(of)), _) => self.take_fields(name, of, values, table),
            (("include", None), _) => self.take_include(values, kind),
            (("limit", Some(of)), _) => {
                let many = kind.shown_relation(of).filter(|it| it.way.is_many()).ok_or_else(unknown)?;
                let limit = number_within(name, value, MOST_INCLUDED)?;
                self.included.insert(many.name.clone(), limit);
                Ok(())
            }
            (("limit", None), look) if look.has_pages() => {
                self.limit = number_within(name, value, kind.longest_page)?;
                Ok(())
            }
            (("cursor", None), look) if look.has_pages() => {
                self.after = Some(read_cursor(value).ok_or_else(|| {
                    bad(name, "It is no cursor that was given out; take links.next of the page before")
                })?);
                Ok(())
            }
            (("sort", None), Look::List) => self.take_sort(name, values, table, kind),
            (("filter" | "exists", Some(of)), look) if look.has_filters() => {
                self.take_filter(name, of, values, table, kind)
            }
            _ => Err(unknown()),
        }
    }

    fn take_fields(&mut self, name: &str, of: &str, values: Vec<String>, table: &Table) -> Result<(), Fault> {
        if table.called(of).next().is_none() {
            return Err(Fault::UnknownParameter(name.to_owned()));
        }
        let is_known = |field: &String| table.called(of).any(|kind| kind.shows(field));
        if let Some(unknown) = values.iter().find(|field| !is_known(field)) {
            return Err(bad(name, format!("'{unknown}' is not a valid field name of '{of}'")));
        }
        self.fields.insert(of.to_owned(), values);
        Ok(())
    }

    fn take_include(&mut self, values: Vec<String>, kind: &ResourceType) -> Result<(), Fault> {
        if let Some(unknown) = values.iter().find(|value| kind.shown_relation(value).is_none()) {
            return Err(bad("include", format!("'{unknown}' is not a relationship of '{}'", kind.called())));
        }
        for value in values {
            if !self.include.contains(&value) {
                self.include.push(value);
            }
        }
        Ok(())
    }

    fn take_sort(
        &mut self,
        name: &str,
        values: Vec<String>,
        table: &Table,
        kind: &ResourceType,
    ) -> Result<(), Fault> {
        for value in values {
            let (attribute, backwards) =
                value.strip_prefix('-').map_or((value.as_str(), false), |rest| (rest, true));
            let order = order(table, kind, attribute)
                .ok_or_else(|| bad(name, format!("'{attribute}' can't be sorted by")))?;
            // What is in order by something already, isn't put in another by it.
            if !self.sort.iter().any(|(before, _)| *before == order) {
                self.sort.push((order, backwards));
            }
        }
        Ok(())
    }

    fn take_filter(
        &mut self,
        name: &str,
        of: &str,
        values: Vec<String>,
        table: &Table,
        kind: &ResourceType,
    ) -> Result<(), Fault> {
        if values.is_empty() {
            return Err(bad(name, "It has no value"));
        }
        if name.starts_with("exists") {
            self.filters.push(exists(name, of, &values, kind)?);
            return Ok(());
        }
        self.filters.push(filter(name, of, &values, table, kind)?);
        self.given.insert(of.to_owned(), values);
        Ok(())
    }

    /// How many of this relation come along.
    pub(crate) fn included_of(&self, relation: &str) -> usize {
        self.included.get(relation).copied().unwrap_or(USUAL_INCLUDED)
    }
}

/// `filter[app]` → (`filter`, `app`)
fn bracketed(name: &str) -> (&str, Option<&str>) {
    match name.split_once('[').and_then(|(name, rest)| Some((name, rest.strip_suffix(']')?))) {
        Some((name, of)) => (name, Some(of)),
        None => (name, None),
    }
}

fn number_within(name: &str, value: &str, most: usize) -> Result<usize, Fault> {
    let number = value.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| bad(name, format!("It must be one number from 1 to {most}")))
}

fn bad(name: &str, why: impl Into<String>) -> Fault {
    Fault::BadParameter { name: name.to_owned(), why: why.into() }
}

/// Where a page ended, as `cursor` carries it.
pub(crate) fn cursor(after: &After) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(after).unwrap_or_default())
}

fn read_cursor(text: &str) -> Option<After> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::TABLE;

    fn read(kind: &str, text: &str) -> Result<Query, Fault> {
        Query::read(text, &TABLE, TABLE.of(kind).unwrap(), Look::List)
    }

    #[test]
    fn what_the_table_allows_is_understood_raw_or_encoded() {
        for text in [
            "filter[bundleId]=a,b&limit=3",
            "filter%5BbundleId%5D=a%2Cb&limit=3",
            "&filter[bundleId]=a, b&&limit=3",
        ] {
            let query = read("apps", text).unwrap();
            assert_eq!(query.limit, 3);
            assert_eq!(query.given["bundleId"], ["a", "b"]);
        }
        let query =
            read("builds", "filter[preReleaseVersion.version]=1.0&sort=-version,uploadedDate&include=app")
                .unwrap();
        let by = |name: &str| Order::Attribute(name.to_owned());
        let version = Order::Numbers(Box::new(by("version")));
        assert_eq!(query.sort, [(version, true), (by("uploadedDate"), false)]);
        assert!(
            matches!(&query.filters[0], Filter::RefersToOne { kind, .. } if kind == "preReleaseVersions")
        );
    }

    #[test]
    fn what_it_does_not_is_named() {
        for (text, name) in [
            ("filter[colour]=red", "filter[colour]"),
            ("filter[name]=", "filter[name]"),
            ("sort=primaryLocale", "sort"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=x", "limit"),
            ("limit[name]=3", "limit[name]"),
            ("limit[builds]=51", "limit[builds]"),
            ("include=friends", "include"),
            ("fields[apps]=colour", "fields[apps]"),
            ("fields[cars]=colour", "fields[cars]"),
            ("cursor=zzz", "cursor"),
            ("colour=red", "colour"),
        ] {
            match read("apps", text).unwrap_err() {
                Fault::UnknownParameter(found) | Fault::BadParameter { name: found, .. } => {
                    assert_eq!(found, name, "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        let apps = TABLE.of("apps").unwrap();
        for (look, taken) in [
            (Look::One, [false, false, false]),
            (Look::Plain, [true, false, false]),
            (Look::Unsorted, [true, true, false]),
            (Look::List, [true, true, true]),
        ] {
            let found = ["limit=3", "filter[name]=x", "sort=name"]
                .map(|text| Query::read(text, &TABLE, apps, look).is_ok());
            assert_eq!(found, taken, "{look:?}");
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        for after in [After::Offset(7), After::Number(3, None)] {
            assert_eq!(read_cursor(&cursor(&after)), Some(after));
        }
    }
}
