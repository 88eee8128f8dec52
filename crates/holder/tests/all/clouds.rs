//! What the stores of the clouds keep of their promise, against fakes; AWS's own is tried against moto, elsewhere.

use crate::alone::in_places;
use crate::fake::{Asked, serve, serve_over_tls};
use crate::place::Place;
use crate::stores::{half, keeps_its_promise};
use counterfoil_holder::custody::{self, Existing, Means};
use counterfoil_holder::fault::Fault;
use counterfoil_holder::reference::Ref;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

fn find(reference: &str, means: &Means<'_>) -> Result<bool, Fault> {
    let reference = Ref::try_from(reference).unwrap();
    custody::open(&reference, means)?.find().map(|kept| kept.is_some())
}

fn put(reference: &str, means: &Means<'_>) {
    let reference = Ref::try_from(reference).unwrap();
    custody::keep(&*custody::open(&reference, means).unwrap(), &half(), Existing::Stays).unwrap();
}

fn place(variables: &[(&str, &str)]) -> Place {
    let mut place = Place::new();
    for (name, value) in variables {
        place.set(name, value);
    }
    place
}

/// A fake of Google Cloud's Secret Manager, and of who gives tokens for it. It lists two secrets a page.
fn fake_gcp() -> String {
    serve(BTreeMap::<String, Vec<Value>>::new(), |secrets, asked| {
        let path = asked.path.strip_prefix("/v1/projects/p/secrets");
        let Some(path) = path.map(|path| path.trim_start_matches('/')) else { return token(asked) };
        let who = asked.header("authorization");
        if who != "Bearer g" && !who.starts_with("Bearer eyJ") {
            return (401, refusal(401, "who is it", "UNAUTHENTICATED"));
        }
        let missing = (404, refusal(404, "not found", "NOT_FOUND"));
        match (asked.method.as_str(), path.split_once([':', '/'])) {
            ("GET", Some((name, "versions/latest:access"))) => {
                let data = secrets.get(name).and_then(|versions| versions.last());
                data.map_or(missing, |data| (200, json!({ "payload": { "data": data } })))
            }
            ("POST", Some((name, "addVersion"))) => match secrets.get_mut(name) {
                Some(versions) => {
                    versions.push(asked.json()["payload"]["data"].clone());
                    (200, json!({}))
                }
                None => missing,
            },
            ("POST", None) => {
                assert_eq!(asked.json()["replication"], json!({ "automatic": {} }));
                let name = asked.query.split('&').find_map(|pair| pair.strip_prefix("secretId="));
                secrets.insert(name.unwrap().to_owned(), Vec::new());
                (200, json!({}))
            }
            ("DELETE", None) => secrets.remove(path).map_or(missing, |_| (200, json!({}))),
            ("GET", None) => {
                let is_second = asked.query.contains("pageToken=second");
                let named = secrets.keys().skip(if is_second { 2 } else { 0 }).take(2);
                let names: Vec<_> =
                    named.map(|key| json!({ "name": format!("projects/7/secrets/{key}") })).collect();
                let next = if is_second { "" } else { "second" };
                (200, json!({ "secrets": names, "nextPageToken": next }))
            }
            _ => (400, refusal(400, "what is it", "INVALID_ARGUMENT")),
        }
    })
}

fn refusal(status: u16, message: &str, code: &str) -> Value {
    json!({ "error": { "code": status, "message": message, "status": code } })
}

