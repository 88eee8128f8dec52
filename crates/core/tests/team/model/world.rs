//! A few teams under one book of rules, and the chance that moves them.

use super::books::{APPSTORE, Book, PARCELS, WORKSHOP, name};
use super::dice::Dice;
use super::naive;
use crate::stage::{
    self, app_id, half, invitation_id, issuer_id, key_id, kind_name, member_id, remark, role_name,
};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Actor, PrivateHalfAt, RevocationReason, Sees};
use counterfoil_core::id::{AppName, BundleId, InvitationId, KeyId, KeyName, MemberId, TeamName};
use counterfoil_core::roles::Roles;
use counterfoil_core::rotation::RotationAge;
use counterfoil_core::team::{Circumstances, Command, NewKey, NewMember, SightChange, Standing, Team};
use counterfoil_core::time::Timestamp;
use std::time::Duration;

/// Teams, each twice: as the rules have it and as the model has it.
pub(crate) struct World {
    pub(crate) catalog: &'static Catalog,
    pub(crate) book: &'static Book,
    pub(crate) teams: Vec<(Team, naive::Team)>,
    /// What was done so far.
    pub(crate) history: Vec<String>,
    dice: Dice,
    now: Timestamp,
    fresh: u32,
    temper: Temper,
}

/// What is likely in a world.
struct Temper {
    /// Commands that are drawn more often than others.
    favourites: &'static [&'static str],
    /// In how many cases of a hundred it is one of these.
    eagerness: usize,
    /// How many teams there are.
    teams: u32,
    /// In how many cases of a hundred it is somebody who may.
    obedience: usize,
}

/// Something that is tried.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) team: usize,
    pub(crate) by: Actor,
    pub(crate) command: Command,
    pub(crate) now: Timestamp,
}

impl Step {
    pub(crate) fn circumstances<'a>(&self, catalog: &'a Catalog) -> Circumstances<'a> {
        Circumstances { catalog, by: self.by, now: self.now }
    }
}

