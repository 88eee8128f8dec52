//! Whatever holds a secret shows nothing of it.

use crate::client::Draft;
use crate::keys::KEY;
use counterfoil_core::token::UnverifiedToken;

#[test]
fn debug_of_a_private_half_says_what_it_is_and_no_more() {
    let half = KEY.private();
    assert_eq!(format!("{half:?}"), "[private half]");
    assert_eq!(format!("{:?}", Some(&half)), "Some([private half])");
    assert_eq!(format!("{half:#?}"), "[private half]");
}

#[test]
fn debug_of_a_token_shows_no_part_of_it() {
    let token = Draft::team().token();
    let jws = counterfoil_core::jws::Jws::parse(&token).unwrap();
    assert_eq!(format!("{jws:?}"), "[token]");
    let unverified = UnverifiedToken::parse(&token).unwrap();
    assert_eq!(format!("{unverified:?}"), "[unverified token]");
    let signed = unverified.verify(&KEY.public().parsed().unwrap()).unwrap();
    assert_eq!(format!("{signed:?}"), "[signed token]");
}

#[test]
fn no_error_about_a_half_repeats_what_was_read() {
    let pem = KEY.private().to_pem().unwrap().replace("PRIVATE KEY", "SECRET LABEL");
    let error = counterfoil_core::half::PrivateHalf::from_pem(&pem).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
}
