//! Who calls Google Cloud: a token in a variable, Application Default Credentials in a file, or the machine's own.

use super::super::cloud;
use crate::clock;
use crate::fault::Fault;
use crate::http::{Call, Client, Url};
use crate::surroundings::Surroundings;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const TOKENS: &str = "https://oauth2.googleapis.com/token";

/// A token for Google Cloud.
pub(super) fn token(
    client: &Client,
    around: &Surroundings,
    nearby: bool,
) -> Result<Zeroizing<String>, Fault> {
    if let Some(token) = around.text("CLOUDSDK_AUTH_ACCESS_TOKEN") {
        return Ok(Zeroizing::new(token.to_owned()));
    }
    let usual = "~/.config/gcloud/application_default_credentials.json";
    let named = around.text("GOOGLE_APPLICATION_CREDENTIALS");
    let text = match (named, cloud::file(around, named.unwrap_or(usual))) {
        (Some(_), text) => Some(text?),
        (None, text) => text.ok(),
    };
    match text.map(|text| serde_json::from_str(&text).unwrap_or_default()) {
        Some(credentials) => of_file(client, &credentials, around),
        None if nearby => of_machine(around).ok_or_else(nobody),
        None => Err(nobody()),
    }
}

fn nobody() -> Fault {
    Fault::new(
        "there is no identity for Google Cloud",
        "run `gcloud auth application-default login`, or name a file with GOOGLE_APPLICATION_CREDENTIALS",
    )
}

fn of_file(client: &Client, file: &Value, around: &Surroundings) -> Result<Zeroizing<String>, Fault> {
    let text = |name: &str| file[name].as_str().unwrap_or_default();
    match text("type") {
        "service_account" => {
            let url = file["token_uri"].as_str().unwrap_or(TOKENS);
            let assertion = assertion(file, url)?;
            let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
            cloud::exchange(client, url, &[("grant_type", grant), ("assertion", &assertion)])
        }
        "authorized_user" => cloud::exchange(
            client,
            file["token_uri"].as_str().unwrap_or(TOKENS),
            &[
                ("grant_type", "refresh_token"),
                ("client_id", text("client_id")),
                ("client_secret", text("client_secret")),
                ("refresh_token", text("refresh_token")),
            ],
        ),
        "external_account" => federated(client, file, around),
        _ => Err(Fault::new(
            "this file of Google credentials is of a kind that is not known here",
            "give a token: CLOUDSDK_AUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\"",
        )),
    }
}

/// What a service account says of itself, signed with its RSA key.
fn assertion(file: &Value, url: &str) -> Result<Zeroizing<String>, Fault> {
    let damaged = || Fault::new("the service account's file is damaged", "download its key once more");
    let key = file["private_key"].as_str().unwrap_or_default();
    let lines = key.lines().filter(|line| !line.starts_with("-----"));
    let der = Zeroizing::new(STANDARD.decode(lines.collect::<String>()).map_err(|_| damaged())?);
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| damaged())?;
    let now = clock::now().as_seconds();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": file["private_key_id"] });
    let claims =
        json!({ "iss": file["client_email"], "scope": SCOPE, "aud": url, "iat": now, "exp": now + 3600 });
    let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!("{}.{}", encoded(&header), encoded(&claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| damaged())?;
    Ok(Zeroizing::new(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

/// Workload identity federation: somebody else's word, from a file or an address, is exchanged for a token.
fn federated(client: &Client, file: &Value, around: &Surroundings) -> Result<Zeroizing<String>, Fault> {
    let subject = subject(client, &file["credential_source"], around)?;
    let text = |name: &str| file[name].as_str().unwrap_or_default();
    let token = cloud::exchange(
        client,
        text("token_url"),
        &[
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("audience", text("audience")),
            ("scope", SCOPE),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token_type", text("subject_token_type")),
            ("subject_token", subject.trim()),
        ],
    )?;
    let Some(url) = file["service_account_impersonation_url"].as_str() else { return Ok(token) };
    let body = json!({ "scope": [SCOPE] }).to_string();
    let mut call = Call::new("POST", Url::parse(url)?);
    call.bearer = Some(&token);
    call.body = Some(body.as_bytes());
    let answer = cloud::success(&client.send(&call)?, "Google Cloud")?;
    let token = answer["accessToken"].as_str().map(|token| Zeroizing::new(token.to_owned()));
    token.ok_or_else(|| {
        Fault::new("the service account can't be impersonated", "grant roles/iam.workloadIdentityUser")
    })
}

fn subject(client: &Client, source: &Value, around: &Surroundings) -> Result<Zeroizing<String>, Fault> {
    let said = if let Some(path) = source["file"].as_str() {
        cloud::file(around, path)?
    } else if let Some(url) = source["url"].as_str() {
        let mut call = Call::new("GET", Url::parse(url)?);
        let headers = source["headers"].as_object().into_iter().flatten();
        call.headers
            .extend(headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))));
        Zeroizing::new(String::from_utf8_lossy(&client.send(&call)?.body).into_owned())
    } else {
        return Err(Fault::new(
            "this kind of workload identity is not known here",
            "give a token: CLOUDSDK_AUTH_ACCESS_TOKEN=\"$(gcloud auth print-access-token)\"",
        ));
    };
    let Some(field) = source["format"]["subject_token_field_name"].as_str() else { return Ok(said) };
    let body: Value = serde_json::from_str(&said).unwrap_or_default();
    Ok(Zeroizing::new(body[field].as_str().unwrap_or_default().to_owned()))
}

fn of_machine(around: &Surroundings) -> Option<Zeroizing<String>> {
    let host = around.text("GCE_METADATA_HOST").unwrap_or("metadata.google.internal");
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/token");
    let mut call = Call::new("GET", Url::parse(&url).ok()?);
    call.headers.push(("metadata-flavor".into(), "Google".into()));
    cloud::token(&cloud::nearby().ok()?.send(&call).ok()?)
}
