//! Taking a TOML table apart: each value is read as what it must be, or its fault is noted.

use super::faults::Faults;
use crate::catalog::Pattern;
use crate::catalog::write::duration_text;
use crate::id::Malformed;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table whose keys are asked for one by one. Each asked-for key is a known one.
pub(super) struct Fields<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    what: String,
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

    fn new(table: &'a DeTable<'a>, span: Range<usize>, what: String, faults: &'a Faults<'a>) -> Self {
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
        if self.table.get(key).is_none() {
            self.faults.add(self.span.clone(), format!("{} needs at least one `[[{key}]]`", self.what));
        }
        self.entries(key, read)
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
            entry
        };
        let Some(value) = self.value(key) else { return Entries { found: Vec::new(), complete: true } };
        let Some(values) = value.values() else { return Entries { found: Vec::new(), complete: false } };
        if values.is_empty() {
            value.fault::<()>(format!("there must be at least one `[[{key}]]`"));
        }
        let read: Vec<_> = values.into_iter().map(each).collect();
        Entries { complete: read.iter().all(Option::is_some), found: read.into_iter().flatten().collect() }
    }

    /// The tables of an array of tables, as they are: nothing is noted.
    pub(super) fn tables(&self, key: &str) -> impl Iterator<Item = Fields<'a>> + use<'a> {
        self.elements(key).filter_map(|value| match value.value.get_ref() {
            DeValue::Table(table) => Some(Self::new(table, value.value.span(), String::new(), value.faults)),
            _ => None,
        })
    }

    /// The texts of a list, or the one text there is, as they are: nothing is noted.
    pub(super) fn words(&self, key: &str) -> impl Iterator<Item = Word<'a>> + use<'a> {
        let alone = self.get(key).filter(|value| value.value.get_ref().is_str());
        self.elements(key).chain(alone).filter_map(Value::as_word)
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

    fn elements(&self, key: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let list = self.get(key).and_then(|value| value.value.get_ref().as_array());
        let faults = self.faults;
        let element = move |value| Value { value, key: "", is_element: true, faults };
        list.into_iter().flat_map(|array| array.iter()).map(element)
    }

    fn value(&self, key: &'static str) -> Option<Value<'a>> {
        self.known.borrow_mut().push(key);
        self.get(key)
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        let (key, value) = self.table.get_key_value(key)?;
        Some(Value { value, key: key.get_ref(), is_element: false, faults: self.faults })
    }

    fn key(&self, key: &'static str) -> Option<&'a Spanned<std::borrow::Cow<'a, str>>> {
        self.known.borrow_mut().push(key);
        self.table.get_key_value(key).map(|(key, _)| key)
    }
}

/// A value that must turn out to be of some form.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    value: &'a Spanned<DeValue<'a>>,
    key: &'a str,
    is_element: bool,
    faults: &'a Faults<'a>,
}

impl<'a> Value<'a> {
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

    fn as_word(self) -> Option<Word<'a>> {
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
        let words: Vec<_> = choices.iter().map(|(choice, _)| format!("\"{choice}\"")).collect();
        self.must_be(&words.join(" or "))
    }

    /// The elements of a list of at least so many, each read.
    pub(super) fn list<T>(self, least: usize, each: impl FnMut(Self) -> Option<T>) -> Option<Vec<T>> {
        let values = self.values()?;
        if values.len() < least {
            return self.must_be("a list that is not empty");
        }
        let read: Vec<_> = values.into_iter().map(each).collect();
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
        let pair = |(key, value): (&'a Spanned<_>, _)| {
            let word = Word { text: key.get_ref() as &str, span: key.span(), faults: self.faults };
            (word, Self { value, key: word_of(key), is_element: false, faults: self.faults })
        };
        Some(table.iter().map(pair).collect())
    }

    /// A table, which `what` names to people.
    pub(super) fn fields(self, what: impl Into<String>) -> Option<Fields<'a>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Some(Fields::new(table, self.value.span(), what.into(), self.faults)),
            _ => self.is_of_no("a table"),
        }
    }

    pub(super) fn is_table(self) -> bool {
        self.value.get_ref().is_table()
    }

    /// A table of an array of tables, named to people by its key and its `name`.
    fn entry(self) -> Option<Fields<'a>> {
        let one = self.key.strip_suffix('s').map_or_else(|| format!("`{}`", self.key), str::to_owned);
        let mut fields = self.fields(format!("a {one}"))?;
        if let Some(name) = fields.words("name").next() {
            fields.what = format!("{one} `{}`", name.text);
        }
        Some(fields)
    }

    fn values(self) -> Option<Vec<Self>> {
        let DeValue::Array(array) = self.value.get_ref() else { return self.is_of_no("a list") };
        Some(array.iter().map(|value| Self { value, is_element: true, ..self }).collect())
    }
}

fn word_of<'a>(key: &'a Spanned<std::borrow::Cow<'a, str>>) -> &'a str {
    key.get_ref()
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

/// The end of a sentence that names the nearest of `known`, or all if there are few.
fn did_you_mean(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|name| (distance(word, name), *name)).min();
    match near {
        Some((steps, name)) if steps * 3 <= name.chars().count().max(3) => {
            format!("; did you mean `{name}`?")
        }
        _ if (1..=12).contains(&known.len()) => {
            let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("; there is {}", names.join(", "))
        }
        _ => String::new(),
    }
}

/// How many letters must be put in, left out, changed or swapped with a neighbour to make one word of the other.
fn distance(one: &str, another: &str) -> usize {
    let (one, another): (Vec<_>, Vec<_>) =
        (one.chars().take(64).collect(), another.chars().take(64).collect());
    let mut rows = vec![vec![0; another.len() + 1]; one.len() + 1];
    for (down, across) in
        (0..=one.len()).flat_map(|down| (0..=another.len()).map(move |across| (down, across)))
    {
        rows[down][across] = if down == 0 || across == 0 {
            down + across
        } else {
            let changed = usize::from(one[down - 1] != another[across - 1]);
            let step = rows[down - 1][across - 1] + changed;
            let step = step.min(rows[down - 1][across] + 1).min(rows[down][across - 1] + 1);
            let is_swap = down > 1
                && across > 1
                && one[down - 1] == another[across - 2]
                && one[down - 2] == another[across - 1];
            if is_swap { step.min(rows[down - 2][across - 2] + 1) } else { step }
        };
    }
    rows[one.len()][another.len()]
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

    #[test]
    fn a_near_miss_is_named_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("audiance", &["title", "audience"]), "; did you mean `audience`?");
        assert_eq!(did_you_mean("ADMNI", &["ADMIN"]), "; did you mean `ADMIN`?");
        assert_eq!(did_you_mean("colour", &["title", "name"]), "; there is `title`, `name`");
        assert_eq!(did_you_mean("colour", &[]), "");
    }
}
