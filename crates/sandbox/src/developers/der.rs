//! As much of DER as certificates and their requests need to be taken apart.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "readers are lent for any lifetime, and the methods alone are for one"
)]

/// The elements of a sequence, each with its tag and length.
pub(super) fn elements(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    yasna::parse_der(der, |reader| reader.collect_sequence_of(|element| element.read_der())).ok()
}

/// An object identifier, as its numbers.
pub(super) fn oid(der: &[u8]) -> Option<Vec<u64>> {
    let read = yasna::parse_der(der, |reader| reader.read_oid()).ok()?;
    Some(read.components().clone())
}

/// A string of bits that are whole bytes.
pub(super) fn bits(der: &[u8]) -> Option<Vec<u8>> {
    let (bytes, length) = yasna::parse_der(der, |reader| reader.read_bitvec_bytes()).ok()?;
    (bytes.len() * 8 == length).then_some(bytes)
}

/// The first object identifier of an `AlgorithmIdentifier`, and the second if its parameters are one.
pub(super) fn algorithm(der: &[u8]) -> Option<(Vec<u64>, Option<Vec<u64>>)> {
    let parts = elements(der)?;
    Some((oid(parts.first()?)?, parts.get(1).and_then(|parameters| oid(parameters))))
}
