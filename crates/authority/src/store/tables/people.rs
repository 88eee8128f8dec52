//! Persons, their membership in teams, and invitations.
//!
//! A person is one for the installation and may be erased; events name members only, so the audit
//! stays readable without any of these rows.

mod address;

pub use address::{NormalEmail, normalise_email};

use crate::store::StoreFault;
use crate::store::statement::{Row, Statement, statements};
use counterfoil_core::id::{InvitationId, IssuerId, Malformed, MemberId, PersonId};
use counterfoil_core::time::Timestamp;

/// A person of the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which person.
    pub id: PersonId,
    /// The address as it was typed.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// Since when the person is known here.
    pub created_at: Timestamp,
    /// Since when the address is known to be the person's, if it is.
    pub email_proven_at: Option<Timestamp>,
}

/// A person's membership in a team, without the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The membership's id, which events name.
    pub member: MemberId,
    /// In which team.
    pub team: IssuerId,
    /// Whose.
    pub person: PersonId,
    /// Since when.
    pub joined_at: Timestamp,
    /// Until when, if it ended.
    pub left_at: Option<Timestamp>,
}

/// A member of a team, with the person's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// The membership's id, which events name.
    pub member: MemberId,
    /// Who it is.
    pub person: PersonId,
    /// The address as it was typed.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// Since when the person is in the team.
    pub joined_at: Timestamp,
    /// Until when, if the person left.
    pub left_at: Option<Timestamp>,
}

/// What an invitation says of the person invited. Which roles go with it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Which invitation.
    pub id: InvitationId,
    /// Into which team.
    pub team: IssuerId,
    /// The address as it was typed.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What an enrolment needs.
pub const NOBODYS_ADDRESS: &str = "an e-mail address nobody has yet";
/// What joining a team needs.
pub const NOT_IN_THE_TEAM: &str = "a person who is not in the team yet";
/// What an invitation needs.
pub const NOT_INVITED: &str = "an e-mail address that is neither invited nor in the team yet";
/// What taking up an invitation needs.
pub const THE_INVITATION: &str = "the invitation";
/// What erasing a person needs.
pub const IN_NO_TEAM_ANY_MORE: &str = "a person who is in no team any more";

