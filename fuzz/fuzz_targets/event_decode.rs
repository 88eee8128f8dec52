//! Any bytes as a row of the ledger: what can be read is written again, and means the same.
#![no_main]

use counterfoil_core::event::{Entry, Stream};
use counterfoil_core::team::Team;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(entry) = Entry::from_bytes(bytes) else { return };
    let written = entry.to_bytes();
    let again = Entry::from_bytes(&written).expect("what was written can be read");
    assert_eq!(again, entry);
    assert_eq!(again.to_bytes(), written, "an entry is written in one way only");
    if let Stream::Team(team) = entry.of
        && let Some(mut opened) = Team::opened(team, entry.at, &entry.event)
    {
        opened.apply(entry.at, entry.by, &entry.event);
        assert_eq!(opened.version, 2);
    }
});
