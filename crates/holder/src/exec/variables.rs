//! The variables in which tools look for a key.

use crate::fault::Fault;
use crate::sources::HeldKey;

/// Every variable that may carry a key or say something of one. A child that gets one key gets no other.
pub const OF_KEYS: [&str; 24] = [
    "API_PRIVATE_KEYS_DIR",
    "APP_STORE_CONNECT_API_KEY",
    "APP_STORE_CONNECT_API_KEY_DURATION",
    "APP_STORE_CONNECT_API_KEY_IN_HOUSE",
    "APP_STORE_CONNECT_API_KEY_ISSUER_ID",
    "APP_STORE_CONNECT_API_KEY_IS_KEY_CONTENT_BASE64",
    "APP_STORE_CONNECT_API_KEY_KEY",
    "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH",
    "APP_STORE_CONNECT_API_KEY_KEY_ID",
    "APP_STORE_CONNECT_API_KEY_PATH",
    "APP_STORE_CONNECT_ISSUER_ID",
    "APP_STORE_CONNECT_KEY_IDENTIFIER",
    "APP_STORE_CONNECT_PRIVATE_KEY",
    "ASC_ISSUER_ID",
    "ASC_KEY_ID",
    "ASC_PRIVATE_KEY",
    "ASC_PRIVATE_KEY_B64",
    "ASC_PRIVATE_KEY_PATH",
    "COUNTERFOIL_ISSUER_ID",
    "COUNTERFOIL_KEY_ID",
    "COUNTERFOIL_PASSPHRASE",
    "COUNTERFOIL_PRIVATE_KEY",
    "COUNTERFOIL_PROFILE",
    "COUNTERFOIL_TOKEN_URL",
];

/// The key as fastlane, codemagic, asc and this program look for it.
pub(super) fn of(key: &HeldKey) -> Result<Vec<(&'static str, String)>, Fault> {
    let pem =
        key.half.to_pem().map_err(|fault| Fault::new(fault, "this is the machine's failure; try again"))?;
    let mut variables = vec![
        ("APP_STORE_CONNECT_API_KEY_KEY_ID", key.id.to_string()),
        ("APP_STORE_CONNECT_API_KEY_KEY", pem.to_string()),
        ("APP_STORE_CONNECT_KEY_IDENTIFIER", key.id.to_string()),
        ("APP_STORE_CONNECT_PRIVATE_KEY", pem.to_string()),
        ("ASC_KEY_ID", key.id.to_string()),
        ("ASC_PRIVATE_KEY", pem.to_string()),
        ("COUNTERFOIL_KEY_ID", key.id.to_string()),
        ("COUNTERFOIL_PRIVATE_KEY", pem.to_string()),
    ];
    if let Some(issuer) = &key.issuer {
        let names = [
            "APP_STORE_CONNECT_API_KEY_ISSUER_ID",
            "APP_STORE_CONNECT_ISSUER_ID",
            "ASC_ISSUER_ID",
            "COUNTERFOIL_ISSUER_ID",
        ];
        variables.extend(names.map(|name| (name, issuer.to_string())));
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_core::half::PrivateHalf;

    #[test]
    fn whatever_is_given_to_a_child_is_also_taken_from_it() {
        let half = PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let issuer = "57246542-96fe-1a63-e053-0824d011072a".try_into().ok();
        let key = HeldKey { id: "2X9R4HXF34".try_into().unwrap(), issuer, half, file_prefix: None };
        let given = of(&key).unwrap();
        assert_eq!(given.len(), 12);
        assert!(given.iter().all(|(name, _)| OF_KEYS.contains(name)));
    }
}
