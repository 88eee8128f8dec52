//! `burn`: shows a leaked private half to its issuer, who ends the key.

use super::custody::{read, with};
use super::held::{surroundings, warn_of_clear_text};
use crate::arguments::BurnArguments;
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::KeyId;
use counterfoil_holder::burn::{Audience, possession};
use counterfoil_holder::clock::{Clocks, now};
use counterfoil_holder::fault::Fault;
use counterfoil_holder::http::{Call, Client, Url};
use counterfoil_holder::reference::Ref;
use counterfoil_holder::surroundings::Surroundings;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn burn(arguments: &BurnArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    let server = server(arguments.url.as_deref(), &around)?;
    let place =
        Ref::try_from(arguments.half.as_str()).map_err(|fault| Problem::usage(fault, fault.mend()))?;
    let key = arguments.key_id.as_deref().map(KeyId::try_from).transpose()?;
    let found = with(&arguments.means, &around, |means| read(&place, means, printer))?;
    let named = key.or(found.key_id).map_or_else(|| "the key of this half".to_owned(), |id| id.to_string());
    let what = format!("Burning {named} at {} can't be undone: whatever uses it stops.", server.origin());
    printer.confirm(&what, "burn", arguments.yes)?;
    warn_of_clear_text(&server, printer);
    let ended = end(&Client::new(PATIENCE, &around)?, &server, &found.half, key, &around)?;
    let (id, date) = (&ended["id"], &ended["revokingDate"]);
    printer.result(&ended, || {
        format!("{} is revoked since {}", id.as_str().unwrap_or_default(), date.as_str().unwrap_or_default())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The server that issued the key. App Store Connect has no such door.
pub(super) fn server(typed: Option<&str>, around: &Surroundings) -> Result<Url, Problem> {
    let url = typed.or_else(|| around.text("COUNTERFOIL_URL")).ok_or_else(|| {
        Problem::usage(
            "which server issued the key is not said",
            "give --url; a key of App Store Connect is revoked there: Users and Access, Integrations, Edit",
        )
    })?;
    Ok(Url::parse(url)?)
}

/// Ends the key of `half`, and says what the server says of it. A key that was ended before stays so.
pub(super) fn end(
    client: &Client,
    server: &Url,
    half: &PrivateHalf,
    key: Option<KeyId>,
    around: &Surroundings,
) -> Result<Value, Problem> {
    let time = Clocks::read(around).server_time(server, now());
    let token = possession(half, key, Audience::Burn, time)?;
    let mut call = Call::new("POST", server.with("/v1/burn")?);
    call.bearer = Some(&token);
    let answer = client.send(&call)?;
    let body = answer.json().unwrap_or_default();
    let (id, attributes) = (&body["data"]["id"], &body["data"]["attributes"]);
    match answer.status {
        200 if id.is_string() && attributes["isActive"] == json!(false) => Ok(json!({
            "id": id,
            "isActive": false,
            "revokingDate": attributes["revokingDate"],
            "revocationReason": attributes["revocationReason"],
        })),
        401 => Err(Problem::new(
            format!("{} knows no key with this half", server.origin()),
            "it may be another server's, or the --key-id another key's; without --key-id the half itself is looked for",
        )),
        status => Err(Fault::new(
            format!("{} answered {status}, and the key may still be good", server.origin()),
            "try again; an administrator can revoke it in the console",
        )
        .into()),
    }
}
