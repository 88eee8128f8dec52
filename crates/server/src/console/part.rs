//! Which part of a long list a page shows, and the way to the others.

use super::form::Form;
use crate::query::encoded;

/// How many rows a page shows.
const A_PAGE: usize = 50;

/// A part of a list. In templates: `{% call e::pager(part) %}{% endcall %}` below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// How many rows come before.
    from: usize,
    /// Which rows of how many these are: `51 to 100 of 236`; nothing, if they are all.
    pub(crate) words: String,
    /// Where the rows before these are; nowhere, if these are the first.
    pub(crate) back: String,
    /// Where the rows after these are; nowhere, if these are the last.
    pub(crate) on: String,
}

impl Part {
    /// The part of a list of that many rows that a query asks for by `page`: the last, if there are not so many. `kept`
    /// are the fields of the query that the list is narrowed by.
    pub(crate) fn of(place: &str, query: &Form, kept: &[&str], rows: usize) -> Self {
        let last = rows.saturating_sub(1) / A_PAGE;
        let page = query.text("page").parse::<usize>().unwrap_or(1).saturating_sub(1).min(last);
        let from = page * A_PAGE;
        let words = format!("{} to {} of {rows}", from + 1, rows.min(from + A_PAGE));
        let href = |page: usize| {
            let fields =
                kept.iter().map(|name| (*name, query.text(name))).filter(|(_, text)| !text.is_empty());
            let fields: String = fields.map(|(name, text)| format!("{name}={}&", encoded(text))).collect();
            format!("{place}?{fields}page={}", page + 1)
        };
        Self {
            from,
            words: if last == 0 { String::new() } else { words },
            back: if page == 0 { String::new() } else { href(page - 1) },
            on: if page == last { String::new() } else { href(page + 1) },
        }
    }

    /// These rows of all.
    pub(crate) fn cut<T>(&self, rows: impl IntoIterator<Item = T>) -> Vec<T> {
        rows.into_iter().skip(self.from).take(A_PAGE).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(query: &str, rows: usize) -> Part {
        Part::of("/users", &Form::read(query).unwrap(), &["q", "role"], rows)
    }

    #[test]
    fn every_row_stands_on_one_page_and_the_way_leads_there_and_back() {
        let (mut query, mut seen) = (String::new(), Vec::new());
        loop {
            let part = part(&query, 101);
            seen.extend(part.cut(0..101));
            let Some((_, next)) = part.on.split_once('?') else { break };
            query = next.to_owned();
        }
        assert_eq!(seen, (0..101).collect::<Vec<_>>());
        let last = part(&query, 101);
        assert_eq!((last.words.as_str(), last.back.as_str()), ("101 to 101 of 101", "/users?page=2"));
    }

    #[test]
    fn what_a_list_is_narrowed_by_is_kept() {
        let second = part("q=a%26b&role=&page=2&other=1", 120);
        assert_eq!(
            (second.back.as_str(), second.on.as_str()),
            ("/users?q=a%26b&page=1", "/users?q=a%26b&page=3")
        );
    }

    #[test]
    fn a_page_that_there_is_not_is_the_nearest_that_there_is() {
        for (query, rows, words) in [
            ("page=0", 60, "1 to 50 of 60"),
            ("page=9", 60, "51 to 60 of 60"),
            ("page=99999999999999999999999", 60, "1 to 50 of 60"),
            ("page=x", 60, "1 to 50 of 60"),
            ("page=2", 50, ""),
            ("page=2", 0, ""),
        ] {
            assert_eq!(part(query, rows).words, words, "{query}");
        }
    }
}
