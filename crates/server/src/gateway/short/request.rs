//! A plain request: read, and written again for the upstream.
//!
//! The rules of what goes on are those of [`headers`](crate::gateway::headers); what they would refuse, or what needs
//! more than one look, goes the usual way.

use super::{gathered, head};
use crate::app::House;
use crate::gateway::headers::is_not_for_upstream;
use crate::gateway::judge::credential;
use crate::gateway::proxy::is_elsewhere;
use crate::gateway::upstream::Upstream;
use crate::listen::{Connection, Field};
use crate::request_id::{REQUEST_ID, RequestId};
use crate::trust::KeptAddress;
use counterfoil_verify::{Allowed, Presented, Request};
use http::HeaderMap;
use http::header::HOST;

/// About how much longer a head becomes by what is told, so that it finds room in one step.
const TOLD: usize = 768;

/// A request for the gateway.
pub(super) struct Plain<'h> {
    pub(super) target: &'h str,
    pub(super) token: Presented<'h>,
    pub(super) id: RequestId,
    pub(super) from: KeptAddress,
    /// What goes on to the upstream, but for who asks.
    pub(super) head: Vec<u8>,
}

impl<'h> Plain<'h> {
    /// This request, if it is the gateway's and as plain as most are.
    pub(super) fn read(
        house: &House,
        upstream: &Upstream,
        target: &'h str,
        fields: &[Field<'h>],
        by: &Connection,
    ) -> Option<Self> {
        let path = path(target)?;
        let mut head = Vec::with_capacity(fields.iter().map(length).sum::<usize>() + target.len() + TOLD);
        for part in ["GET ", target, " HTTP/1.1\r\n"] {
            head.extend_from_slice(part.as_bytes());
        }
        let said = Said::apart_from_what_goes_on(fields, &mut head)?;
        if !is_elsewhere(path, said.authorization.is_some()) {
            return None;
        }
        let id = RequestId::named(said.request_id);
        let from = introduce(house, fields, by, &mut head)?;
        let host = said.host.filter(|_| upstream.settings().keep_host);
        head::write_bytes(&mut head, &HOST, host.unwrap_or_else(|| upstream.authority().as_bytes()));
        head::write_bytes(&mut head, &REQUEST_ID, id.as_bytes());
        Some(Self {
            target,
            token: said.authorization.map_or(Presented::Nothing, credential),
            id,
            from,
            head,
        })
    }

    /// The question about it.
    pub(super) fn asked(&self) -> Request<'_> {
        asked(self.target, self.token, &self.id, &self.from)
    }
}

/// The question whether this may pass.
pub(super) fn asked<'r>(
    target: &'r str,
    token: Presented<'r>,
    id: &'r RequestId,
    from: &'r KeptAddress,
) -> Request<'r> {
    Request { method: "GET", target, token, id, from: from.as_str() }
}

/// Says who asks, which is the end of a head.
pub(super) fn tell_who_asks(head: &mut Vec<u8>, allowed: &Allowed) {
    for (name, value) in allowed.headers() {
        head::write(head, name, &value);
    }
    head::end(head);
}

/// Says what the upstream is told of the client. Hands over what is kept of its address; nothing if that hangs on
/// fields that are none.
fn introduce(
    house: &House,
    fields: &[Field<'_>],
    by: &Connection,
    head: &mut Vec<u8>,
) -> Option<KeptAddress> {
    let client = house.introduction(Some(by));
    let said = if client.hangs_on_request() { gathered(fields.iter())? } else { HeaderMap::new() };
    for (name, value) in client.told(&said).fields() {
        head::write(head, name, value);
    }
    Some(house.kept_address(Some(by), &said))
}

/// What is looked at of a request. Host and credential may be there once.
#[derive(Default)]
struct Said<'h> {
    host: Option<&'h [u8]>,
    authorization: Option<&'h [u8]>,
    request_id: Option<&'h [u8]>,
}

