//! Patterns of paths, as a catalog writes them.

use super::request_path::{RequestPath, is_unreserved};
use std::cmp::Ordering;
use std::fmt;

/// The most segments a pattern may have.
const DEEPEST: usize = 32;

/// The paths that one line of a catalog means.
///
/// A segment is a literal, `{name}` for any one segment, or, in the last place only, `**` for one
/// segment or more. Upper and lower case differ. No pattern holds a path that ends with a slash.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    segments: Box<[Segment]>,
    /// How much of `text` stands before the first segment that is no literal.
    literal_length: usize,
}

/// One segment of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Segment {
    Literal(Box<str>),
    One,
    Rest,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPattern {
    /// It does not begin with a slash.
    #[error("a path begins with a slash")]
    NotFromRoot,
    /// It has a slash at the end, or two in a row.
    #[error("a path has no empty segment: neither // nor a slash at the end")]
    EmptySegment,
    /// It has `.`, `..`, or a segment that ends with a dot.
    #[error("no segment of a path is, or ends with, a dot")]
    Dot,
    /// `**` before the end.
    #[error("** stands only at the end of a path")]
    RestNotLast,
    /// Braces that are not a whole segment, or hold no name.
    #[error("braces enclose a whole segment, and a name of letters and digits, as in {{id}}")]
    Braces,
    /// A character that a request could spell in two ways.
    #[error("a segment is made of letters, digits, - . _ and ~, or is {{name}} or **")]
    Character,
    /// More than 32 segments.
    #[error("a path has at most 32 segments")]
    TooDeep,
}

impl Pattern {
    /// Whether `path` is one of those that are meant.
    #[must_use]
    pub fn matches(&self, path: &RequestPath<'_>) -> bool {
        if !path.as_str().starts_with(&self.text[..self.literal_length]) || path.ends_with_slash() {
            return false;
        }
        let mut theirs = path.segments();
        for mine in &self.segments {
            match (mine, theirs.next()) {
                (Segment::Rest, Some(_)) => return true,
                (Segment::One, Some(_)) => {}
                (Segment::Literal(literal), Some(segment)) if **literal == *segment => {}
                _ => return false,
            }
        }
        theirs.next().is_none()
    }

    /// Whether every path that `other` means is meant by this one too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let mut theirs = other.segments.iter();
        for mine in &self.segments {
            match (mine, theirs.next()) {
                (Segment::Rest, Some(_)) => return true,
                (Segment::One, Some(Segment::One | Segment::Literal(_))) => {}
                (Segment::Literal(one), Some(Segment::Literal(another))) if one == another => {}
                _ => return false,
            }
        }
        theirs.next().is_none()
    }

    /// Whether there is a path that both mean.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let mut theirs = other.segments.iter();
        for mine in &self.segments {
            match (mine, theirs.next()) {
                (_, None) => return false,
                (Segment::Rest, _) | (_, Some(Segment::Rest)) => return true,
                (Segment::Literal(one), Some(Segment::Literal(another))) if one != another => return false,
                _ => {}
            }
        }
        theirs.next().is_none()
    }

    /// Which segment stands, in every path that is meant, where `named` has its last one: nothing, if not all of
    /// them begin as `named` says.
    #[must_use]
    pub fn segment_named_by(&self, named: &Self) -> Option<usize> {
        let (last, before) = named.segments.split_last()?;
        let (at, is_one) = (before.len(), *last == Segment::One);
        let is_open = matches!(self.segments.get(at)?, Segment::One | Segment::Rest);
        (is_one && is_open && self.segments.get(..at)? == before).then_some(at)
    }

    /// Whether both mean the same paths: they may still call a segment by different names.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.segments == other.segments
    }

    /// Less, if this is more exact than `other` at the first segment where they differ: a literal
    /// is more exact than `{name}`, and that more than `**`.
    pub(super) fn exactness(&self, other: &Self) -> Ordering {
        self.segments.iter().map(Segment::looseness).cmp(other.segments.iter().map(Segment::looseness))
    }

    /// The text of the catalog.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

impl Segment {
    fn looseness(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::One => 1,
            Self::Rest => 2,
        }
    }
}

impl TryFrom<&str> for Pattern {
    type Error = MalformedPattern;

    fn try_from(text: &str) -> Result<Self, MalformedPattern> {
        let below_root = text.strip_prefix('/').ok_or(MalformedPattern::NotFromRoot)?;
        let segments = below_root.split('/').map(segment).collect::<Result<Box<[_]>, _>>()?;
        if segments.len() > DEEPEST {
            return Err(MalformedPattern::TooDeep);
        }
        let before_last = segments.len().saturating_sub(1);
        if segments.iter().take(before_last).any(|segment| *segment == Segment::Rest) {
            return Err(MalformedPattern::RestNotLast);
        }
        let literal_length = text.find(['{', '*']).unwrap_or(text.len());
        Ok(Self { text: text.into(), segments, literal_length })
    }
}

fn segment(text: &str) -> Result<Segment, MalformedPattern> {
    match text {
        "" => Err(MalformedPattern::EmptySegment),
        "**" => Ok(Segment::Rest),
        braced if braced.contains(['{', '}']) => name_in_braces(braced).map(|()| Segment::One),
        dotted if dotted.ends_with('.') => Err(MalformedPattern::Dot),
        literal if literal.bytes().all(is_unreserved) => Ok(Segment::Literal(literal.into())),
        _ => Err(MalformedPattern::Character),
    }
}

