//! The values of a row, as bytes: what kind it is, then what it is.

use crate::store::Value;

/// Appends a value.
pub(super) fn encode(value: &Value, into: &mut Vec<u8>) {
    match value {
        Value::Null => into.push(0),
        Value::Integer(number) => {
            into.push(1);
            into.extend_from_slice(&number.to_be_bytes());
        }
        Value::Text(text) => encode_bytes(2, text.as_bytes(), into),
        Value::Bytes(bytes) => encode_bytes(3, bytes, into),
    }
}

/// The values that these bytes are, if they are nothing else.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        let (value, rest) = match *kind {
            0 => (Value::Null, rest),
            1 => {
                let (number, rest) = rest.split_first_chunk()?;
                (Value::Integer(i64::from_be_bytes(*number)), rest)
            }
            2 => {
                let (text, rest) = decode_bytes(rest)?;
                (Value::Text(String::from_utf8(text.to_vec()).ok()?), rest)
            }
            3 => {
                let (bytes, rest) = decode_bytes(rest)?;
                (Value::Bytes(bytes.to_vec()), rest)
            }
            _ => return None,
        };
        values.push(value);
        bytes = rest;
    }
    Some(values)
}

fn encode_bytes(kind: u8, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(kind);
    into.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    into.extend_from_slice(bytes);
}

fn decode_bytes(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
}
