//! Values of a catalog: each is read as what it must be, or its fault is noted.

use super::faults::Faults;
use super::fields::Fields;
use super::nearest::did_you_mean;
use crate::catalog::Pattern;
use crate::catalog::write::duration_text;
use crate::id::Malformed;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::DeValue;

/// A value that must turn out to be of some form.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    value: &'a Spanned<DeValue<'a>>,
    key: &'a str,
    is_element: bool,
    faults: &'a Faults<'a>,
}

impl<'a> Value<'a> {
    pub(super) fn new(key: &'a str, value: &'a Spanned<DeValue<'a>>, faults: &'a Faults<'a>) -> Self {
        Self { value, key, is_element: false, faults }
    }

    /// Notes a fault of this value.
    pub(super) fn fault<T>(self, message: impl Into<String>) -> Option<T> {
        self.faults.add(self.value.span(), message);
        None
    }

    /// Notes that it must be something else.
    pub(super) fn must_be<T>(self, form: &str) -> Option<T> {
        let each = if self.is_element { "each of " } else { "" };
        self.fault(format!("{each}`{}` must be {form}", self.key))
    }

    fn is_of_no<T>(self, form: &str) -> Option<T> {
        self.must_be(&format!("{form}, not {}", kind_of(self.value.get_ref())))
    }

    pub(super) fn text(self) -> Option<&'a str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.is_of_no("text"),
        }
    }

    pub(super) fn word(self) -> Option<Word<'a>> {
        self.text().and(self.as_word())
    }

    /// The text, if it is one: nothing is noted.
    pub(super) fn as_word(self) -> Option<Word<'a>> {
        let text = self.value.get_ref().as_str()?;
        Some(Word { text, span: self.value.span(), faults: self.faults })
    }

    pub(super) fn boolean(self) -> Option<bool> {
        self.value.get_ref().as_bool().or_else(|| self.is_of_no("true or false"))
    }

    /// A number of things: one at least.
    pub(super) fn count(self) -> Option<u32> {
        const MOST: u32 = 1_000_000_000;
        let Some(number) = self.value.get_ref().as_integer() else { return self.is_of_no("a whole number") };
        match u32::from_str_radix(number.as_str(), number.radix()) {
            Ok(count @ 1..=MOST) => Some(count),
            _ => self.must_be("from 1 to 1000000000"),
        }
    }

    /// Text such as `90s`, `20m`, `24h` or `183d`. Where the least is a part of a second, `250ms` too.
    pub(super) fn duration(self, least: Duration, most: Duration) -> Option<Duration> {
        let Some(duration) = parse_duration(self.text()?) else {
            return self.must_be("a time such as \"90s\", \"20m\", \"24h\" or \"183d\"");
        };
        let is_fine = least.subsec_nanos() > 0 || duration.subsec_nanos() == 0;
        if is_fine && (least..=most).contains(&duration) {
            Some(duration)
        } else {
            self.must_be(&format!("from {} to {}", duration_text(least), duration_text(most)))
        }
    }

    /// One line for people, of at most so many characters.
    pub(super) fn line(self, most: usize) -> Option<String> {
        let text = self.text()?;
        let fits = (1..=most).contains(&text.chars().count());
        if fits && text.trim() == text && !text.chars().any(char::is_control) {
            Some(text.to_owned())
        } else {
            self.must_be(&format!("1 to {most} characters, on one line, without spaces at either end"))
        }
    }

    /// A title for people.
    pub(super) fn title(self) -> Option<String> {
        self.line(100)
    }

    /// Text for people, perhaps of many lines.
    pub(super) fn prose(self) -> Option<String> {
        const MOST: usize = 20_000;
        let text = self.text()?;
        let is_odd = |letter: char| letter.is_control() && letter != '\n';
        if !text.trim().is_empty() && text.chars().count() <= MOST && !text.contains(is_odd) {
            Some(text.to_owned())
        } else {
            self.must_be("1 to 20000 characters, with no control characters but line ends")
        }
    }

    pub(super) fn url(self) -> Option<String> {
        let url = self.text()?;
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
        if !host.is_empty() && url.len() <= 2000 && url.bytes().all(|byte| byte.is_ascii_graphic()) {
            Some(url.to_owned())
        } else {
            self.must_be("a URL that begins with https:// or http://")
        }
    }

    pub(super) fn name<T: for<'t> TryFrom<&'t str, Error = Malformed>>(self) -> Option<T> {
        T::try_from(self.text()?).or_else(|malformed| self.fault(malformed.to_string()).ok_or(())).ok()
    }

    pub(super) fn pattern(self) -> Option<Pattern> {
        let text = self.text()?;
        match Pattern::try_from(text) {
            Ok(pattern) => Some(pattern),
            Err(error) => self.fault(format!("`{text}` is no path: {error}")),
        }
    }

    pub(super) fn one_of<T: Copy>(self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, chosen)) = choices.iter().find(|(choice, _)| *choice == text) {
            return Some(*chosen);
        }
        self.must_be(&one_of(choices.iter().map(|(choice, _)| *choice)))
    }

    /// The elements of a list of at least so many, each read.
    pub(super) fn list<T>(self, least: usize, each: impl FnMut(Self) -> Option<T>) -> Option<Vec<T>> {
        let Some(list) = self.value.get_ref().as_array() else { return self.is_of_no("a list") };
        if list.len() < least {
            return self.must_be("a list that is not empty");
        }
        let read: Vec<_> = self.elements().map(each).collect();
        read.into_iter().collect()
    }

    /// Like [`Value::list`], but nothing may stand there twice.
    pub(super) fn set<T: Ord>(
        self,
        least: usize,
        mut each: impl FnMut(Self) -> Option<T>,
    ) -> Option<BTreeSet<T>> {
        let seen = RefCell::new(BTreeSet::new());
        let once = |element: Self| {
            let word = element.word()?;
            let item = each(element);
            let is_new = seen.borrow_mut().insert(word.text);
            if is_new { item } else { element.fault(format!("`{}` is named twice", word.text)) }
        };
        self.list(least, once).map(BTreeSet::from_iter)
    }

    /// The keys of a table and their values.
    pub(super) fn pairs(self) -> Option<Vec<(Word<'a>, Self)>> {
        let DeValue::Table(table) = self.value.get_ref() else { return self.is_of_no("a table") };
        let pairs = table.iter().map(|(key, value)| {
            let text: &str = key.get_ref();
            let word = Word { text, span: key.span(), faults: self.faults };
            (word, Self::new(text, value, self.faults))
        });
        Some(pairs.collect())
    }

    /// A table, which `what` names to people.
    pub(super) fn fields(self, what: impl Into<String>) -> Option<Fields<'a>> {
        let Some(mut fields) = self.as_fields() else { return self.is_of_no("a table") };
        fields.what = what.into();
        Some(fields)
    }

    /// A table of an array of tables, named to people by its key and its `name`.
    pub(super) fn entry(self) -> Option<Fields<'a>> {
        let one = self.key.strip_suffix('s').map_or_else(|| format!("`{}`", self.key), str::to_owned);
        let mut fields = self.fields(format!("a {one}"))?;
        if let Some(name) = fields.words("name").next() {
            fields.what = format!("{one} `{}`", name.text);
        }
        Some(fields)
    }

    /// The table, if it is one: nothing is noted.
    pub(super) fn as_fields(self) -> Option<Fields<'a>> {
        let table = self.value.get_ref().as_table()?;
        Some(Fields::new(table, self.value.span(), String::new(), self.faults))
    }

    /// The elements, if it is a list: nothing is noted.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let list = self.value.get_ref().as_array();
        let element = move |value| Self { value, is_element: true, ..self };
        list.into_iter().flat_map(|list| list.iter()).map(element)
    }
}

