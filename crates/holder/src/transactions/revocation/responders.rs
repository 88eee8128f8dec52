//! Those who answer for certificates, over HTTP.

use super::Ask;
use crate::fault::Fault;
use crate::http::{Call, Client, Url};
use crate::surroundings::Surroundings;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

/// More than any answer has.
const LONGEST: usize = 64 * 1024;

/// Asks over HTTP those whom certificates name, or one that is given. What was answered is kept as long as this is, so
/// that a notification and what is signed in it ask once: take another for what comes later.
pub struct Responders {
    client: Client,
    instead: Option<Url>,
    answered: RefCell<HashMap<Vec<u8>, Vec<u8>>>,
}

impl Responders {
    /// Waits no longer than `timeout` for an answer, and asks `instead` if that is given.
    ///
    /// # Errors
    /// The system gives it no means.
    pub fn new(timeout: Duration, around: &Surroundings, instead: Option<Url>) -> Result<Self, Fault> {
        let client = Client::new(timeout, around)?.reading_at_most(LONGEST);
        Ok(Self { client, instead, answered: RefCell::default() })
    }
}

impl Ask for Responders {
    fn ask(&self, url: &str, question: &[u8]) -> Result<Vec<u8>, Fault> {
        if let Some(answer) = self.answered.borrow().get(question) {
            return Ok(answer.clone());
        }
        let headers = vec![("content-type".to_owned(), "application/ocsp-request".to_owned())];
        let call = Call { headers, body: Some(question), ..Call::new("POST", Url::parse(url)?) };
        let answer = self.client.send(&call)?;
        if answer.status != 200 {
            let said = format!("{} answered {}", call.url.host(), answer.status);
            return Err(Fault::new(said, "try again later"));
        }
        self.answered.borrow_mut().insert(question.to_vec(), answer.body.clone());
        Ok(answer.body)
    }

    fn instead(&self) -> Option<String> {
        self.instead.as_ref().map(ToString::to_string)
    }
}

impl fmt::Debug for Responders {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Responders(instead of those named: {:?})", self.instead().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::SIGNED;
    use super::super::super::{Place, SignedFault};
    use super::super::RevocationFault;
    use super::super::tests::{Made, house, judged};
    use super::*;
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    fn responders(instead: Option<&str>) -> Responders {
        let nothing = Surroundings::new(Vec::<(String, String)>::new(), "/");
        let instead = instead.map(|url| Url::parse(url).unwrap());
        Responders::new(Duration::from_secs(30), &nothing, instead).unwrap()
    }

    /// A fake that answers each question by what `answer` says, and counts them.
    fn serve(
        listener: TcpListener,
        answer: impl Fn(&[u8]) -> (u16, Vec<u8>) + Send + 'static,
    ) -> Arc<AtomicUsize> {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (status, body) = answer(&question(&stream));
                counted.fetch_add(1, Ordering::SeqCst);
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        count
    }

    fn question(stream: &TcpStream) -> Vec<u8> {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        let head = head.to_ascii_lowercase();
        assert!(
            head.starts_with("post ") && head.contains("content-type: application/ocsp-request\r\n"),
            "{head}"
        );
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        body
    }

    fn place() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        (listener, url)
    }

    #[test]
    fn those_whom_certificates_name_are_asked_once_for_each() {
        let (listener, url) = place();
        let shop = house(&format!("{url}/ocsp"));
        let keys =
            [1, 0].map(|at: usize| rcgen::KeyPair::try_from(shop.issuers[at].key().serialize_der()).unwrap());
        let turn = AtomicUsize::new(0);
        let count = serve(listener, move |question| {
            let key = &keys[turn.fetch_add(1, Ordering::SeqCst)];
            (200, Made::by_issuer(key).to(question))
        });
        let means = responders(None);
        for _ in 0..3 {
            let found = judged(&means, &shop, SIGNED);
            assert!(found.is_ok(), "{found:?}");
        }
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn no_answer_is_never_a_good_one() {
        let unreachable = |means: &Responders| match judged(means, &house("http://ocsp.invalid"), SIGNED) {
            Err(SignedFault::Revocation(Place::Intermediate, RevocationFault::Unreachable(why))) => why,
            other => panic!("{other:?}"),
        };
        // Nobody listens there: whoever may take this port has no use for it.
        let nobody = unreachable(&responders(Some("http://127.0.0.1:1")));
        assert!(nobody.contains("127.0.0.1"), "{nobody}");
        let (listener, url) = place();
        serve(listener, |_| (503, Vec::new()));
        assert_eq!(unreachable(&responders(Some(&url))), "127.0.0.1 answered 503");
        let (listener, url) = place();
        serve(listener, |_| (200, vec![0; LONGEST + 1]));
        let endless = unreachable(&responders(Some(&url)));
        assert!(endless.contains("broke off"), "{endless}");
    }

    #[test]
    fn a_url_that_is_none_is_nobody() {
        let found = judged(&responders(None), &house("ldap://ocsp.example"), SIGNED);
        assert!(
            matches!(found, Err(SignedFault::Revocation(_, RevocationFault::Unreachable(_)))),
            "{found:?}"
        );
    }
}
