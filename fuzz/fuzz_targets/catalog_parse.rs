//! Whatever is given as a catalog is read or refused with places that are in it; what is read is
//! read again as it is written. Whatever is given as a path is taken as it is or refused.

#![no_main]

use counterfoil_core::catalog::{Catalog, RequestPath};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Catalog::parse(text) {
        Ok(catalog) => {
            let again = Catalog::parse(&catalog.to_toml()).expect("what was written is read");
            assert_eq!(again, catalog);
            assert_eq!(again.fingerprint(), catalog.fingerprint());
        }
        Err(faults) => {
            let lines = text.split('\n').count();
            assert!(faults.iter().len() > 0);
            assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.line) && fault.column > 0));
        }
    }
    if let Ok((path, query)) = RequestPath::split(text) {
        let length = query.map_or(0, |query| query.len() + 1);
        assert_eq!(path.as_str(), &text[..text.len() - length]);
        assert!(!path.as_str().contains("//"));
    }
});
