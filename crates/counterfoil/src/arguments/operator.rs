//! Commands about the server, teams and people.

use super::{BeginningFlags, DataFlags, ServingFlags};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Run the server.
#[derive(Args, Debug)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) settings: ServingFlags,
}

/// Open a team with an Account Holder and a first key.
#[derive(Args, Debug)]
pub(crate) struct BootstrapArguments {
    /// What the team is called. It stands in the ledger for ever
    #[arg(long, value_name = "NAME")]
    pub(crate) team: String,
    /// The Account Holder's e-mail address
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: String,
    /// Where the private halves are written, each for its owner alone; made if it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The Account Holder's first name (what stands before the @, if left out)
    #[arg(long, value_name = "NAME")]
    pub(crate) first_name: Option<String>,
    /// The Account Holder's last name (what stands behind the @, if left out)
    #[arg(long, value_name = "NAME")]
    pub(crate) last_name: Option<String>,
    /// What the key is called, at most 30 characters. It stands in the ledger for ever
    #[arg(long, value_name = "NAME", default_value = "bootstrap")]
    pub(crate) key_name: String,
    /// Also generate the Account Holder's individual key
    #[arg(long)]
    pub(crate) individual: bool,
    /// Also make a one-time link with which the Account Holder signs in to the console
    #[arg(long)]
    pub(crate) sign_in: bool,
    #[command(flatten)]
    pub(crate) settings: BeginningFlags,
}

/// Review teams' requests for access to the API.
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// List where each team stands
    List(ListedTeam),
    /// Give access that was requested
    Approve(DecidedTeam),
    /// Refuse access that was requested
    Decline(ReasonedTeam),
    /// Take access back: the team's keys open nothing until it is requested and approved again
    Withdraw(ReasonedTeam),
}

/// See teams and change their standing.
#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// List the teams
    List(ListedTeam),
    /// Stop everything of a team for a while
    Suspend(ReasonedTeam),
    /// End a suspension
    Resume(DecidedTeam),
    /// End a team for good
    Close(ReasonedTeam),
    /// Give the Account Holder's role to another member
    Transfer(TransferArguments),
}

/// One team, or all.
#[derive(Args, Debug)]
pub(crate) struct ListedTeam {
    /// Only this team
    #[arg(value_name = "ISSUER_ID")]
    pub(crate) team: Option<String>,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}

/// The team that something is decided of.
#[derive(Args, Debug)]
pub(crate) struct DecidedTeam {
    /// The team
    #[arg(value_name = "ISSUER_ID")]
    pub(crate) team: String,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}

/// The team that something is decided of, and why.
#[derive(Args, Debug)]
pub(crate) struct ReasonedTeam {
    /// The team
    #[arg(value_name = "ISSUER_ID")]
    pub(crate) team: String,
    /// Why, in a sentence that the team reads. It stands in the ledger for ever: name nobody in it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Don't ask whether it is meant (asked where it can't be undone)
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}

/// To whom the Account Holder's role goes.
#[derive(Args, Debug)]
pub(crate) struct TransferArguments {
    /// The team
    #[arg(value_name = "ISSUER_ID")]
    pub(crate) team: String,
    /// A member of the team, by user id or e-mail address
    #[arg(long, value_name = "USER_ID|EMAIL")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}

/// Invite people, let them in, erase them.
#[derive(Debug, Subcommand)]
pub(crate) enum PeopleCommand {
    /// List members and open invitations
    List(ListedTeam),
    /// Invite somebody into a team
    Invite(InviteArguments),
    /// Let an invited person in
    Join {
        /// The invitation, as `people list` shows it
        #[arg(value_name = "INVITATION_ID")]
        invitation: String,
        #[command(flatten)]
        settings: DataFlags,
    },
    /// Make a link with which a person signs in to the console: one use, one hour
    SignInLink {
        /// The person's e-mail address
        #[arg(value_name = "EMAIL")]
        email: String,
        #[command(flatten)]
        settings: DataFlags,
    },
    /// End a person's memberships, revoke the individual keys and delete name and e-mail address everywhere
    Erase {
        /// The person's e-mail address
        #[arg(value_name = "EMAIL")]
        email: String,
        /// Don't ask whether it is meant
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        settings: DataFlags,
    },
}

/// Who is invited, and with what.
#[derive(Args, Debug)]
pub(crate) struct InviteArguments {
    /// The team
    #[arg(value_name = "ISSUER_ID")]
    pub(crate) team: String,
    /// The person's e-mail address
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: String,
    /// The person's first name
    #[arg(long, value_name = "NAME")]
    pub(crate) first_name: String,
    /// The person's last name
    #[arg(long, value_name = "NAME")]
    pub(crate) last_name: String,
    /// A role or permission; say it again for more (`catalog show` lists them)
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub(crate) roles: Vec<String>,
    /// A permission that usually comes with the roles, and shall not
    #[arg(long = "without", value_name = "PERMISSION")]
    pub(crate) withheld: Vec<String>,
    /// An app that the person sees; say it again for more [default: all apps]
    #[arg(long = "app", value_name = "APP_ID")]
    pub(crate) apps: Vec<String>,
    /// The person may use certificates, identifiers and profiles
    #[arg(long)]
    pub(crate) provisioning: bool,
    #[command(flatten)]
    pub(crate) settings: DataFlags,
}

/// Sign in to the console as the operator.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorCommand {
    /// Make a link with which the operator signs in: one use, one hour
    Link {
        #[command(flatten)]
        settings: DataFlags,
    },
}

/// Credentials for the feed.
#[derive(Debug, Subcommand)]
pub(crate) enum ReplicaCommand {
    /// Make a credential, shown this once
    Add {
        /// What the replica is called. It stands in the ledger for ever
        name: String,
        #[command(flatten)]
        settings: DataFlags,
    },
    /// List the replicas and how far each has read
    List {
        #[command(flatten)]
        settings: DataFlags,
    },
    /// End a replica's credential
    Remove {
        /// What the replica is called
        name: String,
        #[command(flatten)]
        settings: DataFlags,
    },
}
