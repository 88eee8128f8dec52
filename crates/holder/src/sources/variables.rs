//! Variables: ours, and those of the tools that people use.

use super::{HalfAt, Source};
use crate::fault::Fault;
use crate::reference::Ref;
use crate::surroundings::Surroundings;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// `COUNTERFOIL_…`.
pub(super) fn ours(around: &Surroundings) -> Option<Result<Source, Fault>> {
    let half =
        around.text("COUNTERFOIL_PRIVATE_KEY").map(|text| ref_or_half("COUNTERFOIL_PRIVATE_KEY", text));
    let source = Source {
        url: around.text("COUNTERFOIL_URL").map(str::to_owned),
        ..ids(around, "the variables COUNTERFOIL_…", "COUNTERFOIL_KEY_ID", "COUNTERFOIL_ISSUER_ID")
    };
    with(source, half)
}

/// Those of fastlane, codemagic and asc, in this order.
pub(super) fn of_others(around: &Surroundings) -> impl Iterator<Item = Result<Source, Fault>> {
    [fastlane_file(around), fastlane(around), codemagic(around), asc(around)].into_iter().flatten()
}

fn fastlane_file(around: &Surroundings) -> Option<Result<Source, Fault>> {
    let path = around.text("APP_STORE_CONNECT_API_KEY_PATH")?;
    let name = "fastlane's file, by APP_STORE_CONNECT_API_KEY_PATH".to_owned();
    let half = Some(HalfAt::Ref(Ref::File(path.into())));
    Some(Ok(Source { name, key_id: None, issuer_id: None, half, url: None }))
}

fn fastlane(around: &Surroundings) -> Option<Result<Source, Fault>> {
    let source = ids(
        around,
        "fastlane's variables APP_STORE_CONNECT_API_KEY_…",
        "APP_STORE_CONNECT_API_KEY_KEY_ID",
        "APP_STORE_CONNECT_API_KEY_ISSUER_ID",
    );
    let half = here(around, "APP_STORE_CONNECT_API_KEY_KEY")
        .or_else(|| file(around, "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH"));
    with(source, half.map(Ok))
}

/// codemagic's own tools take `@env:NAME` and `@file:PATH` too.
fn codemagic(around: &Surroundings) -> Option<Result<Source, Fault>> {
    const KEY: &str = "APP_STORE_CONNECT_PRIVATE_KEY";
    let source = ids(
        around,
        "codemagic's variables APP_STORE_CONNECT_…",
        "APP_STORE_CONNECT_KEY_IDENTIFIER",
        "APP_STORE_CONNECT_ISSUER_ID",
    );
    let half = around.text(KEY).map(|text| match text.strip_prefix('@') {
        Some(reference) => {
            Ref::try_from(reference).map(HalfAt::Ref).map_err(|fault| Fault::from(fault).of(KEY))
        }
        None => Ok(HalfAt::Here(KEY.into(), Zeroizing::new(text.to_owned()))),
    });
    with(source, half)
}

fn asc(around: &Surroundings) -> Option<Result<Source, Fault>> {
    let source = ids(around, "asc's variables ASC_…", "ASC_KEY_ID", "ASC_ISSUER_ID");
    let half = file(around, "ASC_PRIVATE_KEY_PATH")
        .or_else(|| here(around, "ASC_PRIVATE_KEY"))
        .or_else(|| here(around, "ASC_PRIVATE_KEY_B64"));
    with(source, half.map(Ok))
}

fn ids(around: &Surroundings, name: &str, key_id: &str, issuer_id: &str) -> Source {
    let text = |variable| around.text(variable).map(str::to_owned);
    Source { name: name.into(), key_id: text(key_id), issuer_id: text(issuer_id), half: None, url: None }
}

/// The source, if it says anything of a key.
fn with(source: Source, half: Option<Result<HalfAt, Fault>>) -> Option<Result<Source, Fault>> {
    match half {
        Some(half) => Some(half.map(|half| Source { half: Some(half), ..source })),
        None => source.key_id.is_some().then_some(Ok(source)),
    }
}

fn here(around: &Surroundings, variable: &str) -> Option<HalfAt> {
    let text = around.text(variable)?;
    Some(HalfAt::Here(variable.to_owned(), Zeroizing::new(text.to_owned())))
}

fn file(around: &Surroundings, variable: &str) -> Option<HalfAt> {
    Some(HalfAt::Ref(Ref::File(PathBuf::from(around.variable(variable)?))))
}

fn ref_or_half(variable: &str, text: &str) -> Result<HalfAt, Fault> {
    if is_half(text) {
        Ok(HalfAt::Here(variable.to_owned(), Zeroizing::new(text.to_owned())))
    } else {
        Ref::try_from(text).map(HalfAt::Ref).map_err(|fault| Fault::from(fault).of(variable))
    }
}

/// PEM in any shape, or a long run of base64: no path looks so.
fn is_half(text: &str) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_ \n\r\t".contains(byte);
    text.contains("-----") || text.len() > 150 && text.as_bytes().iter().all(is_base64)
}
