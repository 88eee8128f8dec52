//! Room for long answers, used again: the system takes about as long to hand out a megabyte as we take to fill it.

use bytes::Bytes;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// From here on room is worth keeping.
const LONG: usize = 128 * 1024;
/// What is longer is rare, and goes back to the system.
const LONGEST: usize = 4 * 1024 * 1024;
/// How much is kept at most.
const MOST: usize = 4;

static SPARE: LazyLock<Spare> = LazyLock::new(Spare::default);

/// Room for a text that may become long, as much as there is.
pub(crate) fn room() -> String {
    SPARE.room()
}

/// A text as a body. Its room comes back once the body is sent; at once, if it is much longer than the text, lest
/// whoever reads slowly hold more than they were sent.
pub(crate) fn body(text: String) -> Bytes {
    SPARE.body(text)
}

#[derive(Clone, Default)]
struct Spare(Arc<Mutex<Vec<String>>>);

impl Spare {
    fn room(&self) -> String {
        self.lock().pop().unwrap_or_default()
    }

    fn body(&self, text: String) -> Bytes {
        let room = text.capacity();
        if !(LONG..=LONGEST).contains(&room) {
            return text.into();
        }
        let sent = Sent { text, back: self.clone() };
        if sent.text.len() < room / 4 {
            Bytes::copy_from_slice(sent.as_ref())
        } else {
            Bytes::from_owner(sent)
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Sent {
    text: String,
    back: Spare,
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let mut spare = self.back.lock();
        if spare.len() < MOST {
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            spare.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_room_comes_back_empty_and_neither_short_nor_huge_room_does() {
        for (length, comes_back) in [(LONG - 1, false), (LONG, true), (LONGEST + 1, false)] {
            let spare = Spare::default();
            let body = spare.body("x".repeat(length));
            assert_eq!((body.len(), spare.room().capacity()), (length, 0));
            drop(body);
            let room = spare.room();
            assert_eq!((room.as_str(), room.capacity() >= length), ("", comes_back));
        }
    }

    #[test]
    fn a_short_text_holds_no_long_room() {
        let spare = Spare::default();
        let mut text = String::with_capacity(LONG);
        text.push_str("short");
        let body = spare.body(text);
        assert_eq!(spare.room().capacity(), LONG);
        assert_eq!(&*body, b"short");
    }

    #[test]
    fn only_so_much_is_kept() {
        let spare = Spare::default();
        let bodies: Vec<_> = (0..=MOST).map(|_| spare.body("x".repeat(LONG))).collect();
        drop(bodies);
        assert_eq!(spare.lock().len(), MOST);
    }
}
