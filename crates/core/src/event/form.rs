//! A text of exactly one form, read from its beginning to its end.

use crate::id::Malformed;

/// What is still to be read. After a `None` what is left means nothing.
#[derive(Clone, Copy)]
pub(super) struct Form<'a>(&'a str);

impl<'a> Form<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// Goes past what must stand here.
    #[inline]
    pub(super) fn pass(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// Goes past this if it stands here.
    #[inline]
    pub(super) fn passes(&mut self, possible: &str) -> bool {
        self.pass(possible).is_some()
    }

    /// What stands before this byte of ASCII, which is not passed.
    pub(super) fn until(&mut self, end: u8) -> Option<&'a str> {
        let length = self.0.bytes().position(|byte| byte == end)?;
        self.take(length)
    }

    /// A string of JSON. One with escapes is not of this form.
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.pass("\"")?;
        let text = self.until(b'"')?;
        self.pass("\"")?;
        (!text.contains('\\')).then_some(text)
    }

    /// A string of so many bytes, for a reader that refuses quotation marks and backslashes: they are
    /// not looked for here.
    #[inline]
    pub(super) fn string_of(&mut self, length: usize) -> Option<&'a str> {
        self.pass("\"")?;
        let text = self.take(length)?;
        self.pass("\"")?;
        Some(text)
    }

    /// An id of so many bytes.
    #[inline]
    pub(super) fn id<T: TryFrom<&'a str, Error = Malformed>>(&mut self, length: usize) -> Option<T> {
        self.string_of(length)?.try_into().ok()
    }

    /// All that is left but this end of it.
    pub(super) fn rest_before(self, end: &str) -> Option<&'a str> {
        self.0.strip_suffix(end)
    }

    /// Whether everything was read.
    pub(super) const fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}
