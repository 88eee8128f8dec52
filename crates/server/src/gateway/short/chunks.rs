//! Chunked bodies, taken apart: strictly, since whoever is told another end of a body than we found could be told of
//! an answer within it.

/// The longest size: more digits than that are no number.
const MOST_DIGITS: u8 = 16;
/// How many bytes extensions and trailers may have that are read and dropped.
const MOST_DROPPED: u32 = 16 * 1024;

/// How far a body is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunks {
    at: At,
    dropped: u32,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Size { digits: u8, size: u64 },
    Extension { size: u64 },
    EndOfSize { size: u64 },
    Data { left: u64 },
    AfterData,
    EndOfData,
    TrailerOrEnd,
    Trailer,
    EndOfTrailer,
    EndOfEnd,
    End,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'b> {
    /// A piece of the body, which is not empty.
    Piece(&'b [u8]),
    /// Nothing, until more comes.
    Nothing,
    /// The body's end.
    End,
}

/// This is no chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoChunk;

impl Default for Chunks {
    fn default() -> Self {
        Self { at: START, dropped: 0 }
    }
}

const START: At = At::Size { digits: 0, size: 0 };

impl Chunks {
    /// Takes the next off these bytes.
    pub(super) fn next<'b>(&mut self, bytes: &mut &'b [u8]) -> Result<Found<'b>, NoChunk> {
        loop {
            match self.at {
                At::End => return Ok(Found::End),
                At::Data { left } if !bytes.is_empty() => return Ok(Found::Piece(self.piece(left, bytes))),
                _ => {}
            }
            let Some((byte, rest)) = bytes.split_first() else { return Ok(Found::Nothing) };
            *bytes = rest;
            self.at = self.after(*byte)?;
        }
    }

    fn piece<'b>(&mut self, left: u64, bytes: &mut &'b [u8]) -> &'b [u8] {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (piece, rest) = bytes.split_at(count);
        *bytes = rest;
        let left = left - count as u64;
        self.at = if left == 0 { At::AfterData } else { At::Data { left } };
        piece
    }

    fn after(&mut self, byte: u8) -> Result<At, NoChunk> {
        match (self.at, byte) {
            (At::Size { digits: 1.., size }, b'\r') | (At::Extension { size }, b'\r') => {
                Ok(At::EndOfSize { size })
            }
            (At::Size { digits: 1.., size }, b';' | b' ' | b'\t') => Ok(At::Extension { size }),
            (At::Size { digits: 0..MOST_DIGITS, .. }, _) => self.digit(byte),
            (At::EndOfSize { size: 0 }, b'\n') | (At::EndOfTrailer, b'\n') => Ok(At::TrailerOrEnd),
            (At::EndOfSize { size }, b'\n') => Ok(At::Data { left: size }),
            (At::AfterData, b'\r') => Ok(At::EndOfData),
            (At::EndOfData, b'\n') => Ok(START),
            (At::TrailerOrEnd, b'\r') => Ok(At::EndOfEnd),
            (At::EndOfEnd, b'\n') => Ok(At::End),
            (At::Trailer, b'\r') => Ok(At::EndOfTrailer),
            (At::Extension { .. } | At::Trailer, _) => self.dropped(byte, self.at),
            (At::TrailerOrEnd, _) => self.dropped(byte, At::Trailer),
            _ => Err(NoChunk),
        }
    }

    fn digit(&self, byte: u8) -> Result<At, NoChunk> {
        let At::Size { digits, size } = self.at else { return Err(NoChunk) };
        let digit = char::from(byte).to_digit(16).ok_or(NoChunk)?;
        Ok(At::Size { digits: digits + 1, size: size << 4 | u64::from(digit) })
    }

    /// A byte that is of no use to anybody; none that could pass for the end of a line.
    fn dropped(&mut self, byte: u8, then: At) -> Result<At, NoChunk> {
        self.dropped += 1;
        if byte == b'\n' || self.dropped > MOST_DROPPED { Err(NoChunk) } else { Ok(then) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body in this text, read in steps of so many bytes, and what comes after its end, if it has one.
    fn read(text: &str, step: usize) -> Result<(String, Option<String>), NoChunk> {
        let (mut chunks, mut body, mut seen) = (Chunks::default(), String::new(), 0);
        for piece in text.as_bytes().chunks(step) {
            let mut left = piece;
            seen += piece.len();
            loop {
                match chunks.next(&mut left)? {
                    Found::Piece(piece) => body += std::str::from_utf8(piece).unwrap(),
                    Found::Nothing => break,
                    Found::End => return Ok((body, Some(text[seen - left.len()..].to_owned()))),
                }
            }
        }
        Ok((body, None))
    }

    #[test]
    fn a_body_is_read_however_it_is_cut() {
        for (text, body, after) in [
            ("0\r\n\r\n", "", ""),
            ("3\r\nabc\r\n0\r\n\r\n", "abc", ""),
            ("3\r\nabc\r\n0A\r\n0123456789\r\n00\r\n\r\nHTTP/1.1 200", "abc0123456789", "HTTP/1.1 200"),
            ("3;a=b;c=\"d\"\r\nabc\r\n0;last\r\n\r\n", "abc", ""),
            ("3 ; a\r\n\r\n\r\r\n0\t\r\n\r\n", "\r\n\r", ""),
            ("000000000000000b\r\nhello world\r\n0\r\nX-Sum: 1\r\nX-More:\r\n\r\n!", "hello world", "!"),
        ] {
            for step in 1..=text.len() {
                let expected = (body.to_owned(), Some(after.to_owned()));
                assert_eq!(read(text, step), Ok(expected), "in steps of {step}: {text:?}");
            }
        }
    }

    #[test]
    fn a_body_that_breaks_off_has_no_end() {
        let whole = "3\r\nabc\r\n0\r\nX: 1\r\n\r\n";
        for end in 0..whole.len() {
            for step in 1..=end {
                assert_eq!(read(&whole[..end], step).map(|(_, after)| after), Ok(None), "{end}, {step}");
            }
        }
    }

    #[test]
    fn what_somebody_might_read_otherwise_is_no_body() {
        for text in [
            "\r\n0\r\n\r\n",
            "3\nabc\r\n0\r\n\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "-1\r\n",
            "+3\r\nabc\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            " 3\r\nabc\r\n0\r\n\r\n",
            "g\r\n",
            ";a\r\n",
            "10000000000000000\r\n",
            "00000000000000003\r\nabc\r\n0\r\n\r\n",
            "3;a\nabc\r\n0\r\n\r\n",
            "3\rabc",
            "3;a\rb\r\nabc",
            "0\r\n\n",
            "0\r\nX: 1\n\r\n",
            "0\r\nX: 1\r\r\n",
            "0\r\n\rX",
        ] {
            let whole = [text, "!!"].concat();
            for step in 1..=whole.len() {
                assert_eq!(read(&whole, step), Err(NoChunk), "in steps of {step}: {text:?}");
            }
        }
    }

    #[test]
    fn what_is_dropped_has_an_end() {
        for start in ["3;", "0\r\n"] {
            let with = |count: u32| [start, &"x".repeat(count as usize)].concat();
            assert_eq!(read(&with(MOST_DROPPED + 1), 4096), Err(NoChunk));
            assert_eq!(read(&with(MOST_DROPPED), 4096), Ok((String::new(), None)));
        }
    }

    #[test]
    fn the_largest_size_is_a_size() {
        let (mut chunks, mut bytes) = (Chunks::default(), &b"ffffffffffffffff\r\nabc"[..]);
        assert_eq!(chunks.next(&mut bytes), Ok(Found::Piece(b"abc")));
        assert_eq!(chunks.at, At::Data { left: u64::MAX - 3 });
    }
}
