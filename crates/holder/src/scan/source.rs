//! Bytes that are looked at before they are taken.

use std::io::{self, BufRead, Read};

/// How much is read at a time, and how much is looked at as one piece.
pub(super) const PIECE: usize = 1 << 20;

/// A reader with as much of what comes in view as is asked for.
pub(super) struct Source<'r> {
    reader: &'r mut dyn Read,
    view: Vec<u8>,
    begin: usize,
    end: usize,
    is_over: bool,
}

impl<'r> Source<'r> {
    pub(super) fn new(reader: &'r mut dyn Read) -> Self {
        Self { reader, view: Vec::new(), begin: 0, end: 0, is_over: false }
    }

    /// What comes: `wanted` bytes or more, fewer only at the end.
    pub(super) fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while self.end - self.begin < wanted && !self.is_over {
            self.fill(wanted)?;
        }
        Ok(&self.view[self.begin..self.end])
    }

    /// Takes that many of the bytes in view.
    pub(super) fn pass(&mut self, count: usize) {
        self.begin = self.end.min(self.begin + count);
    }

    /// The next `size` bytes as a reader of their own.
    pub(super) fn take_reader(&mut self, size: u64) -> io::Take<&mut Self> {
        Read::take(self, size)
    }

    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        let space = wanted.max(4096);
        if self.begin + space > self.view.len() || self.begin == self.end {
            self.view.copy_within(self.begin..self.end, 0);
            self.end -= self.begin;
            self.begin = 0;
            let room = (space + PIECE / 4).max(self.view.len());
            self.view.resize(room, 0);
        }
        let read = match self.reader.read(&mut self.view[self.end..]) {
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => return Ok(()),
            read => read?,
        };
        self.end += read;
        self.is_over = read == 0;
        Ok(())
    }
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let view = self.peek(1)?;
        let count = view.len().min(into.len());
        into[..count].copy_from_slice(&view[..count]);
        self.pass(count);
        Ok(count)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.peek(1)
    }

    fn consume(&mut self, count: usize) {
        self.pass(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_is_still_there_to_be_taken() {
        let text: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
        let mut reader = text.as_slice();
        let mut source = Source::new(&mut reader);
        assert_eq!(source.peek(10).unwrap()[..10], text[..10]);
        source.pass(5);
        assert_eq!(source.peek(2_000_000).unwrap()[..2_000_000], text[5..2_000_005]);
        let mut rest = Vec::new();
        source.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, text[5..]);
        assert_eq!(source.peek(1).unwrap(), b"");
    }
}
