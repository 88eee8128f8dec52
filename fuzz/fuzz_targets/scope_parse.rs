//! Any text as an entry and as a request's query, each on a line.
#![no_main]

use counterfoil_core::catalog::RequestPath;
use counterfoil_core::scope::{Scope, ScopeEntry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (entry, query) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(parsed) = ScopeEntry::try_from(entry) else { return };
    let written = parsed.to_string();
    // Writing may lengthen: what was raw may come out encoded, and an entry has a greatest length.
    if written.len() <= 2048 {
        assert_eq!(ScopeEntry::try_from(written.as_str()), Ok(parsed.clone()));
    }
    let (method, target) = entry.split_once(' ').expect("an entry has a method");
    let (path, own_query) = RequestPath::split(target).expect("an entry has a path");
    assert!(parsed.covers(method, &path, own_query), "an entry covers the request it is written as");
    let scope = Scope::parse([entry]).expect("one entry is a scope");
    assert_eq!(scope.covers("GET", &path, Some(query)), parsed.covers("GET", &path, Some(query)));
    assert!(!scope.covers("NONE", &path, own_query) || method == "NONE");
});