impl World {
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let (catalog, book): (&Catalog, &Book) = match number % 5 {
            2 => (&stage::PARCELS, &PARCELS),
            3 | 4 => (&stage::WORKSHOP, &WORKSHOP),
            _ => (&stage::APPSTORE, &APPSTORE),
        };
        let now = Timestamp::from_seconds(1_800_000_000);
        let temper = Temper::draw(&mut dice);
        let teams = (1..=temper.teams).map(|number| open(catalog, book, number, now)).collect();
        let history = vec![format!("seed {seed}, world {number}")];
        Self { catalog, book, teams, history, dice, now, fresh: 1000, temper }
    }

    /// What was done, the latest last.
    pub(crate) fn told(&self) -> String {
        self.history[self.history.len().saturating_sub(40)..].join("\n")
    }

    /// What is tried next.
    pub(crate) fn draw(&mut self) -> Step {
        let team = self.team();
        self.move_clock();
        let wish = self.wish(team);
        let command = self.command(team, wish);
        let by = if self.dice.percent(self.temper.obedience) {
            self.whoever_may(team, &command)
        } else {
            self.anybody(team)
        };
        let step = Step { team, by, now: self.moment(team, &command), command };
        self.history.push(format!("{step:?}"));
        step
    }

    /// Mostly one that is not closed.
    fn team(&mut self) -> usize {
        let any = self.dice.below(self.teams.len());
        let closed = self.teams[any].0.standing == Standing::Closed;
        if closed { self.dice.below(self.teams.len()) } else { any }
    }

    /// Now, or sometimes the very last moment of an invitation, or the one after it.
    fn moment(&mut self, team: usize, command: &Command) -> Timestamp {
        let Command::Join { invitation, .. } = command else { return self.now };
        let Some(found) = self.teams[team].0.invitations.get(invitation) else { return self.now };
        match self.dice.below(12) {
            0 => found.expires_at,
            1 => found.expires_at.plus(Duration::from_millis(1)),
            _ => self.now,
        }
    }

    /// Mostly on, sometimes back.
    fn move_clock(&mut self) {
        let by = Duration::from_millis(self.dice.below(3_000_000) as u64);
        self.now = if self.dice.percent(30) { self.now.minus(by) } else { self.now.plus(by) };
    }

    fn wish(&mut self, team: usize) -> &'static str {
        if self.teams[team].0.standing == Standing::Suspended && self.dice.percent(30) {
            return "Resume";
        }
        if self.dice.percent(self.temper.eagerness) {
            return self.temper.favourites[self.dice.below(self.temper.favourites.len())];
        }
        let seldom = ["Close", "Suspend", "WithdrawAccess"];
        let wish = super::books::COMMANDS[self.dice.below(super::books::COMMANDS.len())];
        if seldom.contains(&wish) && self.dice.percent(if wish == "Close" { 97 } else { 40 }) {
            "Join"
        } else {
            wish
        }
    }

    fn command(&mut self, team: usize, wish: &str) -> Command {
        let reason = self.dice.percent(50).then(|| remark("Because."));
        match wish {
            "RequestAccess" => Command::RequestAccess { terms_agreed: self.dice.percent(80) },
            "ApproveAccess" => Command::ApproveAccess,
            "DeclineAccess" => Command::DeclineAccess { reason },
            "WithdrawAccess" => Command::WithdrawAccess { reason },
            "Suspend" => Command::Suspend { reason },
            "Resume" => Command::Resume,
            "Close" => Command::Close { reason },
            "TransferOwnership" => Command::TransferOwnership { to: self.member(team) },
            "Invite" => self.invite(team),
            "CancelInvitation" => Command::CancelInvitation { invitation: self.invitation(team) },
            "Join" => {
                let member = if self.dice.percent(85) { member_id(self.fresh()) } else { self.member(team) };
                Command::Join { invitation: self.invitation(team), member }
            }
            "ChangeMember" => self.change(team),
            "RemoveMember" => Command::RemoveMember { member: self.member(team) },
            "SetRotationAge" => {
                let ages = [RotationAge::Never, RotationAge::Days(30), RotationAge::Days(365)];
                Command::SetRotationAge { age: ages[self.dice.below(ages.len())] }
            }
            "RegisterApp" => self.register(),
            "RemoveApp" => Command::RemoveApp { app: app_id(&format!("app{}", self.dice.below(8))) },
            "GenerateKey" => self.generate(team),
            "Download" => Command::Download { key: self.key(team) },
            "EraseHalf" => Command::EraseHalf { key: self.key(team) },
            "Revoke" => {
                let keys = (0..=self.dice.below(3)).map(|_| self.key(team)).collect();
                let all = RevocationReason::ALL;
                Command::Revoke { keys, reason: all[self.dice.below(all.len())], remark: reason }
            }
            other => panic!("there is no command {other}"),
        }
    }

    fn invite(&mut self, team: usize) -> Command {
        let invitation =
            if self.dice.percent(90) { invitation_id(self.fresh()) } else { self.invitation(team) };
        let as_member = NewMember {
            roles: self.roles(),
            sees: self.sight(team),
            provisioning_allowed: self.dice.percent(50),
        };
        let withheld = if self.dice.percent(80) { Roles::none() } else { self.roles() };
        let lasts = Duration::from_millis(self.dice.below(90_000_000) as u64);
        let expires_at = if self.dice.percent(95) { self.now.plus(lasts) } else { self.now.minus(lasts) };
        Command::Invite { invitation, as_member, withheld, expires_at }
    }

    fn change(&mut self, team: usize) -> Command {
        let member = self.member(team);
        let present = self.teams[team].0.members.get(&member).map(|member| member.roles.clone());
        let roles = match (self.dice.below(5), present) {
            (0, _) => None,
            (1, Some(present)) => Some(present),
            (2, Some(present)) => Some(present.iter().chain(self.roles().iter()).cloned().collect()),
            (3, Some(present)) => {
                let but = self.dice.maybe(present.iter().cloned());
                Some(but.map_or_else(Roles::none, |but| present.without(&but)))
            }
            _ => Some(self.roles()),
        };
        let sees = if self.dice.percent(60) { None } else { Some(self.sight_change(team)) };
        let provisioning_allowed = [None, Some(true), Some(false)][self.dice.below(3)];
        Command::ChangeMember { member, roles, sees, provisioning_allowed }
    }

    fn register(&mut self) -> Command {
        Command::RegisterApp {
            app: app_id(&format!("app{}", self.dice.below(8))),
            bundle: BundleId::try_from("com.example.pear").unwrap(),
            name: AppName::try_from("Pear").unwrap(),
        }
    }

    fn generate(&mut self, team: usize) -> Command {
        let key = if self.dice.percent(93) { key_id(self.fresh()) } else { self.key(team) };
        let kinds: Vec<_> = self.book.kinds.iter().map(|kind| kind.name).collect();
        let kind = match self.dice.below(20) {
            0 => "ORCHARD",
            1..=9 => kinds[0],
            _ => kinds[self.dice.below(kinds.len())],
        };
        let roles = match self.dice.below(10) {
            0 => None,
            1 => Some(Roles::none()),
            2..=4 if kind != kinds[0] => None,
            _ if kind != kinds[0] && self.dice.percent(80) => None,
            _ => Some(self.roles()),
        };
        Command::GenerateKey(NewKey {
            key,
            kind: kind_name(kind),
            name: KeyName::try_from(self.dice.pick(&["build", "night shift", "🍐"])).unwrap(),
            roles,
            public: half(self.fresh()),
            private: if self.dice.percent(75) { PrivateHalfAt::Issuer } else { PrivateHalfAt::Holder },
        })
    }

    /// Mostly one or two roles that can be given, sometimes anything.
    fn roles(&mut self) -> Roles {
        let (book, dice) = (self.book, &mut self.dice);
        let ordinary: Vec<_> =
            book.roles.iter().map(|role| role.name).filter(|role| *role != book.owner).collect();
        let mut names = vec![ordinary[dice.below(ordinary.len())]];
        names.extend(dice.some(&ordinary, 1));
        let permissions: Vec<_> = book.permissions.iter().map(|(permission, _)| *permission).collect();
        names.extend(dice.some(&permissions, 1));
        match dice.below(25) {
            0 => names.push(book.owner),
            1 => names.push("GARDENER"),
            2 => names = dice.some(&permissions, 2),
            _ => {}
        }
        names.into_iter().map(role_name).collect()
    }

    fn sight_change(&mut self, team: usize) -> SightChange {
        match (self.dice.below(3), self.sight(team)) {
            (0, Sees::Apps(apps)) => SightChange::Also(apps),
            (1, Sees::Apps(apps)) => SightChange::NoMore(apps),
            (_, sees) => SightChange::Exactly(sees),
        }
    }

    fn sight(&mut self, team: usize) -> Sees {
        if self.dice.percent(40) {
            return Sees::AllApps;
        }
        let there: Vec<_> = self.teams[team].0.apps.keys().cloned().collect();
        let mut apps = self.dice.some(&there, 3);
        if self.dice.percent(5) {
            apps.push(app_id("app99"));
        }
        Sees::Apps(apps.into_iter().collect())
    }

    fn fresh(&mut self) -> u32 {
        self.fresh += 1;
        self.fresh
    }

    /// Mostly a member, sometimes somebody who was one or is one elsewhere.
    fn member(&mut self, team: usize) -> MemberId {
        let elsewhere = self.dice.below(self.teams.len());
        let of = if self.dice.percent(93) { team } else { elsewhere };
        let number = 1000 + self.dice.below(self.fresh as usize) as u32;
        if self.dice.percent(4) {
            return member_id(number);
        }
        self.dice.maybe(self.teams[of].0.members.keys().copied()).unwrap_or(member_id(number))
    }

    /// Mostly one of the latest keys, sometimes any, one of elsewhere, or none at all.
    fn key(&mut self, team: usize) -> KeyId {
        let elsewhere = self.dice.below(self.teams.len());
        let of = if self.dice.percent(93) { team } else { elsewhere };
        let latest = self.teams[of]
            .0
            .keys
            .keys()
            .rev()
            .take(if self.dice.percent(60) { 4 } else { usize::MAX })
            .copied();
        self.dice.maybe(latest).unwrap_or(key_id(7))
    }

    fn invitation(&mut self, team: usize) -> InvitationId {
        let latest = if self.dice.percent(70) { 3 } else { usize::MAX };
        let found = self.dice.maybe(self.teams[team].0.invitations.keys().rev().take(latest).copied());
        found.filter(|_| self.dice.percent(97)).unwrap_or(invitation_id(7))
    }

    /// Somebody, of this team or not.
    fn anybody(&mut self, team: usize) -> Actor {
        match self.dice.below(8) {
            0 => Actor::Operator,
            1 => Actor::Holder(self.key(team)),
            2..=4 => Actor::ApiKey(self.key(team)),
            _ => Actor::User(self.member(team)),
        }
    }

    /// Somebody who probably may.
    fn whoever_may(&mut self, team: usize, command: &Command) -> Actor {
        let (rules, model) = &self.teams[team];
        let owner = Actor::User(rules.owner);
        match command {
            Command::GenerateKey(_) if self.dice.percent(30) => Actor::User(self.member(team)),
            Command::Download { key } | Command::EraseHalf { key } if self.dice.percent(50) => {
                let person = rules.keys.get(key).and_then(|key| key.member());
                person.map_or(owner, Actor::User)
            }
            Command::Revoke { keys, .. } if self.dice.percent(20) => Actor::Holder(keys[0]),
            _ => {
                let all = [Actor::Operator, owner, owner].into_iter().chain(admins(rules));
                let may =
                    all.filter(|actor| model.objections(self.book, *actor, command, self.now).is_empty());
                let may: Vec<_> = may.collect();
                self.dice.maybe(may).unwrap_or(if name(command) == "ApproveAccess" {
                    Actor::Operator
                } else {
                    owner
                })
            }
        }
    }
}

