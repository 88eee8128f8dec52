//! Heads as they are written here: names in lower case, whatever they were read in.

use crate::listen::Field;
use http::{HeaderName, HeaderValue};

/// Writes a field, unless its name, in lower case, says that it does not go on.
pub(super) fn write_unless(into: &mut Vec<u8>, field: &Field<'_>, stays: impl FnOnce(&[u8]) -> bool) {
    let start = into.len();
    into.extend_from_slice(field.name.as_bytes());
    let name = into.get_mut(start..).unwrap_or_default();
    name.make_ascii_lowercase();
    if stays(name) {
        into.truncate(start);
    } else {
        write_value(into, field.value);
    }
}

/// Writes a field.
pub(super) fn write(into: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    write_bytes(into, name, value.as_bytes());
}

/// Writes a field, whose value may not hold the end of a line.
pub(super) fn write_bytes(into: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    into.extend_from_slice(name.as_str().as_bytes());
    write_value(into, value);
}

/// Ends a head.
pub(super) fn end(into: &mut Vec<u8>) {
    into.extend_from_slice(b"\r\n");
}

fn write_value(into: &mut Vec<u8>, value: &[u8]) {
    into.extend_from_slice(b": ");
    into.extend_from_slice(value);
    into.extend_from_slice(b"\r\n");
}