/// A name that stands in the text.
#[derive(Clone)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
    faults: &'a Faults<'a>,
}

impl Word<'_> {
    pub(super) fn fault<T>(&self, message: impl Into<String>) -> Option<T> {
        self.faults.add(self.span.clone(), message);
        None
    }

    /// The line it stands on.
    pub(super) fn line(&self) -> usize {
        self.faults.line(&self.span)
    }

    /// Takes it for the name of one of `known`, which are what `what` says.
    pub(super) fn refer<T: for<'t> TryFrom<&'t str>>(&self, known: &[&str], what: &str) -> Option<T> {
        if known.contains(&self.text) {
            return T::try_from(self.text).ok();
        }
        self.fault(format!("there is no {what} `{}`{}", self.text, did_you_mean(self.text, known)))
    }
}

/// So many seconds.
pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (digits, unit) = text.split_at(unit_at);
    let number: u64 = digits.parse().ok().filter(|_| digits.len() <= 9)?;
    Some(match unit {
        "ms" => Duration::from_millis(number),
        "s" => seconds(number),
        "m" => seconds(number * 60),
        "h" => seconds(number * 60 * 60),
        "d" => seconds(number * 24 * 60 * 60),
        _ => return None,
    })
}

/// `"a", "b" or "c"`.
fn one_of<'c>(choices: impl Iterator<Item = &'c str>) -> String {
    let quoted: Vec<_> = choices.map(|choice| format!("\"{choice}\"")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_five_units() {
        for (text, read) in [
            ("250ms", Some(Duration::from_millis(250))),
            ("90s", Some(seconds(90))),
            ("20m", Some(seconds(1200))),
            ("24h", Some(seconds(86_400))),
            ("183d", Some(seconds(15_811_200))),
            ("20", None),
            ("", None),
            ("m", None),
            ("-1s", None),
            ("1.5s", None),
            ("1 s", None),
            ("1w", None),
            ("1000000000s", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(parse_duration(text), read, "{text}");
        }
    }
}
