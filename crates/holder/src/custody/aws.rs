//! `aws:SECRET_ID`: a secret in AWS Secrets Manager, by name or ARN.

mod identity;
mod signature;

use super::{Kept, Means, Store, cloud};
use crate::clock;
use crate::fault::Fault;
use crate::http::{Answer, Call, Client, Url};
use crate::surroundings::Surroundings;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::Identity;
use serde_json::{Value, json};
use std::fmt::Write as _;
use zeroize::Zeroizing;

pub(super) struct Secret<'a> {
    id: &'a str,
    service: Service,
}

impl<'a> Secret<'a> {
    pub(super) fn open(id: &'a str, means: &Means<'_>) -> Result<Self, Fault> {
        let region_of_arn = id.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2));
        Ok(Self { id, service: Service::open(region_of_arn, means.surroundings)? })
    }
}

impl Store for Secret<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let answer = self.service.call("GetSecretValue", &json!({ "SecretId": self.id }))?;
        if kind(&answer) == "ResourceNotFoundException" {
            return Ok(None);
        }
        let body = success(&answer)?;
        let text = body["SecretString"].as_str().map(|text| text.as_bytes().to_vec());
        let bytes = text.or_else(|| STANDARD.decode(body["SecretBinary"].as_str()?).ok());
        Ok(bytes.map(|bytes| Kept::plain(Zeroizing::new(bytes))))
    }

    /// A new version, under the name AWSCURRENT; the one before stays as AWSPREVIOUS.
    fn replace(&self, pem: &str) -> Result<(), Fault> {
        let token = fresh_token()?;
        let body = json!({ "SecretId": self.id, "SecretString": pem, "ClientRequestToken": token });
        let answer = self.service.call("PutSecretValue", &body)?;
        if kind(&answer) != "ResourceNotFoundException" {
            return success(&answer).map(|_| ());
        }
        let body = json!({ "Name": self.id, "SecretString": pem, "ClientRequestToken": token });
        success(&self.service.call("CreateSecret", &body)?).map(|_| ())
    }

    /// At once and for good, as the other stores do. AWS itself calls it done where there was nothing.
    fn remove(&self) -> Result<(), Fault> {
        self.get()?;
        let body = json!({ "SecretId": self.id, "ForceDeleteWithoutRecovery": true });
        success(&self.service.call("DeleteSecret", &body)?).map(|_| ())
    }
}

/// The names of all secrets of the region.
pub(super) fn list(means: &Means<'_>) -> Result<Vec<String>, Fault> {
    let service = Service::open(None, means.surroundings)?;
    let mut names = Vec::new();
    let mut body = json!({ "MaxResults": 100 });
    loop {
        let page = success(&service.call("ListSecrets", &body)?)?;
        let listed = page["SecretList"].as_array().into_iter().flatten();
        names.extend(listed.filter_map(|secret| Some(format!("aws:{}", secret["Name"].as_str()?))));
        match page["NextToken"].as_str() {
            Some(next) => body["NextToken"] = json!(next),
            None => return Ok(names),
        }
    }
}

struct Service {
    client: Client,
    url: Url,
    region: String,
    identity: Identity,
}

impl Service {
    fn open(region_of_arn: Option<&str>, around: &Surroundings) -> Result<Self, Fault> {
        let region =
            region_of_arn.map(str::to_owned).or_else(|| identity::region(around)).ok_or_else(|| {
                Fault::new(
                    "no region of AWS is named",
                    "set AWS_REGION, such as eu-central-1, or give the secret's ARN",
                )
            })?;
        let end = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let usual = format!("https://secretsmanager.{region}.{end}");
        let named = around.text("AWS_ENDPOINT_URL_SECRETS_MANAGER").or(around.text("AWS_ENDPOINT_URL"));
        let url = Url::parse(named.unwrap_or(&usual))?;
        Ok(Self { client: cloud::client(around)?, url, identity: Identity::find(&region, around)?, region })
    }

    fn call(&self, action: &str, body: &Value) -> Result<Answer, Fault> {
        let body = Zeroizing::new(body.to_string());
        let mut call = Call::new("POST", self.url.clone());
        call.headers = signature::headers(&signature::Signed {
            url: &self.url,
            target: &format!("secretsmanager.{action}"),
            body: body.as_bytes(),
            region: &self.region,
            identity: &self.identity,
            now: clock::now(),
        });
        call.body = Some(body.as_bytes());
        self.client.send(&call)
    }
}

/// The kind of an error, without what may stand before and behind it.
fn kind(answer: &Answer) -> String {
    let body = answer.json().filter(|_| !answer.is_success()).unwrap_or_default();
    let kind = body["__type"].as_str().unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    kind.split(':').next().unwrap_or_default().to_owned()
}

fn success(answer: &Answer) -> Result<Value, Fault> {
    let kind = kind(answer);
    let place = if kind.is_empty() { "AWS".to_owned() } else { format!("AWS ({kind})") };
    cloud::success(answer, &place)
}

/// Names one write, so that one that is repeated on its way is done once.
fn fresh_token() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    let drawn = SystemRandom::new().fill(&mut bytes);
    drawn.map_err(|_| Fault::new("there is no randomness", "this is the machine's failure; try again"))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
