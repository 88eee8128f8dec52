//! Flags for settings, made from the one table of settings.

use crate::settings::{CONFIG, Reach, SETTINGS, Setting, Typed};
use clap::error::Result;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

/// Flags of commands that open the data.
#[derive(Debug)]
pub(crate) struct DataFlags(pub(crate) Typed);

/// Flags of commands that may begin a new ledger.
#[derive(Debug)]
pub(crate) struct BeginningFlags(pub(crate) Typed);

/// Flags of `serve`.
#[derive(Debug)]
pub(crate) struct ServingFlags(pub(crate) Typed);

const HEADING: &str = "Settings (flag, else COUNTERFOIL_… variable, else --config file)";

fn add(command: Command, reaches: &[Reach]) -> Command {
    let config = Arg::new(CONFIG)
        .long(CONFIG)
        .value_name("FILE")
        .help("A TOML file of settings; unknown keys are refused")
        .help_heading(HEADING);
    let flags = SETTINGS.iter().filter(|setting| reaches.contains(&setting.reach)).map(flag);
    command.arg(config).args(flags)
}

fn flag(setting: &'static Setting) -> Arg {
    let default = match setting.default {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
        .help(format!("{}{default}", setting.about))
        .help_heading(HEADING)
}

fn typed(matches: &ArgMatches, reaches: &[Reach]) -> Typed {
    let names =
        SETTINGS.iter().filter(|setting| reaches.contains(&setting.reach)).map(|setting| setting.name);
    let given = |name: &'static str| Some((name, matches.get_one::<String>(name)?.clone()));
    names.chain([CONFIG]).filter_map(given).collect()
}

macro_rules! settings_flags {
    ($name:ident, $reaches:expr) => {
        impl FromArgMatches for $name {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self> {
                Ok(Self(typed(matches, $reaches)))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<()> {
                self.0.extend(typed(matches, $reaches));
                Ok(())
            }
        }

        impl Args for $name {
            fn augment_args(command: Command) -> Command {
                add(command, $reaches)
            }

            fn augment_args_for_update(command: Command) -> Command {
                add(command, $reaches)
            }
        }
    };
}

settings_flags!(DataFlags, &[Reach::Everywhere]);
settings_flags!(BeginningFlags, &[Reach::Everywhere, Reach::Beginning]);
settings_flags!(ServingFlags, &[Reach::Everywhere, Reach::Beginning, Reach::Serving]);
