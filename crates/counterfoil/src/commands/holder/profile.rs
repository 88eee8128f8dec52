//! `profile`: ids and places of keys under a name.

use super::held::surroundings;
use crate::arguments::{AddProfileArguments, ProfileCommand};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use counterfoil_holder::profile::{Profile, Profiles};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn profile(command: ProfileCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    let mut profiles = Profiles::read(&around)?;
    let sentence = match command {
        ProfileCommand::List => return list(&profiles, printer),
        ProfileCommand::Add(arguments) => add(&mut profiles, arguments)?,
        ProfileCommand::Use { name } => {
            profiles.take(name.as_deref())?;
            name.map_or_else(
                || "No profile is taken unless one is named.".into(),
                |name| format!("Profile {name} is taken when no key is named."),
            )
        }
        ProfileCommand::Remove { name } => {
            profiles.remove(&name)?;
            format!("Profile {name} is forgotten; its key and private half stay as they are.")
        }
    };
    let path = profiles.write(&around)?;
    printer.result(
        &json!({ "path": path, "profile": profiles.profile, "profiles": profiles.profiles }),
        || sentence,
    )?;
    Ok(ExitCode::SUCCESS)
}

fn add(profiles: &mut Profiles, arguments: AddProfileArguments) -> Result<String, Problem> {
    let AddProfileArguments { name, key_id, issuer_id, private_key, url, replace } = arguments;
    if let Some(url) = &url {
        counterfoil_holder::http::Url::parse(url)?;
    }
    profiles.add(&name, Profile { key_id, issuer_id, private_key, url }, replace)?;
    Ok(format!("Profile {name} is kept; `counterfoil token --profile {name}` takes it."))
}

fn list(profiles: &Profiles, printer: &Printer) -> Result<ExitCode, Problem> {
    printer.result(&json!({ "profile": profiles.profile, "profiles": profiles.profiles }), || {
        let mut table = Table::new(
            ["", "profile", "key id", "issuer id", "private key", "url"],
            "There are no profiles.",
        );
        for (name, profile) in &profiles.profiles {
            let used = if profiles.profile.as_deref() == Some(name) { "*" } else { " " };
            table.row([
                used.into(),
                name.clone(),
                profile.key_id.clone(),
                profile.issuer_id.clone().unwrap_or_default(),
                profile.private_key.clone(),
                profile.url.clone().unwrap_or_default(),
            ]);
        }
        table.text()
    })?;
    Ok(ExitCode::SUCCESS)
}