/// A few users and keys that hold the most.
fn admins(team: &Team) -> impl Iterator<Item = Actor> {
    let users = team.members.keys().take(3).map(|member| Actor::User(*member));
    users.chain(team.keys.keys().take(3).map(|key| Actor::ApiKey(*key)))
}

fn open(catalog: &Catalog, book: &Book, number: u32, now: Timestamp) -> (Team, naive::Team) {
    let owner = member_id(number);
    let opening = Team::open(catalog, TeamName::try_from("Orchard").unwrap(), owner);
    let mut team = Team::opened(issuer_id(number), now, &opening[0]).unwrap();
    opening[1..].iter().for_each(|event| team.apply(now, Actor::Operator, event));
    let model = naive::Team::new(book, &owner.to_string());
    assert_eq!(super::differences(&team, &model), Vec::<String>::new(), "on the first day");
    (team, model)
}

impl Temper {
    fn draw(dice: &mut Dice) -> Self {
        const TEMPERS: [&[&str]; 5] = [
            &["GenerateKey", "RequestAccess", "ApproveAccess"],
            &["Invite", "Join", "ChangeMember", "GenerateKey", "RequestAccess", "ApproveAccess"],
            &["Invite", "Join", "ChangeMember", "RegisterApp", "RemoveMember", "TransferOwnership"],
            &["GenerateKey", "Download", "Revoke", "EraseHalf", "RequestAccess", "ApproveAccess"],
            &["Join", "WithdrawAccess", "RequestAccess", "DeclineAccess"],
        ];
        if dice.percent(10) {
            return Self::hoarding();
        }
        let favourites = TEMPERS[dice.below(TEMPERS.len())];
        Self { favourites, eagerness: 50, teams: 1 + dice.below(3) as u32, obedience: 40 + dice.below(60) }
    }

    /// One team that makes keys and does little else, until it has all it may.
    fn hoarding() -> Self {
        let favourites = &["GenerateKey", "GenerateKey", "GenerateKey", "RequestAccess", "ApproveAccess"];
        Self { favourites, eagerness: 95, teams: 1, obedience: 95 }
    }
}
