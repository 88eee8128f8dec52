//! Tokens to end a key with.

use super::{Case, ConcatAll, drafts, team};
use crate::client::{Draft, NOW, quoted};
use crate::keys::{KEY, OTHER_KEY};

pub(super) fn burns() -> Vec<Case> {
    let seconds = |offset: i64| (NOW + offset).to_string();
    let thumbprint = KEY.public().thumbprint().to_string();
    let named = |json: &str| Draft::burn().headless("kid").claim("jkt", json);
    [
        drafts(
            "thumbprint-malformed",
            &[
                ("a burn token with a short jkt", named(&quoted(&thumbprint[..42]))),
                ("a burn token with a padded jkt", named(&quoted(&format!("{thumbprint}=")))),
                ("a burn token with jkt null", named("null")),
                ("a burn token with jkt a number", named("7")),
                ("a burn token with jkt in hex", named(&quoted(&"0".repeat(64)))),
            ],
        ),
        drafts("audience-other", &[("a team key's token to burn with", team().judged_by("burn"))]),
        drafts("audience-missing", &[("a burn token without aud", Draft::burn().without("aud"))]),
        drafts(
            "audience-malformed",
            &[("a burn token with two audiences", Draft::burn().claim("aud", r#"["counterfoil-burn","x"]"#))],
        ),
        drafts("expired", &[("a burn token that has expired", Draft::burn().claim("exp", &seconds(-30)))]),
        drafts("expiry-missing", &[("a burn token without exp", Draft::burn().without("exp"))]),
        drafts(
            "expiry-malformed",
            &[("a burn token with exp in quotes", Draft::burn().claim("exp", &quoted(&seconds(60))))],
        ),
        drafts(
            "lifetime-too-long",
            &[("a burn token for an hour", Draft::burn().claim("exp", &seconds(3600)))],
        ),
        drafts("signature-wrong", &[("a burn token by someone else", Draft::burn().signed_by(&OTHER_KEY))]),
        drafts(
            "key-id-malformed",
            &[(
                "a burn token with a name for kid and a sound jkt",
                Draft::burn().head("kid", r#""my key""#).claim("jkt", &quoted(&thumbprint)),
            )],
        ),
    ]
    .concat_all()
}