statements! {
    PERSON = "SELECT p.id, p.email, p.first_name, p.last_name, p.created_at, a.proven_at
        FROM persons p LEFT JOIN proven_addresses a ON a.person_id = p.id WHERE p.id = $1";
    PERSON_BY_EMAIL = "SELECT p.id, p.email, p.first_name, p.last_name, p.created_at, a.proven_at
        FROM persons p LEFT JOIN proven_addresses a ON a.person_id = p.id
        WHERE p.email_normal = $1";
    PERSON_OF_MEMBER = "SELECT p.id, p.email, p.first_name, p.last_name, p.created_at, a.proven_at FROM persons p
        JOIN members m ON m.person_id = p.id LEFT JOIN proven_addresses a ON a.person_id = p.id
        WHERE m.member_id = $1";
    EVERYONE = "SELECT p.id, p.email, p.first_name, p.last_name, p.created_at, a.proven_at
        FROM persons p LEFT JOIN proven_addresses a ON a.person_id = p.id ORDER BY p.email_normal";
    ENROL = "INSERT INTO persons (id, email, email_normal, first_name, last_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    PROVE = "INSERT INTO proven_addresses (person_id, proven_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    GIVE_ADDRESS_BACK = "UPDATE persons SET email_normal = $1 WHERE id = $2 AND email_normal = $3
        AND NOT EXISTS (SELECT 1 FROM proven_addresses a WHERE a.person_id = persons.id)";
    RENAME = "UPDATE persons SET first_name = $1, last_name = $2 WHERE id = $3";
    JOIN = "INSERT INTO members (member_id, team, person_id, joined_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    LEAVE = "UPDATE members SET left_at = $1 WHERE member_id = $2 AND left_at IS NULL";
    MEMBERSHIP = "SELECT member_id, team, person_id, joined_at, left_at FROM members WHERE member_id = $1";
    MEMBERSHIPS_OF = "SELECT member_id, team, person_id, joined_at, left_at FROM members
        WHERE person_id = $1 ORDER BY joined_at, member_id";
    MEMBERS_OF = "SELECT m.member_id, m.person_id, p.email, p.first_name, p.last_name, m.joined_at, m.left_at
        FROM members m JOIN persons p ON p.id = m.person_id WHERE m.team = $1 ORDER BY m.joined_at, m.member_id";
    INVITE = "INSERT INTO invitations
        (id, team, email, email_normal, first_name, last_name, created_at, expires_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS (
            SELECT 1 FROM members m JOIN persons p ON p.id = m.person_id
            WHERE m.team = $2 AND p.email_normal = $4 AND m.left_at IS NULL)
        ON CONFLICT DO NOTHING";
    INVITATION = "SELECT id, team, email, first_name, last_name, created_at, expires_at
        FROM invitations WHERE id = $1";
    INVITATIONS_OF = "SELECT id, team, email, first_name, last_name, created_at, expires_at
        FROM invitations WHERE team = $1 ORDER BY created_at, id";
    INVITATIONS_TO = "SELECT id, team, email, first_name, last_name, created_at, expires_at
        FROM invitations WHERE email_normal = $1 ORDER BY created_at, id";
    END_INVITATION = "DELETE FROM invitations WHERE id = $1";
    PURGE_INVITATIONS = "DELETE FROM invitations WHERE expires_at < $1";
    IN_NO_TEAM = "UPDATE persons SET first_name = '' WHERE id = $1
        AND NOT EXISTS (SELECT 1 FROM members WHERE person_id = $1 AND left_at IS NULL)";
    ERASE_SESSIONS = "DELETE FROM sessions WHERE person_id = $1";
    ERASE_LINKS = "DELETE FROM links WHERE person_id = $1";
    ERASE_INVITATIONS = "DELETE FROM invitations
        WHERE email_normal IN (SELECT email_normal FROM persons WHERE id = $1)";
    ERASE_MEMBERSHIPS = "DELETE FROM members WHERE person_id = $1";
    ERASE_PROOF = "DELETE FROM proven_addresses WHERE person_id = $1";
    ERASE_OPERATOR = "DELETE FROM operators WHERE person_id = $1";
    ERASE_PASSWORD = "DELETE FROM passwords WHERE person_id = $1";
    ERASE_AUTHENTICATOR = "DELETE FROM authenticators WHERE person_id = $1";
    ERASE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE person_id = $1";
    ERASE_PASSKEYS = "DELETE FROM passkeys WHERE person_id = $1";
    ERASE_IDENTITIES = "DELETE FROM identities WHERE person_id = $1";
    ERASE_CHALLENGES = "DELETE FROM challenges WHERE person_id = $1";
    ERASE_SIGN_IN_EVENTS = "DELETE FROM sign_in_events WHERE person_id = $1";
    ERASE_PERSON = "DELETE FROM persons WHERE id = $1";
}

/// Finds a person.
#[must_use]
pub fn person(id: PersonId) -> Statement {
    Statement::new(PERSON, vec![id.into()])
}

/// Finds the person with this address.
#[must_use]
pub fn person_by_email(email: &NormalEmail) -> Statement {
    Statement::new(PERSON_BY_EMAIL, vec![email.as_str().into()])
}

/// Finds the person behind a membership, ended or not.
#[must_use]
pub fn person_of_member(member: MemberId) -> Statement {
    Statement::new(PERSON_OF_MEMBER, vec![member.into()])
}

/// All persons of the installation, by address.
#[must_use]
pub fn everyone() -> Statement {
    Statement::new(EVERYONE, vec![])
}

/// Makes a person known. Undone with its commit if the id or the address is taken.
///
/// # Errors
/// An address that can't be one.
pub fn enrol(person: &Person) -> Result<Statement, Malformed> {
    let normal = normalise_email(&person.email)?;
    let values = vec![
        person.id.into(),
        person.email.trim().into(),
        normal.into(),
        person.first_name.as_str().into(),
        person.last_name.as_str().into(),
        person.created_at.into(),
    ];
    Ok(Statement::new(ENROL, values).expecting_one(NOBODYS_ADDRESS))
}

/// Notes that a person's address is known to be the person's.
#[must_use]
pub fn prove_address(id: PersonId, now: Timestamp) -> Statement {
    Statement::new(PROVE, vec![id.into(), now.into()])
}

/// Takes an address from a person who never proved it, for whoever does: from now on the person is found by no
/// address. Changes nothing if it was proven meanwhile.
#[must_use]
pub fn give_address_back(id: PersonId, email: &NormalEmail) -> Statement {
    Statement::new(GIVE_ADDRESS_BACK, vec![format!("unproven {id}").into(), id.into(), email.as_str().into()])
}

/// Changes what a person is called.
#[must_use]
pub fn rename(id: PersonId, first_name: &str, last_name: &str) -> Statement {
    Statement::new(RENAME, vec![first_name.into(), last_name.into(), id.into()])
        .expecting_one("the person")
        .erasing()
}

/// Makes a person a member of a team. Undone with its commit if the person is one already.
#[must_use]
pub fn join(member: MemberId, team: IssuerId, person: PersonId, now: Timestamp) -> Statement {
    let values = vec![member.into(), team.into(), person.into(), now.into()];
    Statement::new(JOIN, values).expecting_one(NOT_IN_THE_TEAM)
}

/// Ends a membership; the row stays, so that the audit can name who it was until the person is
/// erased.
#[must_use]
pub fn leave(member: MemberId, now: Timestamp) -> Statement {
    Statement::new(LEAVE, vec![now.into(), member.into()]).expecting_one("the membership")
}

/// Ends a membership, if there is one: for what must not hang on whether its person was erased.
#[must_use]
pub fn leave_if_any(member: MemberId, now: Timestamp) -> Statement {
    Statement::new(LEAVE, vec![now.into(), member.into()])
}

/// Finds a membership, ended or not.
#[must_use]
pub fn membership(member: MemberId) -> Statement {
    Statement::new(MEMBERSHIP, vec![member.into()])
}

/// A person's memberships, ended ones too, oldest first.
#[must_use]
pub fn memberships_of(person: PersonId) -> Statement {
    Statement::new(MEMBERSHIPS_OF, vec![person.into()])
}

/// A team's members with their names, former ones too, oldest first.
#[must_use]
pub fn members_of(team: IssuerId) -> Statement {
    Statement::new(MEMBERS_OF, vec![team.into()])
}

/// Keeps what an invitation says of a person. Undone with its commit if the address is invited
/// into the team already, or is that of somebody who is in it.
///
/// # Errors
/// An address that can't be one.
pub fn invite(invitation: &Invitation) -> Result<Statement, Malformed> {
    let normal = normalise_email(&invitation.email)?;
    let values = vec![
        invitation.id.into(),
        invitation.team.into(),
        invitation.email.trim().into(),
        normal.into(),
        invitation.first_name.as_str().into(),
        invitation.last_name.as_str().into(),
        invitation.created_at.into(),
        invitation.expires_at.into(),
    ];
    Ok(Statement::new(INVITE, values).expecting_one(NOT_INVITED))
}

/// Finds an invitation.
#[must_use]
pub fn invitation(id: InvitationId) -> Statement {
    Statement::new(INVITATION, vec![id.into()])
}

/// A team's open invitations, expired ones too, oldest first.
#[must_use]
pub fn invitations_of(team: IssuerId) -> Statement {
    Statement::new(INVITATIONS_OF, vec![team.into()])
}

/// The invitations to an address, expired ones too, oldest first.
#[must_use]
pub fn invitations_to(email: &NormalEmail) -> Statement {
    Statement::new(INVITATIONS_TO, vec![email.as_str().into()])
}

/// Removes an invitation: it was taken up, or taken back.
#[must_use]
pub fn end_invitation(id: InvitationId) -> Statement {
    Statement::new(END_INVITATION, vec![id.into()]).expecting_one(THE_INVITATION).erasing()
}

/// Removes what invitations say of people that ran out before this moment.
#[must_use]
pub fn purge_invitations(before: Timestamp) -> Statement {
    Statement::new(PURGE_INVITATIONS, vec![before.into()])
}

/// Removes what an invitation says of a person, if it is there: for what must not hang on whether
/// the person was erased.
#[must_use]
pub fn forget_invitation(id: InvitationId) -> Statement {
    Statement::new(END_INVITATION, vec![id.into()]).erasing()
}

/// Undoes everything around it unless the person is there and in no team.
#[must_use]
pub fn must_be_in_no_team(person: PersonId) -> Statement {
    Statement::new(IN_NO_TEAM, vec![person.into()]).expecting_one(IN_NO_TEAM_ANY_MORE)
}

/// Removes a person from every table. The last statement needs the person to be there.
#[must_use]
pub fn erase(person: PersonId) -> Vec<Statement> {
    let steps = [
        ERASE_SESSIONS,
        ERASE_LINKS,
        ERASE_INVITATIONS,
        ERASE_MEMBERSHIPS,
        ERASE_PROOF,
        ERASE_OPERATOR,
        ERASE_PASSWORD,
        ERASE_AUTHENTICATOR,
        ERASE_RECOVERY_CODES,
        ERASE_PASSKEYS,
        ERASE_IDENTITIES,
        ERASE_CHALLENGES,
        ERASE_SIGN_IN_EVENTS,
    ];
    let mut statements: Vec<Statement> =
        steps.iter().map(|sql| Statement::new(sql, vec![person.into()]).erasing()).collect();
    statements.push(Statement::new(ERASE_PERSON, vec![person.into()]).expecting_one("the person").erasing());
    statements
}

impl TryFrom<Row> for Person {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            id: row.id(0)?,
            email: row.text(1)?.to_owned(),
            first_name: row.text(2)?.to_owned(),
            last_name: row.text(3)?.to_owned(),
            created_at: row.time(4)?,
            email_proven_at: row.maybe_time(5)?,
        })
    }
}

impl TryFrom<Row> for Membership {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            member: row.id(0)?,
            team: row.id(1)?,
            person: row.id(2)?,
            joined_at: row.time(3)?,
            left_at: row.maybe_time(4)?,
        })
    }
}

impl TryFrom<Row> for MemberRow {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            member: row.id(0)?,
            person: row.id(1)?,
            email: row.text(2)?.to_owned(),
            first_name: row.text(3)?.to_owned(),
            last_name: row.text(4)?.to_owned(),
            joined_at: row.time(5)?,
            left_at: row.maybe_time(6)?,
        })
    }
}

impl TryFrom<Row> for Invitation {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            id: row.id(0)?,
            team: row.id(1)?,
            email: row.text(2)?.to_owned(),
            first_name: row.text(3)?.to_owned(),
            last_name: row.text(4)?.to_owned(),
            created_at: row.time(5)?,
            expires_at: row.time(6)?,
        })
    }
}
