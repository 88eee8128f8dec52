//! Posts to other people's servers: webhooks, and notifications of the server API.
//!
//! A post is made off the request that caused it, and only after what it tells is kept. It goes to whom a team named,
//! so it is held short: so many wait, fewer of one team, so many are under way, teams take turns, each is made for so long, no
//! redirect is followed, and of the answer only the beginning is read. Loopback is allowed: a sandbox is for trying at home. Link-local addresses,
//! where clouds keep a machine's credentials, are not.

mod post;
mod target;
mod turns;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use tokio::runtime;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{Id, JoinError, JoinSet};
use turns::Turns;

pub(crate) use post::Content;
pub(crate) use target::Target;

/// How many posts may wait or be under way; more are refused.
const MOST_WAITING: usize = 1000;
/// How many of one team, so that one whose target is dead leaves places for others.
const MOST_OF_A_TEAM: usize = 100;
const TOO_MANY: &str = "Too many deliveries are waiting";

/// A post that is to be made.
pub(crate) struct Post {
    pub(crate) team: String,
    pub(crate) to: Target,
    pub(crate) content: Content,
    /// Is told what became of it, on the sender's own thread.
    pub(crate) done: Box<dyn FnOnce(Outcome) + Send>,
}

/// What became of a post: what the other side answered, or why there is no answer, in words for who named the target.
pub(crate) type Outcome = Result<Answered, String>;

/// What the other side answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// The beginning of the body.
    pub(crate) body: String,
}

impl Answered {
    /// Whether it was taken. Being sent elsewhere is not.
    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// The sender: a thread of its own, begun by the first post. It ends when this is dropped.
#[derive(Default)]
pub(crate) struct Outgoing {
    queue: OnceLock<Option<Sender<Taken>>>,
    places: Places,
}

impl Outgoing {
    /// Puts a post in the queue. One that finds no place there is told so at once, on this thread.
    pub(crate) fn send(&self, post: Post) {
        let Some(place) = self.places.take(&post.team) else {
            return (post.done)(Err(TOO_MANY.to_owned()));
        };
        let taken = Taken { post, place };
        let refused = match self.queue.get_or_init(begin) {
            Some(queue) => queue.try_send(taken).err(),
            None => Some(TrySendError::Closed(taken)),
        };
        match refused {
            None => {}
            Some(TrySendError::Full(taken)) => taken.end(Err(TOO_MANY.to_owned())),
            Some(TrySendError::Closed(taken)) => {
                taken.end(Err("The sandbox can't send; its log says why".to_owned()));
            }
        }
    }
}

/// A post that has a place of its team's.
struct Taken {
    post: Post,
    place: Place,
}

impl Taken {
    /// Gives the place back, and then tells what became of the post: who hears of it may send the next.
    fn end(self, outcome: Outcome) {
        drop(self.place);
        (self.post.done)(outcome);
    }
}

/// How many places each team has taken; one that has none is not here.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<BTreeMap<String, usize>>>);

impl Places {
    fn take(&self, team: &str) -> Option<Place> {
        let mut all = self.lock();
        let of_team = all.get(team).copied().unwrap_or_default();
        if of_team >= MOST_OF_A_TEAM || all.values().sum::<usize>() >= MOST_WAITING {
            return None;
        }
        all.insert(team.to_owned(), of_team + 1);
        Some(Place { team: team.to_owned(), places: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, until this is dropped.
struct Place {
    team: String,
    places: Places,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.places.lock();
        if let Some(taken) = all.get_mut(&self.team) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.team);
            }
        }
    }
}

fn begin() -> Option<Sender<Taken>> {
    let (queue, waiting) = channel(MOST_WAITING);
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let begun = runtime.and_then(|runtime| {
        let work = move || runtime.block_on(work(waiting));
        thread::Builder::new().name("sandbox-outgoing".to_owned()).spawn(work)
    });
    match begun {
        Ok(_) => Some(queue),
        Err(fault) => {
            tracing::error!(%fault, "The sandbox can't send webhooks and notifications");
            None
        }
    }
}

/// Makes posts as they come, until no more can come and all have been made.
async fn work(mut waiting: Receiver<Taken>) {
    let (mut turns, mut making) = (Turns::default(), Making::default());
    let mut may_come = true;
    loop {
        while let Some((team, taken)) = turns.next() {
            making.begin(team, taken);
        }
        tokio::select! {
            came = waiting.recv(), if may_come => match came {
                Some(taken) => {
                    let team = taken.post.team.clone();
                    turns.wait(&team, taken);
                }
                None => may_come = false,
            },
            Some(team) = making.ended() => turns.ended(&team),
            else => return,
        }
    }
}

/// Posts under way, and whose they are.
#[derive(Default)]
struct Making {
    tasks: JoinSet<()>,
    teams: HashMap<Id, String>,
}

impl Making {
    fn begin(&mut self, team: String, Taken { post, place }: Taken) {
        let task = self.tasks.spawn(async move {
            let Post { to, content, done, .. } = post;
            let outcome = post::make(&to, content).await;
            drop(place);
            done(outcome);
        });
        self.teams.insert(task.id(), team);
    }

