//! What a value of an attribute may be.

use super::Kind;
use serde_json::Value;

const LONGEST_ADDRESS: usize = 254;
const MOST_TEXTS: usize = 200;
const LONGEST_VERSION: usize = 30;

impl Kind {
    /// Why this value can't be. `null` says that there is none, and always can.
    #[must_use]
    pub fn refuses(&self, value: &Value) -> Option<String> {
        if value.is_null() {
            return None;
        }
        let is_text = |check: fn(&str) -> bool| value.as_str().is_some_and(check);
        let (is_good, rule) = match self {
            Self::Version => {
                (is_text(is_version), format!("It must be text of {LONGEST_VERSION} characters at most"))
            }
            Self::Text(longest) => {
                let fits = value.as_str().is_some_and(|text| text.chars().count() <= *longest);
                (fits, format!("It must be text of {longest} characters at most"))
            }
            Self::OneOf(words) => {
                let is_one = value.as_str().is_some_and(|text| words.iter().any(|word| word == text));
                (is_one, format!("It must be one of {}", words.join(", ")))
            }
            Self::SomeOf(words) => {
                (is_some_of(value, words), format!("It must be a list of some of {}", words.join(", ")))
            }
            Self::Number => (value.is_i64() || value.is_u64(), "It must be a whole number".to_owned()),
            Self::Flag => (value.is_boolean(), "It must be true or false".to_owned()),
            Self::Date => (is_text(is_date), "It must be a date such as 2026-11-21".to_owned()),
            Self::Time => (is_text(is_time), "It must be a time such as 2026-11-21T12:00:00Z".to_owned()),
            Self::Url => {
                (is_text(is_url), "It must be a URL that begins with http:// or https://".to_owned())
            }
            Self::Email => (is_text(is_address), "It must be an e-mail address".to_owned()),
            Self::Locale => (is_text(is_locale), "It must be a locale such as en-US".to_owned()),
            Self::Texts => (is_texts(value), "It must be a list of texts".to_owned()),
            Self::Any => (true, String::new()),
        };
        (!is_good).then_some(rule)
    }
}

fn is_version(text: &str) -> bool {
    text.chars().count() <= LONGEST_VERSION
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let within = |text: &str, most: u8| text.parse().is_ok_and(|number: u8| (1..=most).contains(&number));
    digits(year, 4) && digits(month, 2) && digits(day, 2) && within(month, 12) && within(day, 31)
}

fn is_time(text: &str) -> bool {
    let Some((date, clock)) = text.split_once('T') else { return false };
    let zone = clock.find(['Z', '+', '-']);
    let Some((clock, zone)) = zone.and_then(|at| clock.split_at_checked(at)) else { return false };
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let is_zone =
        zone == "Z" || (zone.len() >= 5 && zone[1..].bytes().all(|it| it.is_ascii_digit() || it == b':'));
    let parts: Vec<&str> = clock.split(':').collect();
    is_date(date) && is_zone && (2..=3).contains(&parts.len()) && parts.iter().all(|part| digits(part, 2))
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && !text.contains(char::is_whitespace)
}

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let is_plain =
        |part: &str| !part.is_empty() && !part.contains(|it: char| it.is_whitespace() || it.is_control());
    is_plain(name) && is_plain(host) && host.contains('.') && text.len() <= LONGEST_ADDRESS
}

fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let is_part =
        |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_alphanumeric());
    (2..=3).contains(&language.len())
        && language.bytes().all(|it| it.is_ascii_lowercase())
        && parts.all(is_part)
}

fn is_some_of(value: &Value, words: &[String]) -> bool {
    let is_word = |one: &Value| one.as_str().is_some_and(|text| words.iter().any(|word| word == text));
    value.as_array().is_some_and(|all| all.len() <= MOST_TEXTS && all.iter().all(is_word))
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|all| all.len() <= MOST_TEXTS && all.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_takes_what_it_should_and_nothing_else() {
        let one_of = || Kind::OneOf(vec!["IOS".to_owned(), "MAC_OS".to_owned()]);
        let cases: [(Kind, Vec<Value>, Vec<Value>); 12] = [
            (Kind::Text(3), vec![json!("äöü"), json!("")], vec![json!("four"), json!(3)]),
            (
                Kind::SomeOf(vec!["IOS".to_owned(), "MAC_OS".to_owned()]),
                vec![json!([]), json!(["IOS"]), json!(["MAC_OS", "IOS"])],
                vec![json!("IOS"), json!(["ios"]), json!([1])],
            ),
            (Kind::Version, vec![json!("1.10"), json!("")], vec![json!(1.1), json!("1".repeat(31))]),
            (one_of(), vec![json!("IOS")], vec![json!("ios"), json!(["IOS"])]),
            (Kind::Number, vec![json!(0), json!(-3)], vec![json!(1.5), json!("1")]),
            (Kind::Flag, vec![json!(true)], vec![json!("true"), json!(1)]),
            (
                Kind::Date,
                vec![json!("2026-12-31")],
                vec![json!("2026-13-01"), json!("26-1-1"), json!("2026-01-01-")],
            ),
            (
                Kind::Time,
                vec![
                    json!("2026-11-21T12:00:00Z"),
                    json!("2026-11-21T12:00:00.5-08:00"),
                    json!("2026-11-21T12:00+0000"),
                ],
                vec![json!("2026-11-21"), json!("2026-11-21T12:00:00"), json!("2026-11-21T1:00:00Z")],
            ),
            (
                Kind::Url,
                vec![json!("https://a.example/x")],
                vec![json!("ftp://a"), json!("https://"), json!("https://a b")],
            ),
            (Kind::Email, vec![json!("a@b.example")], vec![json!("a@b"), json!("@b.c"), json!("a b@c.d")]),
            (
                Kind::Locale,
                vec![json!("en-US"), json!("zh-Hans"), json!("fr")],
                vec![json!("EN"), json!("e"), json!("en_US")],
            ),
            (Kind::Texts, vec![json!([]), json!(["a"])], vec![json!("a"), json!([1])]),
        ];
        for (kind, good, bad) in cases {
            good.iter().for_each(|value| assert_eq!(kind.refuses(value), None, "{kind:?} {value}"));
            bad.iter().for_each(|value| assert!(kind.refuses(value).is_some(), "{kind:?} {value}"));
            assert_eq!(kind.refuses(&Value::Null), None);
        }
    }
}
