//! Any bytes as a half: what is accepted is written back as it was, or in the one form we write.
#![no_main]

use counterfoil_core::half::{PrivateHalf, PublicHalf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(half) = PrivateHalf::from_pkcs8(bytes) {
        let written = half.to_pkcs8().expect("it is written");
        assert!(bytes.len() == 138 || *written == bytes);
        let signature = half.sign(bytes).expect("it signs");
        assert!(half.public().parsed().expect("it is on the curve").verifies(bytes, &signature));
    }
    if let Ok(half) = PublicHalf::from_spki(bytes) {
        assert_eq!(half.to_spki(), bytes);
    }
    if let Ok(half) = PublicHalf::from_point(bytes) {
        assert_eq!(half.as_bytes().as_slice(), bytes);
    }
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(half) = PrivateHalf::from_pem(text) {
        assert_eq!(
            PrivateHalf::from_pem(&half.to_pem().expect("it is written")).expect("it is read").public(),
            half.public()
        );
    }
    for half in [PublicHalf::from_text(text), PublicHalf::from_jwk(text)].into_iter().flatten() {
        assert_eq!(PublicHalf::from_text(&half.to_pem()), Ok(half));
    }
});