    /// The team of the next that ends, however it does; nothing, if none is under way.
    async fn ended(&mut self) -> Option<String> {
        let ended = self.tasks.join_next_with_id().await?;
        let id = ended.map_or_else(|broken: JoinError| broken.id(), |(id, ())| id);
        Some(self.teams.remove(&id).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderName, HeaderValue};
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc;

    /// Somebody who answers one request with these bytes, and says what came.
    fn listener(answer: &'static str) -> (String, mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
        let (heard, hearing) = mpsc::channel();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"{}") {
                let mut some = [0; 1024];
                let read = stream.read(&mut some).unwrap();
                assert!(read > 0, "it broke off");
                bytes.extend_from_slice(&some[..read]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            heard.send(String::from_utf8(bytes).unwrap()).unwrap();
        });
        (url, hearing)
    }

    fn post(team: &str, url: &str, told: &mpsc::Sender<Outcome>) -> Post {
        let told = told.clone();
        Post {
            team: team.to_owned(),
            to: Target::read(url).unwrap(),
            content: Content {
                fields: vec![(HeaderName::from_static("x-apple-signature"), HeaderValue::from_static("s"))],
                body: Bytes::from_static(b"{}"),
            },
            done: Box::new(move |outcome| told.send(outcome).unwrap()),
        }
    }

    fn outcome_of(url: &str) -> Outcome {
        let (told, telling) = mpsc::channel();
        Outgoing::default().send(post("team", url, &told));
        telling.recv().unwrap()
    }

    #[test]
    fn a_post_arrives_as_it_was_given_and_its_answer_is_told() {
        let (url, heard) = listener("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine");
        assert_eq!(outcome_of(&url), Ok(Answered { status: 200, body: "fine".to_owned() }));
        let heard = heard.recv().unwrap();
        assert!(heard.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains("\r\nx-apple-signature: s\r\n"), "{heard}");
        assert!(heard.ends_with("\r\n\r\n{}"), "{heard}");
    }

    #[test]
    fn a_redirect_is_not_followed_and_is_no_success() {
        let (url, _heard) =
            listener("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
        let answered = outcome_of(&url).unwrap();
        assert_eq!((answered.status, answered.is_success()), (302, false));
    }

    #[test]
    fn an_answer_without_end_is_read_to_its_limit_only() {
        let (url, _heard) = listener("HTTP/1.1 200 OK\r\n\r\nabc");
        assert_eq!(outcome_of(&url).unwrap().body, "abc");
        let long = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(100_000));
        let (url, _heard) = listener(Box::leak(long.into_boxed_str()));
        assert_eq!(outcome_of(&url).unwrap().body.len(), post::LONGEST_KEPT);
    }

    #[test]
    fn who_does_not_listen_or_does_not_speak_http_is_told_of_in_words() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let refused = outcome_of(&format!("http://{free}/")).unwrap_err();
        assert!(refused.starts_with("It can't be reached: "), "{refused}");
        let (url, _heard) = listener("hello\r\n\r\n");
        let refused = outcome_of(&url).unwrap_err();
        assert!(refused.starts_with("It broke off: "), "{refused}");
    }

    #[test]
    fn where_machines_are_handed_credentials_nothing_is_sent() {
        for host in [
            "169.254.169.254",
            "[fe80::1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b::100.100.100.200]",
            "[fd00:ec2::254]",
            "100.100.100.200",
        ] {
            assert_eq!(outcome_of(&format!("http://{host}/latest")).unwrap_err(), post::OFF_LIMITS, "{host}");
        }
    }

    #[test]
    fn a_team_whose_posts_all_wait_takes_no_place_of_others() {
        let (queue, _never_asked) = channel(MOST_WAITING);
        let outgoing = Outgoing { queue: OnceLock::from(Some(queue)), ..Outgoing::default() };
        let (told, telling) = mpsc::channel();
        for _ in 0..MOST_OF_A_TEAM {
            outgoing.send(post("one", "http://127.0.0.1/", &told));
        }
        assert_eq!(telling.try_recv(), Err(mpsc::TryRecvError::Empty), "they wait");
        outgoing.send(post("one", "http://127.0.0.1/", &told));
        assert_eq!(telling.try_recv(), Ok(Err("Too many deliveries are waiting".to_owned())));
        outgoing.send(post("another", "http://127.0.0.1/", &told));
        assert_eq!(telling.try_recv(), Err(mpsc::TryRecvError::Empty), "another team's waits");
    }

    #[test]
    fn who_hears_what_became_of_a_post_has_its_place_again() {
        let outgoing = Outgoing::default();
        let (told, telling) = mpsc::channel();
        for _ in 0..=MOST_OF_A_TEAM {
            outgoing.send(post("team", "http://169.254.169.254/", &told));
            let refused = telling.recv().unwrap().unwrap_err();
            assert_eq!(refused, post::OFF_LIMITS);
        }
        assert!(outgoing.places.lock().is_empty(), "a team without posts is forgotten");
    }
}
