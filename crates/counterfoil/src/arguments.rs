//! First stage: what was typed. What it means is settled by [`crate::settings`] and the commands.

#[cfg(test)]
mod documented;
mod flags;
mod help;
mod holder;
mod keeping;
mod operator;
mod sandbox;

pub(crate) use flags::{BeginningFlags, DataFlags, ServingFlags};
pub(crate) use holder::{
    ActingFlags, AddProfileArguments, ApplyArguments, AuditArguments, BlastRadiusArguments, BurnArguments,
    CustodyCommand, DoctorArguments, DownloadArguments, ExecArguments, GenerateArguments, HolderCommand,
    IntroductoryArguments, KeyFlags, KeysCommand, ListArguments, MeansFlags, OfferCommand, PlanArguments,
    PricesCommand, ProfileCommand, PromotionalArguments, ReceiptCommand, RequestArguments, RevokeArguments,
    RotateArguments, RotateCommand, RunFlags, ScanArguments, ScanCommand, ServerFlag, ShowArguments,
    SignedArguments, SubscriptionFlags, TokenArguments, TransactionCommand, VerifyArguments,
};
pub(crate) use keeping::{
    BackupArguments, CatalogCommand, LedgerCommand, RestoreArguments, RotateSeal, SealCommand,
};
pub(crate) use operator::{
    AccessCommand, BootstrapArguments, DecidedTeam, InviteArguments, ListedTeam, OperatorCommand,
    PeopleCommand, ReasonedTeam, ReplicaCommand, ServeArguments, TeamCommand, TransferArguments,
};
pub(crate) use sandbox::{OfTeam, SandboxArguments, SandboxCommand};

use clap::{Parser, Subcommand};

/// API keys in two halves: the issuer keeps the public one, the holder signs with the private one.
#[derive(Debug, Parser)]
#[command(
    name = "counterfoil",
    version,
    about,
    help_template = help::TEMPLATE,
    max_term_width = 110,
    disable_help_subcommand = false,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print exactly one JSON document on standard output
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What those who hold keys do.
    #[command(flatten)]
    Holder(HolderCommand),
    /// What those who issue keys do.
    #[command(flatten)]
    Issuer(IssuerCommand),
    /// Print what makes a shell complete these commands
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write a manual page for each command into a folder
    #[command(after_long_help = help::MAN)]
    Man {
        /// The folder; made if it is missing
        #[arg(value_name = "DIR")]
        dir: std::path::PathBuf,
    },
}

/// What those who issue keys do.
#[derive(Debug, Subcommand)]
pub(crate) enum IssuerCommand {
    /// Run the server
    #[command(after_long_help = help::SERVE)]
    Serve(ServeArguments),
    /// Open a team with an Account Holder and a first key, for scripts
    #[command(after_long_help = help::BOOTSTRAP)]
    Bootstrap(BootstrapArguments),
    /// Review teams' requests for access to the API
    #[command(subcommand, after_long_help = help::ACCESS)]
    Access(AccessCommand),
    /// See teams, suspend, resume or close one, hand over its Account Holder's role
    #[command(subcommand, after_long_help = help::TEAM)]
    Team(TeamCommand),
    /// Invite people, let them in, erase them
    #[command(subcommand, after_long_help = help::PEOPLE)]
    People(PeopleCommand),
    /// Sign in to the console as the operator
    #[command(subcommand, after_long_help = help::OPERATOR)]
    Operator(OperatorCommand),
    /// Give verifiers elsewhere a credential for the feed
    #[command(subcommand, after_long_help = help::REPLICA)]
    Replica(ReplicaCommand),
    /// See and change what roles, kinds of keys and endpoints there are
    #[command(subcommand, after_long_help = help::CATALOG)]
    Catalog(CatalogCommand),
    /// Check the ledger, raise its format, or accept an older copy of it
    #[command(subcommand, after_long_help = help::LEDGER)]
    Ledger(LedgerCommand),
    /// Exchange the key that seals private halves until their download
    #[command(subcommand, after_long_help = help::SEAL)]
    Seal(SealCommand),
    /// Write a consistent copy of everything into a file, beside a running server
    #[command(after_long_help = help::BACKUP)]
    Backup(BackupArguments),
    /// Put a backup in place
    #[command(after_long_help = help::RESTORE)]
    Restore(RestoreArguments),
    /// Stand for App Store Connect, to try automation against
    #[command(after_long_help = help::SANDBOX)]
    Sandbox(SandboxArguments),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_overview_names_every_command_with_what_it_does() {
        for command in Arguments::command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let line = format!("  {:10} {about}\n", command.get_name());
            assert!(help::TEMPLATE.contains(&line), "the overview lacks this line:\n{line}");
        }
    }

    #[test]
    fn every_command_teaches_with_an_example() {
        for command in Arguments::command().get_subcommands() {
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{}", command.get_name());
        }
    }
}
