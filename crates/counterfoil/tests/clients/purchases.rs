//! Apple's own libraries for the App Store Server API.

use crate::stage::Stage;
use serde_json::{Value, json};

/// The consumables of a customer, of which a page holds twenty, each verified by the library; what was changed and can
/// be read again; and Apple's numbers for what went wrong. Nobody is answered 403 there: these keys have no roles.
fn everything() -> Value {
    json!({
        "list": 25,
        "pages": 2,
        "status": 1,
        "updated": "7e3fb20b-4cdb-47cc-936d-99d65f608138",
        "extended": true,
        "unknown": 4_040_010,
        "revoked": 401,
        "spent": 4_290_000,
    })
}

#[test]
fn apples_library_for_python_sees_everything() {
    assert_eq!(Stage::led().see("app_store_server_library.py"), everything());
}

#[test]
fn apples_library_for_node_sees_everything() {
    assert_eq!(Stage::led().see("app_store_server_library.mjs"), everything());
}
