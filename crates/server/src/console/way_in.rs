//! Ways in: setting up, signing in, proving oneself anew, joining a team, securing one's account, signing out.

pub(crate) mod code;
pub(crate) mod join;

pub(crate) mod over;
pub(crate) mod secure;
pub(crate) mod set_up;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod step_up;

use super::answer::moved;
use super::visitor::Visitor;
use crate::cookies;
use crate::error::Problem;
use crate::query::encoded;
use crate::reply::Reply;
use counterfoil_authority::secret::Secret;
use counterfoil_authority::sign_in::Outcome;
use std::time::Duration;

/// The page that somebody wanted to see: one of ours, or the start. Whatever could lead elsewhere is not one.
pub(crate) fn onward(asked: &str) -> &str {
    const LONGEST: usize = 2_000;
    let is_plain =
        asked.len() <= LONGEST && asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let below = |start: &str| {
        let rest = asked.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    };
    if is_plain && (below("/console") || below("/join") || below("/secure")) { asked } else { "/console" }
}

/// This way, with the page that is wanted afterwards.
pub(crate) fn on_the_way(place: &str, to: &str) -> String {
    format!("{place}?to={}", encoded(to))
}

/// Lets somebody in, and leads them to this page.
///
/// # Errors
/// If the store can't be read or did not take it.
pub(crate) async fn let_in(visitor: &Visitor, session: &Secret, to: &str) -> Result<Reply, Problem> {
    admitted(visitor, session, moved(onward(to))).await
}

/// Gives a browser a session that no one else has seen. The one that it had before is over, and from now on the browser
/// is known as this person's.
///
/// # Errors
/// If the store can't be read or did not take it.
pub(crate) async fn admitted(visitor: &Visitor, session: &Secret, reply: Reply) -> Result<Reply, Problem> {
    let (settings, authority) = (visitor.settings(), visitor.authority());
    if let Some(before) = &visitor.signed_in {
        authority.end_session(&before.secret).await?;
    }
    let mut reply = reply.with_cookie(cookies::signed_in(session.expose(), settings));
    if let Some(person) = authority.session(session.expose()).await?.and_then(|opened| opened.person()) {
        let marks = authority.marks_of_browser(person, &visitor.from().marks);
        reply = reply.with_cookie(cookies::marks(&marks, settings));
    }
    let has_pending = cookies::value(&visitor.call.headers, cookies::pending_name(settings)).is_some();
    Ok(if has_pending { reply.with_cookie(cookies::pending_over(settings)) } else { reply })
}

/// Where signing in leads; if nowhere, what is said of it.
///
/// # Errors
/// If the store can't be read or did not take it.
pub(crate) async fn settled(
    visitor: &Visitor,
    outcome: Outcome,
    to: &str,
    no: &str,
) -> Result<Result<Reply, String>, Problem> {
    Ok(match outcome {
        Outcome::In(session) => Ok(let_in(visitor, &session, to).await?),
        Outcome::MustEnrol(session) => {
            Ok(let_in(visitor, &session, &on_the_way("/secure", onward(to))).await?)
        }
        Outcome::NeedsSecondFactor(pending) => {
            let cookie = cookies::pending(pending.expose(), visitor.settings());
            Ok(moved(&on_the_way("/sign-in/code", onward(to))).with_cookie(cookie))
        }
        Outcome::Wait(time) => Err(wait(time)),
        Outcome::No => Err(no.to_owned()),
    })
}

/// What is said to somebody who must wait. Nobody is locked out: a passkey is never made to wait.
pub(crate) fn wait(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    format!("Too many attempts went wrong. Wait {seconds} {unit}, then try again; a passkey works at once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_led_to() {
        for ours in ["/console", "/console/teams/x/keys?q=1#top", "/join?link=abc", "/secure"] {
            assert_eq!(onward(ours), ours);
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/console",
            "/consoles",
            "/console\\..\\",
            "/console\r\nSet-Cookie: a=b",
            "/v1/apiKeys",
            "javascript:alert(1)",
            "/sign-out",
            "/console@evil.example",
            "/console.evil.example",
            "console",
        ] {
            assert_eq!(onward(other), "/console", "{other}");
        }
    }

    #[test]
    fn who_must_wait_is_told_how_long() {
        for (time, words) in
            [(1_000, "Wait 1 second,"), (1_500, "Wait 2 seconds,"), (30_000, "Wait 30 seconds,")]
        {
            assert!(wait(Duration::from_millis(time)).contains(words));
        }
    }
}