fn name_in_braces(text: &str) -> Result<(), MalformedPattern> {
    let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if name.is_some_and(is_name) { Ok(()) } else { Err(MalformedPattern::Braces) }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text).unwrap()
    }

    fn matches(one: &str, path: &str) -> bool {
        pattern(one).matches(&RequestPath::parse(path).unwrap())
    }

    #[test]
    fn a_pattern_holds_the_paths_it_says_and_no_others() {
        for (text, path, held) in [
            ("/v1/apps", "/v1/apps", true),
            ("/v1/apps", "/v1/apps/", false),
            ("/v1/apps", "/v1/app", false),
            ("/v1/apps", "/v1/apps2", false),
            ("/v1/apps", "/v1/Apps", false),
            ("/v1/apps", "/v1", false),
            ("/v1/apps/{id}", "/v1/apps/7", true),
            ("/v1/apps/{id}", "/v1/apps/", false),
            ("/v1/apps/{id}", "/v1/apps", false),
            ("/v1/apps/{id}", "/v1/apps/7/x", false),
            ("/v1/apps/{id}/x", "/v1/apps/7/x", true),
            ("/v1/apps/**", "/v1/apps", false),
            ("/v1/apps/**", "/v1/apps/", false),
            ("/v1/apps/**", "/v1/apps/7", true),
            ("/v1/apps/**", "/v1/apps/7/8/9", true),
            ("/v1/apps/**", "/v1/apps/7/8/", false),
            ("/**", "/", false),
            ("/**", "/anything", true),
        ] {
            assert_eq!(matches(text, path), held, "{text} {path}");
        }
    }

    #[test]
    fn covering_and_overlapping_follow_the_paths() {
        for (one, another, covers, overlaps) in [
            ("/a", "/a", true, true),
            ("/a", "/b", false, false),
            ("/a", "/a/b", false, false),
            ("/a/b", "/a", false, false),
            ("/{x}", "/a", true, true),
            ("/a", "/{x}", false, true),
            ("/{x}", "/{y}", true, true),
            ("/**", "/a/b/c", true, true),
            ("/a/b/c", "/**", false, true),
            ("/a/**", "/a", false, false),
            ("/a/**", "/a/{x}", true, true),
            ("/a/{x}", "/a/**", false, true),
            ("/a/**", "/a/**", true, true),
            ("/a/{x}/c", "/a/b/{y}", false, true),
            ("/a/{x}/c", "/a/b/d", false, false),
        ] {
            assert_eq!(pattern(one).covers(&pattern(another)), covers, "{one} covers {another}");
            assert_eq!(pattern(one).overlaps(&pattern(another)), overlaps, "{one} overlaps {another}");
            assert_eq!(pattern(another).overlaps(&pattern(one)), overlaps, "{another} overlaps {one}");
        }
    }

    #[test]
    fn a_segment_is_named_where_every_path_begins_so() {
        for (one, named, expected) in [
            ("/v1/apps/{id}", "/v1/apps/{app}", Some(2)),
            ("/v1/apps/{id}/builds", "/v1/apps/{id}", Some(2)),
            ("/v1/apps/**", "/v1/apps/{id}", Some(2)),
            ("/{team}/apps/{id}/x", "/{any}/apps/{id}", Some(2)),
            ("/{id}", "/{id}", Some(0)),
            ("/v1/apps", "/v1/apps/{id}", None),
            ("/v1/apps/all", "/v1/apps/{id}", None),
            ("/v1/**", "/v1/apps/{id}", None),
            ("/v1/{any}/{id}", "/v1/apps/{id}", None),
            ("/v2/apps/{id}", "/v1/apps/{id}", None),
            ("/team/apps/{id}", "/{any}/apps/{id}", None),
            ("/v1/apps/{id}", "/v1/apps", None),
            ("/v1/apps/**", "/v1/apps/**", None),
        ] {
            assert_eq!(pattern(one).segment_named_by(&pattern(named)), expected, "{one} by {named}");
        }
    }

    #[test]
    fn the_names_in_braces_make_no_difference() {
        assert!(pattern("/a/{id}").is_same_as(&pattern("/a/{number}")));
        assert!(!pattern("/a/{id}").is_same_as(&pattern("/a/**")));
    }

    #[test]
    fn what_is_no_pattern_is_refused_for_its_reason() {
        use MalformedPattern::*;
        for (text, reason) in [
            ("", NotFromRoot),
            ("v1/apps", NotFromRoot),
            ("https://api.example/v1", NotFromRoot),
            ("/", EmptySegment),
            ("/v1/", EmptySegment),
            ("/v1//apps", EmptySegment),
            ("/v1/./apps", Dot),
            ("/v1/..", Dot),
            ("/v1/apps.", Dot),
            ("/**/apps", RestNotLast),
            ("/v1/{}", Braces),
            ("/v1/{id", Braces),
            ("/v1/id}", Braces),
            ("/v1/a{id}", Braces),
            ("/v1/{an id}", Braces),
            ("/v1/*", Character),
            ("/v1/***", Character),
            ("/v1/a b", Character),
            ("/v1/%41", Character),
            ("/v1/é", Character),
            ("/v1/apps?x=1", Character),
            ("/v1/a;b", Character),
            ("/v1/a:cancel", Character),
        ] {
            assert_eq!(Pattern::try_from(text), Err(reason), "{text}");
        }
        assert_eq!(Pattern::try_from("/a".repeat(33).as_str()), Err(TooDeep));
        assert!(Pattern::try_from("/a".repeat(32).as_str()).is_ok());
    }
}
