//! Which requests a scope covers.

use counterfoil_core::catalog::RequestPath;
use counterfoil_core::scope::{Scope, ScopeEntry, ScopeFault};
use proptest::prelude::*;

fn covers(entry: &str, method: &str, target: &str) -> bool {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    Scope::parse([entry]).unwrap().covers(method, &RequestPath::parse(path).unwrap(), query)
}

#[test]
fn an_entry_covers_its_method_and_path_and_at_least_its_parameters() {
    for (entry, method, target) in [
        ("GET /v1/apps", "GET", "/v1/apps"),
        ("GET /v1/apps", "HEAD", "/v1/apps"),
        ("GET /v1/apps", "GET", "/v1/apps?"),
        ("GET /v1/apps?", "GET", "/v1/apps"),
        ("GET /v1/apps", "GET", "/v1/apps?filter[bundleId]=com.example"),
        ("GET /v1/apps?filter[platform]=IOS", "GET", "/v1/apps?filter[platform]=IOS"),
        ("GET /v1/apps?filter[platform]=IOS", "GET", "/v1/apps?filter%5Bplatform%5D=IOS"),
        ("GET /v1/apps?filter%5Bplatform%5D=IOS", "GET", "/v1/apps?filter[platform]=IOS"),
        ("GET /v1/apps?filter%5bplatform%5d=IOS", "GET", "/v1/apps?filter%5Bplatform%5D=I%4FS"),
        ("GET /v1/apps?a=1&b=2", "GET", "/v1/apps?b=2&a=1"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?b=2&a=1&c"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=1&limit=200&sort=-name&cursor=x"),
        ("GET /v1/apps?a=1&limit=5", "GET", "/v1/apps?a=1"),
        ("GET /v1/apps?limit=5", "GET", "/v1/apps?limit=10"),
        ("GET /v1/apps?a=1&a=2", "GET", "/v1/apps?a=2&a=1"),
        ("GET /v1/apps?a", "GET", "/v1/apps?a="),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?&&a=1&"),
        ("POST /v1/apps", "POST", "/v1/apps"),
        ("DELETE /v1/users/1", "DELETE", "/v1/users/1"),
        ("HEAD /v1/apps", "HEAD", "/v1/apps"),
    ] {
        assert!(covers(entry, method, target), "{entry} must cover {method} {target}");
    }
}

#[test]
fn an_entry_covers_nothing_else() {
    for (entry, method, target) in [
        ("GET /v1/apps", "POST", "/v1/apps"),
        ("GET /v1/apps", "get", "/v1/apps"),
        ("GET /v1/apps", "GETS", "/v1/apps"),
        ("HEAD /v1/apps", "GET", "/v1/apps"),
        ("POST /v1/apps", "HEAD", "/v1/apps"),
        ("GET /v1/apps", "GET", "/v1/apps/1"),
        ("GET /v1/apps/1", "GET", "/v1/apps"),
        ("GET /v1/apps", "GET", "/v1/Apps"),
        ("GET /v1/apps", "GET", "/v1/apps/"),
        ("GET /v1/*", "GET", "/v1/apps"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=2"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?A=1"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=1&a=2"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=2&a=1"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=1&a=1"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=1&%61=2"),
        ("GET /v1/apps?a=1&a=2", "GET", "/v1/apps?a=1"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=1&b=%zz"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=1&b=%4"),
        ("GET /v1/apps?a=1", "GET", "/v1/apps?a=1%00"),
        ("GET /v1/apps?a=b%26c=d", "GET", "/v1/apps?a=b&c=d"),
        ("GET /v1/apps?a=1+2", "GET", "/v1/apps?a=1%202"),
    ] {
        assert!(!covers(entry, method, target), "{entry} must not cover {method} {target}");
    }
}

#[test]
fn an_empty_scope_covers_nothing() {
    let path = RequestPath::parse("/v1/apps").unwrap();
    assert!(!Scope::parse([]).unwrap().covers("GET", &path, None));
}

#[test]
fn one_entry_of_several_is_enough() {
    let scope = Scope::parse(["GET /v1/apps", "POST /v1/builds"]).unwrap();
    let [apps, builds] = ["/v1/apps", "/v1/builds"].map(|path| RequestPath::parse(path).unwrap());
    assert!(scope.covers("GET", &apps, None) && scope.covers("POST", &builds, None));
    assert!(!scope.covers("POST", &apps, None) && !scope.covers("GET", &builds, None));
}

