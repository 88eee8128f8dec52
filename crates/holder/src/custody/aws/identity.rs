//! Who calls AWS: the variables, a profile, a role by web identity, the container's or the machine's own role.

use super::super::cloud;
use crate::fault::Fault;
use crate::http::{Call, Url};
use crate::surroundings::Surroundings;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// An access key of AWS.
pub(super) struct Identity {
    pub(super) id: String,
    pub(super) secret: Zeroizing<String>,
    pub(super) session: Option<Zeroizing<String>>,
}

const IN_CONTAINER: &str = "http://169.254.170.2";
const IN_MACHINE: &str = "http://169.254.169.254";

impl Identity {
    /// The first that is there, in the order that AWS's own programs have.
    pub(super) fn find(region: &str, around: &Surroundings) -> Result<Self, Fault> {
        if let Some(identity) = of_variables(around) {
            return Ok(identity);
        }
        let profile = Profile::read(around);
        if let Some(identity) = profile.identity(around)? {
            return Ok(identity);
        }
        if let (Some(file), Some(role)) =
            (around.text("AWS_WEB_IDENTITY_TOKEN_FILE"), around.text("AWS_ROLE_ARN"))
        {
            return by_web_identity(region, file, role, around);
        }
        if let Some(identity) = of_container(around)? {
            return Ok(identity);
        }
        of_machine(around).ok_or_else(|| {
            Fault::new(
                "there is no identity for AWS",
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; after `aws sso login`: \
                 eval \"$(aws configure export-credentials --format env)\"",
            )
        })
    }

    fn of_json(body: &Value) -> Option<Self> {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let session = text("Token").or_else(|| text("SessionToken")).map(Zeroizing::new);
        Some(Self { id: text("AccessKeyId")?, secret: Zeroizing::new(text("SecretAccessKey")?), session })
    }
}

/// The region that the variables or the profile name.
pub(super) fn region(around: &Surroundings) -> Option<String> {
    let named = around.text("AWS_REGION").or(around.text("AWS_DEFAULT_REGION")).map(str::to_owned);
    named.or_else(|| Profile::read(around).fields.remove("region"))
}

fn of_variables(around: &Surroundings) -> Option<Identity> {
    Some(Identity {
        id: around.text("AWS_ACCESS_KEY_ID")?.to_owned(),
        secret: Zeroizing::new(around.text("AWS_SECRET_ACCESS_KEY")?.to_owned()),
        session: around.text("AWS_SESSION_TOKEN").map(|token| Zeroizing::new(token.to_owned())),
    })
}

/// A profile of `~/.aws/config` and `~/.aws/credentials`, the latter's fields first.
struct Profile {
    fields: BTreeMap<String, String>,
}

impl Profile {
    fn read(around: &Surroundings) -> Self {
        let name = around.text("AWS_PROFILE").unwrap_or("default");
        let mut fields = BTreeMap::new();
        for (variable, usual, heads) in [
            ("AWS_CONFIG_FILE", "~/.aws/config", [format!("profile {name}"), name.to_owned()]),
            ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", [name.to_owned(), name.to_owned()]),
        ] {
            let path = around.path(around.text(variable).unwrap_or(usual));
            let text = Zeroizing::new(std::fs::read_to_string(path).unwrap_or_default());
            fields.extend(section(&text, &heads));
        }
        Self { fields }
    }

    fn identity(&self, around: &Surroundings) -> Result<Option<Identity>, Fault> {
        let field = |name: &str| self.fields.get(name).cloned();
        if let (Some(id), Some(secret)) = (field("aws_access_key_id"), field("aws_secret_access_key")) {
            let session = field("aws_session_token").map(Zeroizing::new);
            return Ok(Some(Identity { id, secret: Zeroizing::new(secret), session }));
        }
        field("credential_process").map(|command| by_process(&command, around)).transpose()
    }
}

/// The fields of the first of these sections that is there.
fn section(text: &str, heads: &[String]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let mut is_in = false;
    for line in text.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_in = heads.iter().any(|wanted| wanted == head.trim());
        } else if let (true, Some((name, value))) = (is_in && !line.starts_with('#'), line.split_once('=')) {
            fields.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
    fields
}

