use super::*;
use proptest::prelude::*;

/// An element; the content is as long as a test needs.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..0x80 => bytes.push(u8::try_from(length).unwrap()),
        length => {
            bytes.push(0x83);
            bytes.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes()[1..]);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// The same with its length left open.
fn open(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

fn field(kind: u32, value: &[u8]) -> Vec<u8> {
    let bytes = kind.to_be_bytes();
    let kind = if kind < 0x80 { &bytes[3..] } else { &bytes[2..] };
    let parts =
        [element(asn1::INTEGER, kind), element(asn1::INTEGER, &[1]), element(asn1::OCTET_STRING, value)];
    element(asn1::SEQUENCE, &parts.concat())
}

fn utf8(text: &str) -> Vec<u8> {
    element(asn1::UTF8_STRING, text.as_bytes())
}

fn purchase(fields: &[(u32, &str)]) -> Vec<u8> {
    let fields: Vec<_> = fields.iter().flat_map(|(kind, text)| field(*kind, &utf8(text))).collect();
    field(IN_APP, &element(asn1::SET, &fields))
}

fn signed(octets: &[u8]) -> Vec<u8> {
    let content = [element(asn1::OBJECT_ID, &[0x2a, 3]), element(CONTENT, octets)].concat();
    let parts = [element(asn1::INTEGER, &[1]), element(asn1::SET, &[]), element(asn1::SEQUENCE, &content)];
    let signed = element(CONTENT, &element(asn1::SEQUENCE, &parts.concat()));
    element(asn1::SEQUENCE, &[element(asn1::OBJECT_ID, SIGNED_DATA), signed].concat())
}

fn app_receipt(purchases: &[Vec<u8>]) -> Vec<u8> {
    let fields = [vec![field(2, &utf8("com.example.app"))], purchases.to_vec()].concat().concat();
    signed(&element(asn1::OCTET_STRING, &element(asn1::SET, &fields)))
}

fn read_bytes(bytes: &[u8]) -> Result<Receipt, Fault> {
    read(&STANDARD.encode(bytes))
}

fn app(transaction: Option<&str>) -> Receipt {
    Receipt { kind: Kind::App, transaction: transaction.map(str::to_owned) }
}

#[test]
fn the_first_purchase_of_an_app_receipt_gives_its_transaction() {
    for (purchases, expected) in [
        (vec![], None),
        (vec![purchase(&[])], None),
        (vec![purchase(&[(1701, "1"), (1705, "70"), (1703, "71")])], Some("71")),
        (vec![purchase(&[(1705, "70")])], Some("70")),
        (vec![purchase(&[]), purchase(&[(1703, "2")]), purchase(&[(1703, "3")])], Some("2")),
    ] {
        assert_eq!(read_bytes(&app_receipt(&purchases)), Ok(app(expected)), "{purchases:02x?}");
    }
}

#[test]
fn an_xcode_receipt_with_open_lengths_and_octets_in_pieces_is_read() {
    let fields = element(asn1::SET, &purchase(&[(1703, "0")]));
    let (first, second) = fields.split_at(7);
    let pieces = [element(asn1::OCTET_STRING, first), element(asn1::OCTET_STRING, second)].concat();
    let content = [element(asn1::OBJECT_ID, &[0x2a, 3]), open(CONTENT, &open(0x24, &pieces))].concat();
    let parts =
        [element(asn1::INTEGER, &[1]), element(asn1::SET, &[]), open(asn1::SEQUENCE, &content)].concat();
    let data = open(CONTENT, &open(asn1::SEQUENCE, &parts));
    let whole = open(asn1::SEQUENCE, &[element(asn1::OBJECT_ID, SIGNED_DATA), data].concat());
    assert_eq!(read_bytes(&whole), Ok(app(Some("0"))));
}

#[test]
fn a_transaction_receipt_gives_its_transaction() {
    let with = |info: &str| {
        let info = STANDARD.encode(info);
        let plist = format!(
            "{{\n\t\"signature\" = \"AA==\";\n\t\"purchase-info\" = \"{info}\";\n\t\"pod\" = \"100\";\n}}"
        );
        read_bytes(plist.as_bytes())
    };
    let found = |transaction: Option<&str>| {
        Ok(Receipt { kind: Kind::Transaction, transaction: transaction.map(str::to_owned) })
    };
    assert_eq!(
        with("{\n\t\"original-transaction-id\" = \"9\";\n\t\"transaction-id\" = \"33993399\";\n}"),
        found(Some("33993399"))
    );
    assert_eq!(with("{\n\t\"product-id\" = \"x\";\n}"), found(None));
    assert_eq!(read_bytes(b"{\n\t\"pod\" = \"100\";\n}"), found(None));
    assert!(with("{\n\t\"transaction-id\" = \"../../x\";\n}").is_err());
}

#[test]
fn what_is_no_receipt_is_refused_by_what_it_is() {
    let other =
        element(asn1::SEQUENCE, &[element(asn1::OBJECT_ID, &[0x2a, 3]), element(CONTENT, &[])].concat());
    let strange = app_receipt(&[purchase(&[(1703, "1;2")])]);
    let longest = "A".repeat(LONGEST + 1);
    for (text, message) in [
        ("not base64!".to_owned(), "this is no base64"),
        (STANDARD.encode("hello"), "this is base64 of something else than a receipt"),
        (STANDARD.encode(other), "this begins as an app's receipt, and is none"),
        (STANDARD.encode(strange), "this begins as an app's receipt, and is none"),
        (STANDARD.encode([0x30, 0x80]), "this begins as an app's receipt, and is none"),
        (
            STANDARD.encode("{ \"purchase-info\" = \"!\"; }"),
            "this begins as a transaction's receipt, and is none",
        ),
        (longest, "this is longer than the 32 MiB that a receipt may have"),
        (String::new(), "this is base64 of something else than a receipt"),
    ] {
        assert_eq!(read(&text).map_err(|fault| fault.message().to_owned()), Err(message.to_owned()));
    }
}

#[test]
fn ten_megabytes_of_purchases_are_read() {
    let empty = purchase(&[(1701, &"1".repeat(100))]);
    let mut purchases = vec![empty; 90_000];
    purchases.push(purchase(&[(1703, "4")]));
    let receipt = app_receipt(&purchases);
    assert!(receipt.len() > 10_000_000);
    assert_eq!(read_bytes(&receipt), Ok(app(Some("4"))));
}

#[test]
fn a_receipt_that_was_cut_short_is_refused() {
    let receipt = app_receipt(&[purchase(&[(1703, "71")])]);
    for length in 0..receipt.len() {
        assert!(read_bytes(&receipt[..length]).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn no_bytes_whatever_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_bytes(&bytes);
    }

    #[test]
    fn no_change_of_a_receipt_brings_it_down(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut receipt = app_receipt(&[purchase(&[(1705, "70"), (1703, "71")])]);
        for (at, byte) in changes {
            let at = at.index(receipt.len());
            receipt[at] = byte;
        }
        let _ = read_bytes(&receipt);
        receipt.truncate(cut.index(receipt.len()));
        let _ = read_bytes(&receipt);
    }
}