#[test]
fn what_is_no_entry_is_refused_by_name() {
    let long = format!("GET /{}", "a".repeat(2048));
    let many = format!("GET /v1/apps?{}", "a&".repeat(65));
    for (entry, fault) in [
        ("", ScopeFault::NoMethod),
        ("GET", ScopeFault::NoMethod),
        ("/v1/apps", ScopeFault::NoMethod),
        (" /v1/apps", ScopeFault::NoMethod),
        ("get /v1/apps", ScopeFault::NoMethod),
        ("G3T /v1/apps", ScopeFault::NoMethod),
        ("GET,POST /v1/apps", ScopeFault::NoMethod),
        ("* /v1/apps", ScopeFault::NoMethod),
        ("GET\t/v1/apps", ScopeFault::NoMethod),
        ("ABCDEFGHIJKLMNOPQ /v1/apps", ScopeFault::NoMethod),
        ("GET ", ScopeFault::Path),
        ("GET  /v1/apps", ScopeFault::Path),
        ("GET v1/apps", ScopeFault::Path),
        ("GET https://api.example.com/v1/apps", ScopeFault::Path),
        ("GET /v1//apps", ScopeFault::Path),
        ("GET /v1/../apps", ScopeFault::Path),
        ("GET /v1/%2e%2e/apps", ScopeFault::Path),
        ("GET /v1/a;b", ScopeFault::Path),
        ("GET /v1/apps#x", ScopeFault::Path),
        ("GET /v1/apps/{id}", ScopeFault::Path),
        ("GET /v1/apps ", ScopeFault::Path),
        ("GET /v1/äpps", ScopeFault::Path),
        ("GET ?a=1", ScopeFault::Path),
        ("GET /v1/apps?a=%", ScopeFault::Query),
        ("GET /v1/apps?a=%4", ScopeFault::Query),
        ("GET /v1/apps?a=%zz", ScopeFault::Query),
        ("GET /v1/apps?a=1 ", ScopeFault::Query),
        ("GET /v1/apps?a=ä", ScopeFault::Query),
        ("GET /v1/apps?a=1#b", ScopeFault::Query),
        (&many, ScopeFault::Query),
        (&long, ScopeFault::EntryTooLong),
    ] {
        assert_eq!(ScopeEntry::try_from(entry), Err(fault), "{entry:?}");
    }
}

#[test]
fn a_scope_has_at_most_a_hundred_entries() {
    assert_eq!(Scope::parse(["GET /v1/apps"; 100]).unwrap().entries().len(), 100);
    assert_eq!(Scope::parse(["GET /v1/apps"; 101]), Err(ScopeFault::TooManyEntries));
}

prop_compose! {
    fn query()(parameters in proptest::collection::vec(("[a-z\\[\\]]{1,6}", "[ -~]{0,6}"), 0..6)) -> Vec<(String, String)> {
        parameters
    }
}

fn written(parameters: &[(String, String)], encode: fn(u8) -> bool) -> String {
    let part = |text: &str| -> String {
        text.bytes()
            .map(|byte| {
                if encode(byte) || b"%&=#+ ?".contains(&byte) {
                    format!("%{byte:02x}")
                } else {
                    char::from(byte).to_string()
                }
            })
            .collect()
    };
    parameters
        .iter()
        .map(|(name, value)| format!("{}={}", part(name), part(value)))
        .collect::<Vec<_>>()
        .join("&")
}

proptest! {
    #[test]
    fn encoding_and_order_are_no_matter(parameters in query(), turn in 0_usize..6) {
        let entry = format!("GET /v1/apps?{}", written(&parameters, |_| false));
        let mut turned = parameters.clone();
        turned.rotate_left(turn.min(parameters.len()));
        let request = format!("/v1/apps?{}", written(&turned, |byte| !byte.is_ascii_lowercase()));
        prop_assert!(covers(&entry, "GET", &request), "{} {}", entry, request);
    }

    #[test]
    fn a_request_that_lacks_or_changes_a_parameter_is_not_covered(parameters in query(), at in 0_usize..6) {
        prop_assume!(at < parameters.len() && !["limit", "cursor", "sort"].contains(&&*parameters[at].0));
        let entry = format!("GET /v1/apps?{}", written(&parameters, |_| false));
        let mut fewer = parameters.clone();
        fewer.remove(at);
        let lacking = format!("/v1/apps?{}", written(&fewer, |_| false));
        prop_assert!(!covers(&entry, "GET", &lacking));
        let mut changed = parameters;
        changed[at].1.push('x');
        let changed = format!("/v1/apps?{}", written(&changed, |_| false));
        prop_assert!(!covers(&entry, "GET", &changed));
    }

    #[test]
    fn an_entry_written_and_read_again_is_the_same(parameters in query()) {
        let text = format!("PATCH /v1/apps/42?{}", written(&parameters, |_| false));
        let entry = ScopeEntry::try_from(text.as_str()).unwrap();
        prop_assert_eq!(ScopeEntry::try_from(entry.to_string().as_str()).unwrap(), entry);
    }

    #[test]
    fn no_text_makes_it_panic(entry in ".*", query in ".*") {
        if let Ok(scope) = Scope::parse([entry.as_str()]) {
            let _ = scope.covers("GET", &RequestPath::parse("/v1/apps").unwrap(), Some(&query));
        }
        if let Ok(scope) = Scope::parse(["GET /v1/apps?a=1"]) {
            let _ = scope.covers("GET", &RequestPath::parse("/v1/apps").unwrap(), Some(&query));
        }
    }
}
