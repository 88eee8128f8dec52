//! A table that grows while it is read, without locks.

use std::sync::OnceLock;

/// The first block's length; each next one is twice as long.
const FIRST: usize = 64;
/// How many blocks there may be: room for more than a hundred million.
const BLOCKS: usize = 21;

/// Values by number, each made when it is first asked for and there for good.
pub(crate) struct Sets<T> {
    blocks: [OnceLock<Box<[OnceLock<T>]>>; BLOCKS],
}

impl<T> Default for Sets<T> {
    fn default() -> Self {
        Self { blocks: [const { OnceLock::new() }; BLOCKS] }
    }
}

impl<T> Sets<T> {
    /// The value with this number; `None` only beyond all room.
    pub(crate) fn get_or_init(&self, number: usize, make: impl FnOnce() -> T) -> Option<&T> {
        let (block, at) = place(number);
        let length = FIRST.checked_shl(u32::try_from(block).ok()?)?;
        let block = self.blocks.get(block)?.get_or_init(|| (0..length).map(|_| OnceLock::new()).collect());
        Some(block.get(at)?.get_or_init(make))
    }
}

/// In which block a number stands, and where in it.
const fn place(number: usize) -> (usize, usize) {
    let shifted = number / FIRST + 1;
    let block = shifted.ilog2() as usize;
    (block, number - ((1 << block) - 1) * FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_place_of_its_own_and_keeps_its_value() {
        let sets = Sets::default();
        for number in 0..1000 {
            assert_eq!(sets.get_or_init(number, || number), Some(&number));
        }
        for number in 0..1000 {
            assert_eq!(sets.get_or_init(number, || panic!("made twice")), Some(&number));
        }
    }

    #[test]
    fn beyond_all_room_there_is_nothing() {
        assert_eq!(Sets::default().get_or_init(usize::MAX - 1, || 0), None);
        assert_eq!(place(FIRST - 1), (0, FIRST - 1));
        assert_eq!(place(FIRST), (1, 0));
        assert_eq!(place(3 * FIRST), (2, 0));
    }
}
