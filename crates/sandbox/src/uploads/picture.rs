//! As much of pictures and films as must be known to show them: what they are, and how large.

/// How files begin that a browser may show, with what they are.
const KINDS: &[(usize, &[u8], &str)] = &[
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
];
/// What is no picture and no film.
pub(super) const OTHER: &str = "application/octet-stream";

/// What this is by its first bytes, whatever anybody says of it.
pub(super) fn kind(bytes: &[u8]) -> &'static str {
    let begins =
        |(at, start, _): &&(usize, &[u8], &str)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(start));
    KINDS.iter().find(begins).map_or(OTHER, |(_, _, kind)| kind)
}

/// What a file is by its name, for whoever sends it.
pub(super) fn kind_of_name(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let known = [
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("gif", "image/gif"),
        ("mov", "video/quicktime"),
        ("mp4", "video/mp4"),
        ("m4v", "video/mp4"),
    ];
    known.iter().find(|(other, _)| ending.eq_ignore_ascii_case(other)).map_or(OTHER, |(_, kind)| kind)
}

/// Width and height of a picture.
pub(super) fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    match kind(bytes) {
        "image/png" => Some((number(bytes, 16, 4)?, number(bytes, 20, 4)?)),
        "image/gif" => {
            let little = |at: usize| Some(u32::from(*bytes.get(at)?) | u32::from(*bytes.get(at + 1)?) << 8);
            Some((little(6)?, little(8)?))
        }
        "image/jpeg" => size_of_jpeg(bytes),
        _ => None,
    }
}

/// Segments follow one another, each with its length; one of those that begin a frame tells the size.
fn size_of_jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        let begins_frame = matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc);
        match (mark, kind) {
            (0xff, 0xff) => at += 1,
            (0xff, 0x01 | 0xd0..=0xd7) => at += 2,
            (0xff, _) if begins_frame => return Some((number(bytes, at + 7, 2)?, number(bytes, at + 5, 2)?)),
            (0xff, _) => at += 2 + usize::try_from(number(bytes, at + 2, 2)?).ok()?,
            _ => return None,
        }
    }
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(length)?)?;
    Some(digits.iter().fold(0, |number, digit| number << 8 | u32::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_tell_what_they_are_and_how_large() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\x0a\0\0\x0a\xf0\x08\x02\0\0\0";
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x0b\x08\x0a\xf0\x05\x0a\x03";
        let gif = b"GIF89a\x0a\x05\xf0\x0a\0";
        for (bytes, what) in [(&png[..], "image/png"), (jpeg, "image/jpeg"), (gif, "image/gif")] {
            assert_eq!((kind(bytes), size(bytes)), (what, Some((1290, 2800))));
            for length in 0..bytes.len() {
                let _ = size(&bytes[..length]);
            }
        }
        for (bytes, what) in [
            (&b"\0\0\0\x14ftypqt  "[..], "video/quicktime"),
            (b"\0\0\0\x18ftypmp42", "video/mp4"),
            (b"<html>", OTHER),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", OTHER),
            (b"", OTHER),
        ] {
            assert_eq!((kind(bytes), size(bytes)), (what, None));
        }
        assert_eq!(
            (kind_of_name("A.PNG"), kind_of_name("a.html"), kind_of_name("png")),
            ("image/png", OTHER, OTHER)
        );
    }

    #[test]
    fn a_broken_picture_has_no_size() {
        for bytes in [
            &b"\xff\xd8\xff"[..],
            b"\xff\xd8\xff\xe0\0\0",
            b"\xff\xd8\xff\xe0\0\x03a\0",
            b"\x89PNG\r\n\x1a\n",
        ] {
            assert_eq!(size(bytes), None);
        }
    }
}