fn by_process(command: &str, around: &Surroundings) -> Result<Identity, Fault> {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(around.path("."))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let body = output.ok().and_then(|output| serde_json::from_slice(&Zeroizing::new(output.stdout)).ok());
    body.as_ref().and_then(Identity::of_json).ok_or_else(|| {
        Fault::new(
            "the profile's credential_process gave no identity",
            "run it by hand; what it said is above",
        )
    })
}

/// A role that somebody else's word is good for: a pod's, a CI job's.
fn by_web_identity(region: &str, file: &str, role: &str, around: &Surroundings) -> Result<Identity, Fault> {
    let token = cloud::file(around, file)?;
    let session = around.text("AWS_ROLE_SESSION_NAME").unwrap_or("counterfoil");
    let body = cloud::form(&[
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", role),
        ("RoleSessionName", session),
        ("WebIdentityToken", token.trim()),
    ]);
    let usual = format!("https://sts.{region}.amazonaws.com");
    let url = around.text("AWS_ENDPOINT_URL_STS").or(around.text("AWS_ENDPOINT_URL")).unwrap_or(&usual);
    let mut call = Call::new("POST", Url::parse(url)?);
    call.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    call.body = Some(body.as_bytes());
    let answer = cloud::client(around)?.send(&call)?;
    let text = Zeroizing::new(String::from_utf8_lossy(&answer.body).into_owned());
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(value, _)| value.to_owned())
    };
    let identity = || {
        Some(Identity {
            id: element("AccessKeyId")?,
            secret: Zeroizing::new(element("SecretAccessKey")?),
            session: element("SessionToken").map(Zeroizing::new),
        })
    };
    identity().ok_or_else(|| {
        let said = element("Message").unwrap_or_default();
        Fault::new(
            format!("AWS did not give the role: {} {said}", answer.status),
            "check who may take the role on",
        )
    })
}

/// ECS and EKS.
fn of_container(around: &Surroundings) -> Result<Option<Identity>, Fault> {
    let relative =
        around.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{IN_CONTAINER}{path}"));
    let full = around.text("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned);
    let Some(url) = relative.or(full) else { return Ok(None) };
    let mut call = Call::new("GET", Url::parse(&url)?);
    let token = match around.text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => Some(cloud::file(around, path)?),
        None => around.text("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(|text| Zeroizing::new(text.to_owned())),
    };
    call.headers.extend(token.map(|token| ("authorization".to_owned(), token.trim().to_owned())));
    let answer = cloud::client(around)?.send(&call)?;
    let identity = answer.json().as_ref().and_then(Identity::of_json);
    identity.map(Some).ok_or_else(|| Fault::new("the container's role can't be had", "check the task's role"))
}

/// EC2, by the second version of its service, which first gives a token.
fn of_machine(around: &Surroundings) -> Option<Identity> {
    if around.text("AWS_EC2_METADATA_DISABLED") == Some("true") {
        return None;
    }
    let client = cloud::nearby().ok()?;
    let base = around.text("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(IN_MACHINE);
    let ask = |method, path: &str, header: (&str, &str)| {
        let mut call =
            Call::new(method, Url::parse(&format!("{}/latest/{path}", base.trim_end_matches('/'))).ok()?);
        call.headers.push((header.0.into(), header.1.into()));
        let answer = client.send(&call).ok().filter(crate::http::Answer::is_success)?;
        String::from_utf8(answer.body).ok().map(Zeroizing::new)
    };
    let token = ask("PUT", "api/token", ("x-aws-ec2-metadata-token-ttl-seconds", "300"))?;
    let header = ("x-aws-ec2-metadata-token", token.as_str());
    let roles = ask("GET", "meta-data/iam/security-credentials/", header)?;
    let role = roles.lines().next()?;
    let body = ask("GET", &format!("meta-data/iam/security-credentials/{role}"), header)?;
    Identity::of_json(&serde_json::from_str(&body).ok()?)
}
