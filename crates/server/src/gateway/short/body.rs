//! Where the body of an answer ends, by RFC 9112, and how it goes on.

use super::chunks::{Chunks, Found, NoChunk};
use std::io::Write as _;

/// The rest of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// There is none, whatever its head says.
    Nothing,
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// All that comes until the upstream closes its connection: it can't be told whether that was all.
    UntilEnd,
}

/// How far a body went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passed {
    /// How much of what came was its.
    pub(super) count: usize,
    /// Whether it is whole.
    pub(super) is_whole: bool,
}

const END: &[u8] = b"0\r\n\r\n";

impl Body {
    /// Passes on what came of it.
    pub(super) fn pass(&mut self, came: &[u8], into: &mut Vec<u8>) -> Result<Passed, NoChunk> {
        match self {
            Self::Nothing => Ok(Passed { count: 0, is_whole: true }),
            Self::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(came.len());
                into.extend_from_slice(&came[..count]);
                *left -= count as u64;
                Ok(Passed { count, is_whole: *left == 0 })
            }
            Self::Chunked(chunks) => pass_chunks(chunks, came, into),
            Self::UntilEnd => {
                write_chunk(came, into);
                Ok(Passed { count: came.len(), is_whole: false })
            }
        }
    }

    /// Whether so many bytes are the next of it, go on as they are, and are not the last. Then they are taken off it.
    pub(super) fn takes_as_it_is(&mut self, count: usize) -> bool {
        let left = match self {
            Self::Length(left) => left,
            Self::Nothing | Self::Chunked(_) | Self::UntilEnd => return false,
        };
        let takes = *left > count as u64;
        if takes {
            *left -= count as u64;
        }
        takes
    }

    /// Ends it with the upstream's connection. Says whether that is its end.
    pub(super) fn end(&self, into: &mut Vec<u8>) -> bool {
        let ends = *self == Self::UntilEnd;
        if ends {
            into.extend_from_slice(END);
        }
        ends
    }
}

fn pass_chunks(chunks: &mut Chunks, came: &[u8], into: &mut Vec<u8>) -> Result<Passed, NoChunk> {
    let mut left = came;
    let is_whole = loop {
        match chunks.next(&mut left)? {
            Found::Piece(piece) => write_chunk(piece, into),
            Found::Nothing => break false,
            Found::End => break true,
        }
    };
    if is_whole {
        into.extend_from_slice(END);
    }
    Ok(Passed { count: came.len() - left.len(), is_whole })
}

/// A chunk of nothing would be the end.
fn write_chunk(piece: &[u8], into: &mut Vec<u8>) {
    if !piece.is_empty() {
        // Writing to memory can't fail.
        let _ = write!(into, "{:X}\r\n", piece.len());
        into.extend_from_slice(piece);
        into.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(mut body: Body, came: &str) -> (String, Result<Passed, NoChunk>) {
        let mut into = Vec::new();
        let passed = body.pass(came.as_bytes(), &mut into);
        (String::from_utf8(into).unwrap(), passed)
    }

    #[test]
    fn a_body_ends_where_it_says() {
        let chunked = || Body::Chunked(Chunks::default());
        for (body, came, text, count, is_whole) in [
            (Body::Nothing, "abc", "", 0, true),
            (Body::Length(0), "abc", "", 0, true),
            (Body::Length(2), "abc", "ab", 2, true),
            (Body::Length(4), "abc", "abc", 3, false),
            (Body::Length(u64::MAX), "abc", "abc", 3, false),
            (chunked(), "2\r\nab\r\n0\r\nX: y\r\n\r\nc", "2\r\nab\r\n0\r\n\r\n", 18, true),
            (chunked(), "2\r\nab\r\n5\r\nc", "2\r\nab\r\n1\r\nc\r\n", 11, false),
            (chunked(), "2\r\n", "", 3, false),
            (Body::UntilEnd, "0\r\n\r\n", "5\r\n0\r\n\r\n\r\n", 5, false),
            (Body::UntilEnd, "", "", 0, false),
        ] {
            let about = format!("{body:?} {came:?}");
            assert_eq!(passed(body, came), (text.to_owned(), Ok(Passed { count, is_whole })), "{about}");
        }
        assert_eq!(passed(chunked(), "x\r\n").1, Err(NoChunk));
    }

    #[test]
    fn the_end_of_a_body_is_looked_at_more_closely() {
        let mut body = Body::Length(10);
        assert_eq!([4, 6, 5, 1, 0].map(|count| body.takes_as_it_is(count)), [true, false, true, false, true]);
        assert_eq!(body, Body::Length(1));
        for mut other in [Body::Nothing, Body::Chunked(Chunks::default()), Body::UntilEnd] {
            assert!(!other.takes_as_it_is(1));
        }
    }

    #[test]
    fn only_a_body_without_an_end_of_its_own_ends_with_the_connection() {
        for (body, ends) in
            [(Body::UntilEnd, true), (Body::Length(1), false), (Body::Chunked(Chunks::default()), false)]
        {
            let mut into = Vec::new();
            assert_eq!((body.end(&mut into), !into.is_empty()), (ends, ends), "{body:?}");
        }
    }
}
