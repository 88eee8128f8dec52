//! Tokens signed by hand, with the programs that docs/tokens.md shows.

use crate::place::{ISSUER, Place, pair, typed};
use counterfoil_core::catalog::Catalog;
use counterfoil_holder::clock;
use counterfoil_holder::doctor::examine_token;
use std::process::Command;

const PAGE: &str = include_str!("../../../../docs/tokens.md");

#[test]
fn what_the_page_shows_makes_tokens_that_keep_every_rule() {
    let place = Place::new();
    let file = place.file("AuthKey_2X9R4HXF34.p8", &pair().pem);
    let found = place.find(&typed(["", ISSUER, "AuthKey_2X9R4HXF34.p8", ""])).unwrap();
    let packages = std::env::var_os("COUNTERFOIL_TEST_PYPI").unwrap();
    for (language, program, script) in
        [("bash", "bash", "mint.sh"), ("js", "node", "mint.mjs"), ("python", "python3", "mint.py")]
    {
        let script = place.file(script, block(language));
        let mut command = Command::new(program);
        command.arg(script).args(["2X9R4HXF34", ISSUER]).arg(&file).env("PYTHONPATH", &packages);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{language}: {}", String::from_utf8_lossy(&output.stderr));
        let token = String::from_utf8(output.stdout).unwrap();
        let checks = examine_token(&token, Some(&found.key), &Catalog::appstore(), clock::now());
        let wrong: Vec<_> = checks.iter().filter(|check| check.ok == Some(false)).collect();
        assert!(wrong.is_empty(), "{language}: {wrong:?}");
        assert!(checks.iter().any(|check| check.name == "signature" && check.ok == Some(true)), "{language}");
    }
}

/// The one block of that language.
fn block(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}
