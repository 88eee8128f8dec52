//! Paths that are none, and paths in the wrong place.

use super::expect;

#[test]
fn a_path_is_well_formed_and_in_one_group() {
    expect(&[
        (r#""/loans/**""#, r#""loans/**""#, &["34:10: `loans/**` is no path: a path begins with a slash"]),
        (
            r#""/loans/**""#,
            r#""/loans/""#,
            &["34:10: `/loans/` is no path: a path has no empty segment: neither // nor a slash at the end"],
        ),
        (
            r#""/loans/**""#,
            r#""/**/loans""#,
            &["34:10: `/**/loans` is no path: ** stands only at the end of a path"],
        ),
        (
            r#""/loans/**""#,
            r#""/loans/{loan id}""#,
            &[
                "34:10: `/loans/{loan id}` is no path: braces enclose a whole segment, and a name of letters and digits, as in {id}",
            ],
        ),
        (
            r#""/loans/**""#,
            r#""/loans/..""#,
            &["34:10: `/loans/..` is no path: no segment of a path is, or ends with, a dot"],
        ),
        (
            r#""/loans/**""#,
            r#""/loans/%41""#,
            &[
                "34:10: `/loans/%41` is no path: a segment is made of letters, digits, - . _ and ~, or is {name} or **",
            ],
        ),
        (
            r#"paths = ["/loans/**"]"#,
            r#"paths = ["/loans/**", "/books/{number}"]"#,
            &["34:23: `/books/{number}` of group `loans` is in group `books` too, on line 28"],
        ),
        (
            r#"paths = ["/loans/**"]"#,
            r#"paths = ["/loans/**", "/loans/**"]"#,
            &["34:23: `/loans/**` is in group `loans` already, on line 34"],
        ),
        (
            r#"read = ["/books"]"#,
            r#"read = ["/books", "/looks"]"#,
            &["48:39: group `books` has no path that `/looks` matches"],
        ),
        (
            r#"read = ["/books"]"#,
            r#"read = ["/loans/7"]"#,
            &["48:29: group `books` has no path that `/loans/7` matches"],
        ),
        (
            "paths = [\"/books\"]\n\n[[services.per",
            "paths = [\"/boks\"]\n\n[[services.per",
            &["18:10: no group of service `library` has a path that `/boks` matches"],
        ),
        (
            "paths = [\"/books/{id}\"]\n\n[[groups]]",
            "paths = [\"/books/{id}\", \"/books/{number}\"]\n\n[[groups]]",
            &["22:25: `/books/{number}` has a limit already"],
        ),
    ]);
}

#[test]
fn an_app_is_named_at_the_end_of_a_path_that_some_request_begins_with() {
    let with = |paths: &str| format!("requests_per_hour = 100\napp_paths = {paths}");
    for (paths, expected) in [
        (r#"["/books"]"#, "15:14: `/books` must end with an app's id, as in `/v1/apps/{id}`"),
        (r#"["/loans/**"]"#, "15:14: `/loans/**` must end with an app's id, as in `/v1/apps/{id}`"),
        (
            r#"["/rooms/{id}"]"#,
            "15:14: no group of service `library` has a path that begins with `/rooms/{id}`",
        ),
        (r#"["/books/{id}", "/books/{app}"]"#, "15:29: `/books/{app}` is named twice"),
        (
            r#"["/books//{id}"]"#,
            "15:14: `/books//{id}` is no path: a path has no empty segment: neither // nor a slash at the end",
        ),
        ("[]", "15:13: `app_paths` must be a list that is not empty"),
        (r#""/books/{id}""#, "15:13: `app_paths` must be a list, not text"),
    ] {
        expect(&[("requests_per_hour = 100", &*with(paths), &[expected])]);
    }
}
