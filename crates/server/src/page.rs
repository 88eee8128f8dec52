//! Pages of lists: sorted, cut, and gone on with from where one stopped, whatever came in between.

use crate::error::Problem;
use crate::query::{Query, SortField};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// By what things are put in order. Nothing comes before everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum SortValue {
    /// No value.
    Nothing,
    /// True or false.
    Bool(bool),
    /// A number, or a date in milliseconds.
    Number(i64),
    /// Text.
    Text(String),
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// What is on it.
    pub(crate) items: Vec<T>,
    /// How many there are on all pages.
    pub(crate) total: u64,
    /// How many a page holds.
    pub(crate) limit: usize,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// The same page of what `change` makes of things.
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, total, limit, next } = self;
        Page { items: items.into_iter().map(change).collect(), total, limit, next }
    }
}

/// Where a page stopped: behind this.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "s")]
    sort: String,
    #[serde(rename = "v")]
    values: Vec<SortValue>,
    #[serde(rename = "i")]
    id: String,
}

/// Cuts the page that `query` asks for out of all that there is. `value` tells a thing's value of a field to
/// sort by; `id` tells things apart that are equal otherwise.
///
/// # Errors
/// A cursor that is not from this list in this order.
pub(crate) fn cut<T>(
    items: Vec<T>,
    query: &Query,
    usual: &str,
    value: impl Fn(&T, &str) -> SortValue,
    id: impl Fn(&T) -> String,
) -> Result<Page<T>, Problem> {
    let fields = query.sort(usual);
    let sort = fields.iter().map(SortField::to_text).collect::<Vec<_>>().join(",");
    let cursor = query.text("cursor").map(|text| Cursor::read(text, &sort, fields.len())).transpose()?;
    let (limit, total) = (query.limit(), items.len() as u64);
    let place =
        |item: &T| (fields.iter().map(|field| value(item, &field.name)).collect::<Vec<_>>(), id(item));
    let mut placed: Vec<_> = items.into_iter().map(|item| (place(&item), item)).collect();
    if let Some(Cursor { values, id, .. }) = cursor {
        let stopped = (values, id);
        placed.retain(|(place, _)| in_order(&fields, place, &stopped) == Ordering::Greater);
    }
    placed.sort_by(|(one, _), (other, _)| in_order(&fields, one, other));
    let more = placed.len() > limit;
    placed.truncate(limit);
    let last = placed.last().filter(|_| more);
    let next =
        last.map(|((values, id), _)| Cursor { sort, values: values.clone(), id: id.clone() }.to_text());
    Ok(Page { items: placed.into_iter().map(|(_, item)| item).collect(), total, limit, next })
}

/// A cursor that is a number.
pub(crate) fn number_cursor(number: u64) -> String {
    URL_SAFE_NO_PAD.encode(number.to_string())
}

/// The number that a cursor is.
///
/// # Errors
/// A text that is no such cursor.
pub(crate) fn read_number_cursor(text: &str) -> Result<u64, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad_cursor())?;
    std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(bad_cursor)
}

fn in_order(
    fields: &[SortField],
    one: &(Vec<SortValue>, String),
    other: &(Vec<SortValue>, String),
) -> Ordering {
    for ((field, one), other) in fields.iter().zip(&one.0).zip(&other.0) {
        let order = if field.descending { other.cmp(one) } else { one.cmp(other) };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.1.cmp(&other.1)
}

impl Cursor {
    fn read(text: &str, sort: &str, fields: usize) -> Result<Self, Problem> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad_cursor())?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| bad_cursor())?;
        if cursor.sort == sort && cursor.values.len() == fields { Ok(cursor) } else { Err(bad_cursor()) }
    }

    fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl SortField {
    fn to_text(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.name)
    }
}

fn bad_cursor() -> Problem {
    Problem::invalid("cursor", "This is not a cursor of this list in this order; take it from links.next")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Parameter, ParameterKind};

    const TABLE: &[Parameter] = &[
        Parameter { name: "sort", kind: ParameterKind::Sort(&["size", "name"]), about: "" },
        Parameter { name: "limit", kind: ParameterKind::Limit, about: "" },
        Parameter { name: "cursor", kind: ParameterKind::Cursor, about: "" },
    ];

    type Thing = (i64, &'static str);

    fn page(things: &[Thing], query: &str) -> Result<Page<Thing>, Problem> {
        let query = Query::read(Some(query), TABLE).unwrap();
        let value = |thing: &Thing, field: &str| match field {
            "size" if thing.0 < 0 => SortValue::Nothing,
            "size" => SortValue::Number(thing.0),
            _ => SortValue::Text(thing.1.to_owned()),
        };
        cut(things.to_vec(), &query, "name", value, |thing| thing.1.to_owned())
    }

    fn walk(things: &[Thing], sort: &str) -> Vec<&'static str> {
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = page(things, &format!("sort={sort}&limit=2{cursor}")).unwrap();
            names.extend(page.items.iter().map(|thing| thing.1));
            assert_eq!(page.total, things.len() as u64);
            match page.next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return names,
            }
        }
    }

    const THINGS: &[Thing] = &[(2, "c"), (1, "e"), (2, "a"), (-1, "d"), (1, "b")];

    #[test]
    fn pages_together_hold_each_thing_once_in_order() {
        assert_eq!(walk(THINGS, "name"), ["a", "b", "c", "d", "e"]);
        assert_eq!(walk(THINGS, "-name"), ["e", "d", "c", "b", "a"]);
        assert_eq!(walk(THINGS, "size,-name"), ["d", "e", "b", "c", "a"]);
        assert_eq!(walk(THINGS, "-size"), ["a", "c", "b", "e", "d"]);
    }

    #[test]
    fn what_came_or_went_between_two_pages_moves_nothing_else() {
        let first = page(THINGS, "limit=2").unwrap();
        let changed: &[Thing] = &[(0, "aa"), (2, "c"), (1, "e"), (-1, "d"), (7, "cc")];
        let next = format!("limit=9&cursor={}", first.next.unwrap());
        assert_eq!(
            page(changed, &next).unwrap().items.iter().map(|thing| thing.1).collect::<Vec<_>>(),
            ["c", "cc", "d", "e"]
        );
    }

    #[test]
    fn a_page_that_is_the_last_has_no_next() {
        assert_eq!(page(THINGS, "limit=5").unwrap().next, None);
        assert_eq!(page(&[], "limit=5").unwrap(), Page { items: vec![], total: 0, limit: 5, next: None });
    }

    #[test]
    fn a_cursor_of_another_list_or_order_or_none_is_refused() {
        let next = page(THINGS, "limit=2").unwrap().next.unwrap();
        let longer = URL_SAFE_NO_PAD.encode(r#"{"s":"name","v":[1,2],"i":"a"}"#);
        for query in [
            format!("sort=size&cursor={next}"),
            "cursor=!!".to_owned(),
            "cursor=e30".to_owned(),
            "cursor=".to_owned(),
            format!("cursor={longer}"),
        ] {
            assert!(matches!(page(THINGS, &query), Err(Problem::Parameter { .. })), "{query}");
        }
    }

    #[test]
    fn a_number_goes_through_a_cursor() {
        assert_eq!(read_number_cursor(&number_cursor(42)).unwrap(), 42);
        for text in ["", "42", "!!", "LTE"] {
            assert!(read_number_cursor(text).is_err(), "{text}");
        }
    }
}
