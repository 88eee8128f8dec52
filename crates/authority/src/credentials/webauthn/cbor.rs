//! CBOR as authenticators write it: definite lengths only, nothing twice in a map, nothing behind the end.

/// How deep things stand in things.
const DEEPEST: u8 = 8;

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item<'a> {
    /// A whole number.
    Number(i128),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A text.
    Text(&'a str),
    /// Some items.
    Array(Vec<Self>),
    /// Pairs of items.
    Map(Vec<(Self, Self)>),
    /// True, false, null, a float, or something tagged: nothing that is asked for here.
    Other,
}

impl<'a> Item<'a> {
    /// Reads one item, and nothing may follow.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        match Self::first_of(bytes)? {
            (item, []) => Ok(item),
            _ => Err("something stands behind the end of the CBOR"),
        }
    }

    /// Reads one item, and what follows.
    pub(crate) fn first_of(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), &'static str> {
        let mut reader = Reader { rest: bytes };
        let item = reader.item(DEEPEST)?;
        Ok((item, reader.rest))
    }

    /// What stands under this text in a map.
    pub(crate) fn of_text(&self, key: &str) -> Option<&Self> {
        self.of(&Item::Text(key))
    }

    /// What stands under this number in a map.
    pub(crate) fn of_number(&self, key: i128) -> Option<&Self> {
        self.of(&Item::Number(key))
    }

    fn of(&self, key: &Item<'_>) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(found, _)| found == key).map(|(_, value)| value)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn item(&mut self, deeper: u8) -> Result<Item<'a>, &'static str> {
        let deeper = deeper.checked_sub(1).ok_or("the CBOR is too deep")?;
        let first = *self.take(1)?.first().ok_or(CUT)?;
        let argument = self.argument(first & 31)?;
        Ok(match first >> 5 {
            0 => Item::Number(argument.into()),
            1 => Item::Number(-1 - i128::from(argument)),
            2 => Item::Bytes(self.take(argument)?),
            3 => Item::Text(std::str::from_utf8(self.take(argument)?).map_err(|_| "a text is not UTF-8")?),
            4 => Item::Array((0..argument).map(|_| self.item(deeper)).collect::<Result<_, _>>()?),
            5 => Item::Map(self.pairs(argument, deeper)?),
            6 => {
                self.item(deeper)?;
                Item::Other
            }
            _ => Item::Other,
        })
    }

    fn pairs(&mut self, count: u64, deeper: u8) -> Result<Vec<(Item<'a>, Item<'a>)>, &'static str> {
        let mut pairs: Vec<(Item<'a>, Item<'a>)> = Vec::new();
        for _ in 0..count {
            let key = self.item(deeper)?;
            if !matches!(key, Item::Number(_) | Item::Text(_)) || pairs.iter().any(|(known, _)| *known == key)
            {
                return Err("a map holds something twice, or under what is no name");
            }
            pairs.push((key, self.item(deeper)?));
        }
        Ok(pairs)
    }

    /// The number behind the first byte. Of floats and simple values it is read and means nothing.
    fn argument(&mut self, short: u8) -> Result<u64, &'static str> {
        let length = match short {
            0..=23 => return Ok(short.into()),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Err("the CBOR has a length that is not said"),
        };
        Ok(self.take(length)?.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], &'static str> {
        let length = usize::try_from(length).map_err(|_| CUT)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }
}

const CUT: &str = "the CBOR is cut off";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn items_are_read() {
        let map = Item::Map(vec![
            (Item::Number(1), Item::Number(-7)),
            (Item::Text("a"), Item::Array(vec![Item::Bytes(&[1, 2]), Item::Other, Item::Number(256)])),
        ]);
        let bytes = [0xa2, 0x01, 0x26, 0x61, b'a', 0x83, 0x42, 1, 2, 0xf6, 0x19, 1, 0];
        assert_eq!(Item::parse(&bytes), Ok(map.clone()));
        assert_eq!(map.of_number(1), Some(&Item::Number(-7)));
        assert_eq!(map.of_text("b"), None);
        assert_eq!(Item::first_of(&[0x00, 0x01]), Ok((Item::Number(0), &[1][..])));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let deep = [0x81; 20];
        let cases: [&[u8]; 9] = [
            &[],
            &[0x42, 1],
            &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x5f, 0x41, 1, 0xff],
            &[0xa2, 1, 1, 1, 2],
            &[0xa1, 0x41, 1, 1],
            &[0x00, 0x00],
            &deep,
        ];
        for case in cases {
            assert!(Item::parse(case).is_err(), "{case:?}");
        }
        assert!(Item::parse(&[0x61, 0xff]).is_err(), "no UTF-8");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Item::parse(&bytes);
        }
    }
}
