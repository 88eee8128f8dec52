//! A server's keys, worked with a key that administers them.

use crate::caller::Caller;
use crate::fault::Fault;
use crate::http::{Answer, Call, Url, taken};
use crate::pages::{Gathered, gather};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::KeyId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// A key as its server tells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// The key id.
    #[serde(default)]
    pub id: String,
    /// What people call it.
    pub nickname: String,
    /// Its kind.
    pub key_type: String,
    /// What it may do at this moment.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether it was not revoked.
    pub is_active: bool,
    /// Whether its private half waits for the one download.
    #[serde(default)]
    pub can_download: bool,
    /// Its public half, as PEM.
    pub public_key: Option<String>,
    /// When it was generated.
    pub created_date: Option<String>,
    /// When it was last used.
    pub last_used: Option<String>,
    /// When it was revoked.
    pub revoking_date: Option<String>,
    /// Why.
    pub revocation_reason: Option<String>,
}

/// What is generated.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// What people call it.
    pub nickname: &'a str,
    /// Its kind, as the server's catalog names it.
    pub kind: &'a str,
    /// Its roles, where its kind has some.
    pub roles: &'a [String],
    /// The public half of a pair that was made here.
    pub public: Option<&'a PublicHalf>,
}

/// A server's keys.
pub struct Keys<'c, 'a> {
    caller: &'c mut Caller<'a>,
    base: &'c Url,
}

impl<'c, 'a> Keys<'c, 'a> {
    /// Those of the server at `base`.
    pub fn new(caller: &'c mut Caller<'a>, base: &'c Url) -> Self {
        Self { caller, base }
    }

    /// All that the acting key may see.
    ///
    /// # Errors
    /// The server refuses.
    pub fn list(&mut self, only_active: bool) -> Result<Vec<Listed>, Fault> {
        let filter = if only_active { "&filter[isActive]=true" } else { "" };
        let call = Call::new("GET", self.base.with(&format!("/v1/apiKeys?limit=200{filter}"))?);
        match gather(self.caller, &call, &|_, _| {})? {
            Gathered::Whole(mut whole) => {
                let rows = whole["data"].as_array_mut().map(std::mem::take).unwrap_or_default();
                rows.into_iter().map(listed).collect()
            }
            Gathered::Stopped(answer) => Err(refusal(&answer)),
        }
    }

    /// One key.
    ///
    /// # Errors
    /// The server refuses, or there is none.
    pub fn show(&mut self, id: KeyId) -> Result<Listed, Fault> {
        self.one("GET", &format!("/v1/apiKeys/{id}"), None)
    }

    /// Generates a key.
    ///
    /// # Errors
    /// The server refuses.
    pub fn generate(&mut self, wish: &Wish<'_>) -> Result<Listed, Fault> {
        self.generate_once(wish, None)
    }

    /// The same; asked again with the same `Idempotency-Key` it is the same key.
    ///
    /// # Errors
    /// The server refuses.
    pub fn generate_once(&mut self, wish: &Wish<'_>, idempotency: Option<&str>) -> Result<Listed, Fault> {
        let mut attributes = json!({"nickname": wish.nickname, "keyType": wish.kind});
        if !wish.roles.is_empty() {
            attributes["roles"] = json!(wish.roles);
        }
        if let Some(public) = wish.public {
            attributes["publicKey"] = json!(public.to_pem());
        }
        let body = json!({"data": {"type": "apiKeys", "attributes": attributes}}).to_string();
        let mut call = Call::new("POST", self.base.with("/v1/apiKeys")?);
        call.body = Some(body.as_bytes());
        call.headers.extend(idempotency.map(|key| ("Idempotency-Key".to_owned(), key.to_owned())));
        self.answered(&call)
    }

    /// Takes the private half, which the server then has no more.
    ///
    /// # Errors
    /// The server refuses.
    pub fn download(&mut self, id: KeyId) -> Result<Zeroizing<String>, Fault> {
        let answer =
            self.caller.call(&Call::new("POST", self.base.with(&format!("/v1/apiKeys/{id}/download"))?))?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        let body = Zeroizing::new(answer.body);
        let text = std::str::from_utf8(&body).map_err(|_| strange())?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Revokes a key, for good.
    ///
    /// # Errors
    /// The server refuses.
    pub fn revoke(&mut self, id: KeyId, reason: Option<&str>) -> Result<Listed, Fault> {
        let mut attributes = json!({"isActive": false});
        if let Some(reason) = reason {
            attributes["revocationReason"] = json!(reason);
        }
        let body = json!({"data": {"type": "apiKeys", "id": id.as_str(), "attributes": attributes}});
        self.one("PATCH", &format!("/v1/apiKeys/{id}"), Some(&body))
    }

    fn one(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Listed, Fault> {
        let body = body.map(ToString::to_string);
        let mut call = Call::new(method, self.base.with(path)?);
        call.body = body.as_deref().map(str::as_bytes);
        self.answered(&call)
    }

    fn answered(&mut self, call: &Call<'_>) -> Result<Listed, Fault> {
        let answer = self.caller.call(call)?;
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        listed(answer.json().map(|mut body| taken(&mut body, "data")).unwrap_or_default())
    }
}

fn listed(mut resource: Value) -> Result<Listed, Fault> {
    let id = resource["id"].as_str().unwrap_or_default().to_owned();
    let listed: Listed = serde_json::from_value(taken(&mut resource, "attributes")).map_err(|_| strange())?;
    Ok(Listed { id, ..listed })
}

/// What the server says against it, in its own words.
#[must_use]
pub fn refusal(answer: &Answer) -> Fault {
    let body = answer.json().unwrap_or_default();
    let said = |member: &str| {
        let text = body.pointer(&format!("/errors/0/{member}")).and_then(Value::as_str);
        text.map(|text| text.chars().filter(|letter| !letter.is_control()).take(400).collect::<String>())
    };
    let (title, detail) = (said("title"), said("detail"));
    let words = detail.or(title).unwrap_or_else(|| "without a word".into());
    let hint = match answer.status {
        401 | 403 => "`counterfoil doctor` says what the key lacks",
        404 => "check the key id and the URL; App Store Connect has no API for keys",
        _ => "nothing was changed",
    };
    Fault::new(format!("{} answers {}: {words}", answer.url.host(), answer.status), hint)
}

fn strange() -> Fault {
    Fault::new(
        "this is not how a Counterfoil server answers",
        "check the URL; App Store Connect has no API for keys",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_resource_is_refused() {
        for text in
            ["null", "7", "\"x\"", "[]", "{}", r#"{"attributes": "x"}"#, r#"{"attributes": {"nickname": 7}}"#]
        {
            assert_eq!(listed(serde_json::from_str(text).unwrap()), Err(strange()), "{text}");
        }
    }
}
