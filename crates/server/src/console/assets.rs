//! The files that pages load: part of the program, named by what is in them, so that a browser keeps them for
//! ever.

use crate::call::Call;
use crate::error::Problem;
use crate::reply::Reply;
use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

/// Where they are.
const PLACE: &str = "/console/assets/";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../assets/", $name)))),*]
    };
}

/// Every file. One that is added here is served, and found by [`href`].
static FILES: &[(&str, &[u8])] = files![
    "browser-key.js",
    "console.css",
    "copy.js",
    "download.js",
    "filter.js",
    "icons.svg",
    "mark.svg",
    "once.js",
    "passkey.js",
    "save.js",
    "strength.js",
    "tasks.js",
    "times.js",
];

/// A file as it is served.
struct Asset {
    name: &'static str,
    href: String,
    kind: HeaderValue,
    body: Bytes,
    /// The same, compressed once for all; nothing, if it could not be.
    gzipped: Option<Bytes>,
}

static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| FILES.iter().map(|(name, body)| Asset::of(name, body)).collect());

impl Asset {
    fn of(name: &'static str, body: &'static [u8]) -> Self {
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let hash = digest(&SHA256, body);
        let hash = hash.as_ref().iter().take(6).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let href = format!("{PLACE}{stem}-{hash}.{extension}");
        Self { name, href, kind: kind(extension), body: Bytes::from_static(body), gzipped: gzipped(body) }
    }
}

fn gzipped(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn kind(extension: &str) -> HeaderValue {
    HeaderValue::from_static(match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    })
}

/// Where a file is; nowhere, if there is none of that name: a test finds every name that a template uses.
pub(crate) fn href(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.href.as_str())
}

/// A file, for as long as a browser likes.
pub(crate) async fn get(call: Call) -> Result<Reply, Problem> {
    let found = ASSETS.iter().find(|asset| asset.href == call.path).ok_or(Problem::NoSuchPath)?;
    let of = |body: &Bytes| Reply::of(StatusCode::OK, found.kind.clone(), body.clone());
    let reply = match found.gzipped.as_ref().filter(|_| takes_gzip(&call.headers)) {
        Some(gzipped) => of(gzipped).with(CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        None => of(&found.body),
    };
    let reply = reply.with(VARY, HeaderValue::from_static("accept-encoding"));
    Ok(reply.kept("public, max-age=31536000, immutable"))
}

/// Whether a browser says that it takes gzip. One that weighs it with nought does not.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let said = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings = said
        .flat_map(|text| text.split(','))
        .map(|coding| coding.trim().split_once(';').unwrap_or((coding.trim(), "")));
    codings.any(|(name, weight)| {
        let nought = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !nought
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_file_is_the_same_when_it_is_unpacked() {
        for asset in ASSETS.iter() {
            let mut unpacked = Vec::new();
            let gzipped = asset.gzipped.clone().unwrap();
            flate2::read::GzDecoder::new(gzipped.as_ref()).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, asset.body, "{}", asset.name);
        }
    }

    #[test]
    fn who_takes_gzip_says_so() {
        for (said, takes) in
            [("gzip", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false), ("", false)]
        {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, said.parse().unwrap())]);
            assert_eq!(takes_gzip(&headers), takes, "{said}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