impl<'h> Said<'h> {
    /// This of these fields, of which all others that may are written down. Nothing if something is said twice, or
    /// that is seldom said.
    fn apart_from_what_goes_on(fields: &[Field<'h>], head: &mut Vec<u8>) -> Option<Self> {
        let (mut said, mut is_plain) = (Self::default(), true);
        for field in fields {
            head::write_unless(head, field, |name| match name {
                b"host" => {
                    is_plain &= said.host.replace(field.value).is_none();
                    true
                }
                b"authorization" => {
                    is_plain &= said.authorization.replace(field.value).is_none();
                    true
                }
                b"x-request-id" => {
                    said.request_id.get_or_insert(field.value);
                    true
                }
                b"cookie" => {
                    is_plain = false;
                    true
                }
                name => is_not_for_upstream(name),
            });
        }
        is_plain.then_some(said)
    }
}

/// The path of a target, if that is a path, perhaps with a query, of nothing but what everybody takes for parts of
/// them.
fn path(target: &str) -> Option<&str> {
    let is_plain = |byte| matches!(byte, b'!' | b'$'..=b';' | b'=' | b'?'..=b'~');
    let is_path = target.starts_with('/') && target.bytes().all(is_plain);
    target.split('?').next().filter(|_| is_path)
}

fn length(field: &Field<'_>) -> usize {
    field.name.len() + field.value.len() + ": \r\n".len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of these fields goes on, and what is looked at; nothing if they are not plain.
    fn read(fields: &[(&str, &str)]) -> Option<(String, [Option<String>; 3])> {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| Field { name, value: value.as_bytes() }).collect();
        let mut head = Vec::new();
        let Said { host, authorization, request_id } = Said::apart_from_what_goes_on(&fields, &mut head)?;
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        Some((text(&head), [host, authorization, request_id].map(|value| value.map(text))))
    }

    #[test]
    fn fields_go_on_in_their_order_and_ours_do_not() {
        let fields = [
            ("Accept", "a"),
            ("HOST", "x"),
            ("X-Own", "1"),
            ("authorization", "Bearer t"),
            ("ACCEPT", "b"),
            ("X-Request-Id", "first"),
            ("x-request-id", "second"),
            ("X-Empty", ""),
        ];
        let said = [Some("x"), Some("Bearer t"), Some("first")].map(|said| said.map(str::to_owned));
        assert_eq!(
            read(&fields),
            Some(("accept: a\r\nx-own: 1\r\naccept: b\r\nx-empty: \r\n".to_owned(), said))
        );
    }

    #[test]
    fn what_is_of_the_connection_or_a_pretence_does_not_go_on() {
        for name in [
            "Connection",
            "KEEP-ALIVE",
            "Proxy-Connection",
            "proxy-authorization",
            "TE",
            "Upgrade",
            "X-Counterfoil-Team",
            "x_counterfoil_team",
            "X.COUNTERFOIL~Key",
            "X-Counterfoil",
            "X-Forwarded-For",
            "x_forwarded_host",
            "X-FORWARDED-anything",
            "X-Forwarded",
            "Forwarded",
            "X-HTTP-Method-Override",
            "x_http_method_override",
            "X-Original-URL",
            "X-Real-IP",
            "True_Client_IP",
            "CF-Connecting-IP",
            "Client.IP",
        ] {
            assert_eq!(read(&[(name, "forged")]).unwrap().0, "", "{name}");
        }
    }

    #[test]
    fn what_is_said_twice_or_seldom_is_not_plain() {
        for fields in [
            [("Host", "a"), ("hOST", "a")],
            [("Authorization", "a"), ("AUTHORIZATION", "a")],
            [("Host", "a"), ("Cookie", "a=b")],
        ] {
            assert_eq!(read(&fields), None, "{fields:?}");
        }
    }

    #[test]
    fn a_target_is_a_path_of_plain_bytes() {
        for (target, expected) in [
            ("/", "/"),
            ("/v1/apps", "/v1/apps"),
            ("/v1/apps?a=/b?c&d[e]=f|g", "/v1/apps"),
            ("/v1/../a%2e", "/v1/../a%2e"),
        ] {
            assert_eq!(path(target), Some(expected));
        }
        for target in [
            "",
            "*",
            "http://a/b",
            "a:80",
            "/a#b",
            "/a?b#c",
            "/a\"",
            "/a<",
            "/a>",
            "/\u{fc}",
            "/a b",
            "/\u{7f}",
        ] {
            assert_eq!(path(target), None, "{target:?}");
        }
    }
}
