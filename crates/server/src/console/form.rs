//! A form as a browser sends it: fields in order, of which several may have one name.

use crate::call::Call;
use crate::error::Problem;
use crate::query::decoded;
use http::header::CONTENT_TYPE;
use std::fmt;
use zeroize::Zeroizing;

/// The type that forms are sent as.
const URLENCODED: &str = "application/x-www-form-urlencoded";
/// More fields than any page has.
const MOST_FIELDS: usize = 2_000;

/// The fields of a form. What stands in them may be a password, so nothing shows them, and they are overwritten when
/// they are done with.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// The form in the body of a request.
    ///
    /// # Errors
    /// A body of another type, too many fields, or one that is not well encoded.
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let kind = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(URLENCODED) {
            return Err(Problem::MediaType { wanted: URLENCODED });
        }
        std::str::from_utf8(&call.body).ok().and_then(Self::read).ok_or(Problem::BodyBroken)
    }

    /// What stands behind the question mark of a request, read as a form: what is not well encoded is as if
    /// nothing stood there.
    pub(crate) fn of_query(call: &Call) -> Self {
        call.query_text.as_deref().and_then(Self::read).unwrap_or_default()
    }

    /// Reads fields as browsers write them.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        if pairs.clone().count() > MOST_FIELDS {
            return None;
        }
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, Zeroizing::new(decoded(value)?)))
        };
        pairs.map(pair).collect::<Option<Vec<_>>>().map(Self)
    }

    /// What stands in a field, without spaces at either end; an empty text if it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// What stands in a field, exactly: passwords may begin with a space.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether a box is ticked, or a button of that name was pressed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// Whether a field has that value among its values: of boxes with one name, whether this one is ticked.
    pub(crate) fn says(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|found| found == value)
    }

    /// Everything that stands in fields of that name.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[a form of {} fields]", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_order_and_may_have_one_name() {
        let form = Form::read("name=+CI%20server+&role=A&role=B&tick&&password=+a%26b").unwrap();
        assert_eq!((form.text("name"), form.exact("password")), ("CI server", " a&b"));
        assert_eq!(form.all("role").collect::<Vec<_>>(), ["A", "B"]);
        assert!(form.has("tick") && form.says("role", "B") && !form.says("role", "C"));
        assert!(!form.has("other") && form.text("other").is_empty());
        assert_eq!(format!("{form:?}"), "[a form of 5 fields]");
    }

    #[test]
    fn what_is_not_well_encoded_or_too_much_is_no_form() {
        for text in ["a=%", "a=%zz", "%ff=1", &"a=1&".repeat(MOST_FIELDS + 1)] {
            assert!(Form::read(text).is_none());
        }
    }
}
