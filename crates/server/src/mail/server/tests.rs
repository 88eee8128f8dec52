use super::*;

#[test]
fn a_mail_server_is_a_host_with_what_proves_us_to_it() {
    let login = |user: &str, password: &str| {
        Some(Login { user: user.into(), password: Zeroizing::new(password.into()) })
    };
    for (url, host, port, is_tls, expected) in [
        ("smtp://mail.example", "mail.example", 587, false, None),
        ("SMTPS://mail.example/", "mail.example", 465, true, None),
        ("smtp://localhost:25", "localhost", 25, false, None),
        ("smtp://[::1]:2525", "::1", 2525, false, None),
        ("smtps://[2001:db8::1]", "2001:db8::1", 465, true, None),
        ("smtp://keys:se:cret@mail.example", "mail.example", 587, false, login("keys", "se:cret")),
        ("smtps://keys%40example.com:p%25@s@mail", "mail", 465, true, login("keys@example.com", "p%@s")),
    ] {
        let expected = Place { host: host.into(), port, is_tls, login: expected };
        assert_eq!(Place::read(url), Some(expected), "{url}");
    }
}

#[test]
fn what_is_no_mail_server_is_refused() {
    for url in [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example/in",
        "smtp://mail.example?x",
        "smtp://mail.example:0",
        "smtp://mail.example:65536",
        "smtp://mail.example:+25",
        "smtp://user@mail.example",
        "smtp://:word@mail.example",
        "smtp://user:@mail.example",
        "smtp://us%er:word@mail",
        "smtp://u:%0d%0aX@mail",
        "smtp://[mail]",
        "smtp://[::1]x",
        "smtp://ma il",
    ] {
        assert_eq!(Place::read(url), None, "{url}");
    }
}

#[test]
fn a_password_never_goes_in_clear_to_another_machine() {
    for (url, starttls, good) in [
        ("smtp://u:word@mail.example", StartTls::Required, true),
        ("smtps://u:word@mail.example", StartTls::Never, true),
        ("smtp://mail.example", StartTls::Never, true),
        ("smtp://u:word@127.0.0.1", StartTls::Never, true),
        ("smtp://u:word@mail.example", StartTls::Never, false),
    ] {
        let server = MailServer::new(&MailSettings { starttls, ..settings(url) });
        assert_eq!(server.is_ok(), good, "{url} {starttls:?}");
    }
}

#[test]
fn a_sender_is_an_address_perhaps_with_a_name() {
    for (from, good) in [
        ("keys@example.com", true),
        ("Counterfoil <keys@example.com>", true),
        ("keys", false),
        ("", false),
        ("a@example.com, b@example.com", false),
        ("Keys\r\nBcc: all@example.com <keys@example.com>", false),
    ] {
        let server = MailServer::new(&MailSettings { from: from.into(), ..settings("smtp://mail") });
        assert_eq!(server.is_ok(), good, "{from:?}");
    }
}

#[test]
fn the_password_does_not_show() {
    let settings = settings("smtp://keys:hush@mail.example");
    let place = Place::read(&settings.url).unwrap();
    let shown = format!("{settings:?} {place:?}");
    assert!(!shown.contains("hush") && shown.contains("keys"), "{shown}");
}

#[test]
fn we_are_called_as_our_url() {
    for (url, host) in [
        ("https://keys.example:8443/x", "keys.example"),
        ("http://[::1]:8787", "[::1]"),
        ("http://", "localhost"),
    ] {
        assert_eq!(host_of(url), host);
    }
}

fn settings(url: &str) -> MailSettings {
    MailSettings {
        url: Zeroizing::new(url.to_owned()),
        starttls: StartTls::Required,
        authorities: None,
        from: "keys@example.com".into(),
        public_url: "https://keys.example".into(),
    }
}
