//! `rotate`: a fresh key in the place of an old one.

use super::held::{Held, held, server, surroundings, time, warn_of_clear_text};
use crate::arguments::{ActingFlags, KeyFlags, RotateArguments, RotateCommand, RunFlags, ServerFlag};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::id::KeyId;
use counterfoil_holder::custody::Means;
use counterfoil_holder::http::Client;
use counterfoil_holder::rotate::{Lock, Rotator, Stage, State, Until, Wanted};
use counterfoil_holder::surroundings::Surroundings;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn rotate(arguments: &RotateArguments, printer: &Printer) -> Result<ExitCode, Problem> {
    let around = surroundings();
    match &arguments.command {
        None => begin(arguments, &around, printer),
        Some(RotateCommand::Status { id }) => status(id.as_deref(), &around, printer),
        Some(RotateCommand::Resume { id, run, acting }) => resume(id, run, acting, &around, printer),
        Some(RotateCommand::Cancel { id, acting }) => cancel(id, acting, &around, printer),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Begins, or goes on with what was begun: the same command is safe to give again.
fn begin(arguments: &RotateArguments, around: &Surroundings, printer: &Printer) -> Result<(), Problem> {
    let wanted = wanted(arguments)?;
    let _lock = if arguments.plan { None } else { Some(Lock::take(around, wanted.old)?) };
    let known = State::read(around, wanted.old)?.filter(|state| state.state != Stage::Cancelled);
    if let Some(state) = known.as_ref().filter(|state| state.is_over() || arguments.plan) {
        return tell(state, printer);
    }
    let until = until(&arguments.run);
    with_rotator(&arguments.acting, &arguments.run, known.as_ref(), around, printer, |rotator| {
        let Some(mut state) = known.clone() else {
            let mut state = rotator.plan(&wanted)?;
            if !arguments.plan {
                state.write(around)?;
                rotator.run(&mut state, &until)?;
            }
            return tell(&state, printer);
        };
        is_same(&state, &rotator.places(&wanted.to)?.into_iter().collect::<Vec<_>>())?;
        rotator.run(&mut state, &until)?;
        tell(&state, printer)
    })
}

fn wanted(arguments: &RotateArguments) -> Result<Wanted, Problem> {
    Ok(Wanted {
        old: KeyId::try_from(arguments.id.as_deref().unwrap_or_default())?,
        to: arguments.to.clone(),
        local: arguments.local,
        with: arguments.run.with.clone(),
        with_id: arguments.run.with_id.clone(),
        with_gap: arguments.with_gap,
        settle: arguments.settle.as_deref().map(time).transpose()?,
    })
}

fn until(run: &RunFlags) -> Until {
    let with = run.with.clone().map(|place| (place, run.with_id.clone()));
    Until { now: run.now, one_look: run.no_wait, with }
}

/// Another list of places is another rotation.
fn is_same(state: &State, places: &[String]) -> Result<(), Problem> {
    let known: Vec<_> = state.destinations.iter().map(|destination| destination.place.clone()).collect();
    if places.is_empty() || known.len() == places.len() && places.iter().all(|place| known.contains(place)) {
        return Ok(());
    }
    Err(Problem::new(
        format!("the rotation of {} was begun with other places: {}", state.old, known.join(", ")),
        format!(
            "`counterfoil rotate resume {0}` goes on, `counterfoil rotate cancel {0}` calls it off",
            state.old
        ),
    ))
}

fn status(id: Option<&str>, around: &Surroundings, printer: &Printer) -> Result<(), Problem> {
    let id = id.map(KeyId::try_from).transpose()?;
    let mut states = State::all(around)?;
    states.retain(|state| id.is_none_or(|id| state.old == id.as_str()));
    let mut table = Table::new(["old", "new", "state", "server", "places"], "No rotation was begun here.");
    for state in &states {
        let (new, places) = (state.new.clone().unwrap_or_default(), state.destinations.len().to_string());
        table.row([state.old.clone(), new, word(state.state), state.server.clone(), places]);
    }
    let rotations: Vec<_> = states.iter().map(document).collect();
    printer.result(&json!({ "rotations": rotations }), || table.text())
}

fn resume(
    id: &str,
    run: &RunFlags,
    acting: &ActingFlags,
    around: &Surroundings,
    printer: &Printer,
) -> Result<(), Problem> {
    let (mut state, _lock) = begun(id, around)?;
    if !state.is_over() {
        let known = state.clone();
        with_rotator(acting, run, Some(&known), around, printer, |rotator| {
            Ok(rotator.run(&mut state, &until(run))?)
        })?;
    }
    tell(&state, printer)
}

fn cancel(id: &str, acting: &ActingFlags, around: &Surroundings, printer: &Printer) -> Result<(), Problem> {
    let (mut state, _lock) = begun(id, around)?;
    if state.state != Stage::Cancelled {
        let known = state.clone();
        with_rotator(acting, &RunFlags::default(), Some(&known), around, printer, |rotator| {
            Ok(rotator.cancel(&mut state)?)
        })?;
    }
    tell(&state, printer)
}

fn begun(id: &str, around: &Surroundings) -> Result<(State, Lock), Problem> {
    let id = KeyId::try_from(id)?;
    let none = || {
        Problem::new(
            format!("no rotation of {id} was begun here"),
            "`counterfoil rotate status` shows those that were; `counterfoil rotate KEY_ID --to REF` begins one",
        )
    };
    State::read(around, id)?.ok_or_else(none)?;
    let lock = Lock::take(around, id)?;
    // Read once more: whoever had the lock may have gone on.
    Ok((State::read(around, id)?.ok_or_else(none)?, lock))
}

fn tell(state: &State, printer: &Printer) -> Result<(), Problem> {
    printer.result(&document(state), || people(state))
}

fn document(state: &State) -> Value {
    json!({ "old": state.old, "new": state.new, "state": state.state, "destinations": state.destinations })
}

fn people(state: &State) -> String {
    let mut lines = vec![
        format!("old key    {}", state.old),
        format!("new key    {}", state.new.as_deref().unwrap_or("-")),
        format!("state      {}", word(state.state)),
    ];
    let gives_way = |held_old: bool| if held_old { " (in the place of the old half)" } else { "" };
    lines.extend(
        state.destinations.iter().map(|one| format!("goes to    {}{}", one.place, gives_way(one.held_old))),
    );
    lines.push(next(state.state, &state.old));
    lines.join("\n")
}

fn next(stage: Stage, old: &str) -> String {
    match stage {
        Stage::Done => "The new key is the only one.".into(),
        Stage::Cancelled => "The old key is the only one.".into(),
        Stage::Planned => {
            "Next: generate, store in every place, prove, wait for evidence, revoke the old.".into()
        }
        _ => format!("`counterfoil rotate resume {old}` goes on."),
    }
}

fn word(stage: Stage) -> String {
    serde_json::to_value(stage).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}

/// Calls `act` with everything a rotation needs. A rotation that was begun goes on at its own server.
fn with_rotator<T>(
    acting: &ActingFlags,
    run: &RunFlags,
    known: Option<&State>,
    around: &Surroundings,
    printer: &Printer,
    act: impl FnOnce(&Rotator<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let flags = flags(acting);
    let Held { chosen, key } = held(&flags, around, printer)
        .or_else(|problem| by_hand(&flags, run, around, printer).ok_or(problem))?;
    let url = acting.server.url.clone().or_else(|| known.map(|state| state.server.clone()));
    let base = server(&ServerFlag { url }, Some(&chosen), around, false)?;
    warn_of_clear_text(&base, printer);
    let (client, catalog) = (Client::new(PATIENCE, around)?, Catalog::appstore());
    let means = Means::new(around, &super::passphrase::ask);
    let means =
        means.with_passphrase_file(flags.passphrase_file.clone()).with_identities(flags.identity.clone());
    let means = means.with_recipients(acting.recipient.clone());
    act(&Rotator {
        client: &client,
        acting: &key,
        catalog: &catalog,
        base: &base,
        around,
        means: &means,
        say: &|sentence| printer.say(sentence),
        moment: &|_| Ok(()),
    })
}

fn flags(acting: &ActingFlags) -> KeyFlags {
    let profile = acting.acting.clone().or_else(|| acting.key.profile.clone());
    KeyFlags { profile, ..acting.key.clone() }
}

/// Where the issuer has no API, nobody has to act but the new key, which proves itself.
fn by_hand(flags: &KeyFlags, run: &RunFlags, around: &Surroundings, printer: &Printer) -> Option<Held> {
    let private_key = Some(run.with.clone()?);
    let key_id = run.with_id.clone();
    held(&KeyFlags { private_key, key_id, ..flags.clone() }, around, printer).ok()
}