/// What Google exchanges for a token.
fn token(asked: &Asked) -> (u16, Value) {
    let body = String::from_utf8_lossy(&asked.body).into_owned();
    let has = |parts: &[&str]| parts.iter().all(|part| body.contains(part));
    let is_good = match asked.path.as_str() {
        "/refresh" => has(&["refresh_token", "r/1", "\"c\""]) || has(&["refresh_token", "r%2F1"]),
        "/sts" => has(&["subject_token=theirs", "audience=aud", "token-exchange"]),
        _ => false,
    };
    let token = json!({ "access_token": "g", "expires_in": 3600, "token_type": "Bearer",
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token" });
    if is_good { (200, token) } else { (400, json!({ "error": "invalid_grant" })) }
}

#[test]
fn google_clouds_secrets_keep_their_promise() {
    let prepare = || {
        let url = fake_gcp();
        (vec![place(&[("COUNTERFOIL_GCP_ENDPOINT", &url), ("CLOUDSDK_AUTH_ACCESS_TOKEN", "g")])], ())
    };
    in_places("clouds::google_clouds_secrets_keep_their_promise", prepare, |_, means| {
        keeps_its_promise("gcp:projects/p/secrets/asc", means);
        for name in ["b", "c", "d"] {
            put(&format!("gcp:projects/p/secrets/{name}"), means);
        }
        let listed = ["b", "c", "d"].map(|name| format!("gcp:projects/p/secrets/{name}"));
        assert_eq!(custody::list("gcp:projects/p", means).unwrap(), listed);
    });
}

/// A service account, a user and a federated identity; then what no identity is, and none at all.
#[test]
fn google_clouds_identities_are_known_by_their_files() {
    let prepare = || {
        let url = fake_gcp();
        let rsa = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap().serialize_pem();
        let account = json!({ "type": "service_account", "client_email": "a@b", "private_key_id": "1",
            "private_key": rsa, "project_id": "p", "token_uri": format!("{url}/account") });
        let user = json!({ "type": "authorized_user", "token_uri": format!("{url}/refresh"), "client_id": "c",
            "client_secret": "s", "refresh_token": "r/1" });
        let federated = json!({ "type": "external_account", "token_url": format!("{url}/sts"), "audience": "aud",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": { "file": "subject.json",
            "format": { "type": "json", "subject_token_field_name": "value" } } });
        let files = [account, user, federated, json!({ "type": "odd" })];
        let places = files.map(|file| {
            let variables =
                [("COUNTERFOIL_GCP_ENDPOINT", url.as_str()), ("GOOGLE_APPLICATION_CREDENTIALS", "adc.json")];
            let place = place(&variables);
            place.file("adc.json", &file.to_string());
            place.file("subject.json", "{\"value\":\"theirs\"}");
            place
        });
        let nobody = place(&[("COUNTERFOIL_GCP_ENDPOINT", &url)]);
        (places.into_iter().chain([nobody]).collect(), ())
    };
    in_places("clouds::google_clouds_identities_are_known_by_their_files", prepare, |which, means| {
        let found = find("gcp:projects/p/secrets/asc", means);
        let message = found.as_ref().map_err(Fault::message);
        match which {
            3 => assert!(
                message.unwrap_err().starts_with("there is no identity for Google Cloud"),
                "{found:?}"
            ),
            4 => assert_eq!(message, Err("Google Cloud answered 401: who is it")),
            _ => assert_eq!(message, Ok(&false)),
        }
    });
}

/// A fake of an Azure Key Vault; it lists one secret a page, the next of which is at `next`.
fn fake_azure(asks_who: bool, next: &'static str) -> String {
    serve(BTreeMap::<String, Value>::new(), move |secrets, asked| {
        if asks_who && asked.header("authorization") != "Bearer z" {
            return (401, json!({ "error": { "code": "Unauthorized", "message": "who is it" } }));
        }
        assert!(asked.query.contains("api-version="), "{}", asked.query);
        let name = asked.path.strip_prefix("/secrets").unwrap_or_default().trim_matches('/').to_owned();
        let missing = (404, json!({ "error": { "code": "SecretNotFound", "message": "not found" } }));
        match (asked.method.as_str(), name.as_str()) {
            ("GET", "") => {
                let page = usize::from(asked.query.contains("page=2"));
                let id = |key| json!({ "id": format!("https://v.vault.azure.net/secrets/{key}") });
                let ids: Vec<_> = secrets.keys().skip(page).take(1).map(id).collect();
                (200, json!({ "value": ids, "nextLink": if page == 0 { next } else { "" } }))
            }
            ("GET", "denied") => (403, json!({ "error": { "code": "Forbidden", "message": "not you" } })),
            ("GET", _) => secrets.get(&name).map_or(missing, |value| (200, json!({ "value": value }))),
            ("PUT", "removed") => (409, json!({ "error": { "code": "Conflict", "message": "removed" } })),
            ("PUT", _) => {
                secrets.insert(name, asked.json()["value"].clone());
                (200, json!({}))
            }
            ("DELETE", _) => secrets.remove(&name).map_or(missing, |_| (200, json!({}))),
            _ => (405, Value::Null),
        }
    })
}

/// A fake of the directory that gives tokens for vaults, over TLS, as Azure's library wants it.
fn fake_directory() -> (String, String) {
    serve_over_tls(|(), asked| {
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        let is_known = body.contains("client_secret=s") || body.contains("client_assertion=their.word");
        if asked.path == "/tenant/oauth2/v2.0/token" && body.contains("client_id=app") && is_known {
            return (200, json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": "z" }));
        }
        (
            401,
            json!({ "error": "invalid_client", "error_description": "AADSTS7000215: no such app", "error_codes": [7000215] }),
        )
    })
}

const NEXT_PAGE: &str = "https://v.vault.azure.net/secrets?page=2";

#[test]
fn azures_secrets_keep_their_promise_for_an_app_by_secret_or_by_federation() {
    let prepare = || {
        let url = fake_azure(true, NEXT_PAGE);
        let (directory, certificate) = fake_directory();
        let identities = [
            ("AZURE_CLIENT_SECRET", "s"),
            ("AZURE_FEDERATED_TOKEN_FILE", "word"),
            ("AZURE_CLIENT_SECRET", "wrong"),
        ];
        let places = identities.map(|identity| {
            let mut place = place(&[identity, ("AZURE_TENANT_ID", "tenant"), ("AZURE_CLIENT_ID", "app")]);
            place.set("COUNTERFOIL_AZURE_ENDPOINT", &url).set("AZURE_AUTHORITY_HOST", &directory);
            place.set("SSL_CERT_FILE", "directory.pem");
            place.file("directory.pem", &certificate);
            place.file("word", "their.word");
            place
        });
        (places.into(), ())
    };
    let name = "clouds::azures_secrets_keep_their_promise_for_an_app_by_secret_or_by_federation";
    in_places(name, prepare, |which, means| {
        if which == 2 {
            let fault = find("azure:v/asc", means).unwrap_err();
            assert!(fault.message().starts_with("Azure gave no token: "), "{fault:?}");
            assert!(fault.message().contains("AADSTS7000215: no such app"), "{fault:?}");
            return;
        }
        keeps_its_promise("azure:v/asc-key", means);
        put("azure:v/b", means);
        put("azure:v/c", means);
        assert_eq!(custody::list("azure:v", means).unwrap(), ["azure:v/b", "azure:v/c"]);
        assert_eq!(find("azure:v/denied", means).unwrap_err().message(), "Azure answered 403: not you");
        let removed = Ref::try_from("azure:v/removed").unwrap();
        let store = custody::open(&removed, means).unwrap();
        let fault = custody::keep(&*store, &half(), Existing::Stays).unwrap_err();
        assert!(fault.hint().contains("az keyvault secret purge"), "{fault:?}");
        for name in ["azure:v/b", "azure:v/c"] {
            custody::open(&Ref::try_from(name).unwrap(), means).unwrap().remove().unwrap();
        }
    });
}

#[test]
fn an_endpoint_that_asks_nobody_is_called_without_an_identity() {
    let prepare = || (vec![place(&[("COUNTERFOIL_AZURE_ENDPOINT", &fake_azure(false, NEXT_PAGE))])], ());
    in_places("clouds::an_endpoint_that_asks_nobody_is_called_without_an_identity", prepare, |_, means| {
        keeps_its_promise("azure:v/asc", means);
    });
}

/// The token goes to no other host, whatever the vault says of where its list goes on.
#[test]
fn a_vault_that_sends_the_token_elsewhere_is_not_followed() {
    let prepare = || {
        let (directory, certificate) = fake_directory();
        let url = fake_azure(true, "https://elsewhere.example/secrets?page=2");
        let mut place =
            place(&[("AZURE_TENANT_ID", "tenant"), ("AZURE_CLIENT_ID", "app"), ("AZURE_CLIENT_SECRET", "s")]);
        place.set("COUNTERFOIL_AZURE_ENDPOINT", &url).set("AZURE_AUTHORITY_HOST", &directory);
        place.set("SSL_CERT_FILE", "directory.pem").file("directory.pem", &certificate);
        (vec![place], ())
    };
    in_places("clouds::a_vault_that_sends_the_token_elsewhere_is_not_followed", prepare, |_, means| {
        let fault = custody::list("azure:v", means).unwrap_err();
        assert_eq!(fault.message(), "the vault sends us on to https://elsewhere.example");
    });
}

#[test]
fn an_identity_or_a_region_that_is_missing_is_missed_by_name() {
    let prepare = || {
        let alone = ("AWS_EC2_METADATA_DISABLED", "true");
        (vec![place(&[alone]), place(&[alone, ("AWS_REGION", "eu-central-1")])], ())
    };
    let name = "clouds::an_identity_or_a_region_that_is_missing_is_missed_by_name";
    in_places(name, prepare, |which, means| {
        let found = find("aws:a", means);
        let message = found.as_ref().map_err(Fault::message);
        assert_eq!(message, Err(["no region of AWS is named", "there is no identity for AWS"][which]));
    });
}

/// Each with a host that it calls, and what is said if the proxy does not lead there.
const CLOUDS: [(&str, &str, &str); 3] = [
    (
        "aws:a",
        "secretsmanager.eu-central-1.amazonaws.com:443",
        "the proxy that HTTPS_PROXY names does not lead to secretsmanager.eu-central-1.amazonaws.com: it answers 403",
    ),
    (
        "azure:v/a",
        "v.vault.azure.net:443",
        "the proxy that HTTPS_PROXY names does not lead to v.vault.azure.net: it answers 403",
    ),
    ("gcp:projects/p/secrets/a", "secretmanager.googleapis.com:443", "Google Cloud can't be reached: "),
];

#[test]
fn clouds_are_reached_through_the_proxy_that_is_named() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let prepare = || {
        let url = serve(heard, |heard, asked| {
            heard.lock().unwrap().push(format!("{} {}", asked.method, asked.path));
            (403, Value::Null)
        });
        let variables = [
            ("HTTPS_PROXY", url.as_str()),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("CLOUDSDK_AUTH_ACCESS_TOKEN", "g"),
        ];
        (CLOUDS.map(|_| place(&variables)).into(), ())
    };
    in_places("clouds::clouds_are_reached_through_the_proxy_that_is_named", prepare, |which, means| {
        let (reference, _, message) = CLOUDS[which];
        let fault = find(reference, means).unwrap_err();
        assert!(fault.message().starts_with(message), "{fault:?}");
        assert!(fault.hint().contains("PROXY"), "{fault:?}");
    });
    if std::env::var_os(crate::alone::WHICH).is_none() {
        let mut asked = asked.lock().unwrap().clone();
        asked.dedup();
        assert_eq!(asked, CLOUDS.map(|(_, host, _)| format!("CONNECT {host}")));
    }
}
