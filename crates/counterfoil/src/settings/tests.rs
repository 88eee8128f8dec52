use super::*;
use std::fs;

fn typed(pairs: &[(&'static str, &str)]) -> Typed {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn read(flags: &[(&'static str, &str)], variables: &[(&str, &str)]) -> Result<Settings, Problem> {
    Settings::read(&typed(flags), &Environment::of(variables))
}

/// Reads settings from a file of this text and says what was wrong, with the file's path left out.
fn fault_of(text: &str) -> (String, String) {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("c.toml");
    fs::write(&path, text).unwrap();
    let problem = read(&[(CONFIG, path.to_str().unwrap())], &[]).err().unwrap();
    let dir = format!("{}/", temp.path().display());
    (problem.message().replace(&dir, ""), problem.hint().replace(&dir, ""))
}

#[test]
fn with_nothing_set_everything_has_its_default() {
    let settings = read(&[], &[]).unwrap();
    assert_eq!(settings.data, PathBuf::from("./counterfoil-data"));
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8787");
    assert_eq!((settings.database, settings.catalog, settings.tls), (None, None, None));
    assert_eq!((settings.public_url, settings.upstream), (None, None));
    assert_eq!(settings.half_lifetime, Duration::from_secs(30 * 24 * 3600));
    assert!(matches!(settings.seal, SealSource::File(path) if path.ends_with("counterfoil-data/seal.key")));
}

#[test]
fn a_flag_goes_before_a_variable_and_a_variable_before_the_file() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("c.toml");
    fs::write(&path, "name = \"file\"\nlisten = \"127.0.0.1:1\"\nconnections = 7\n").unwrap();
    let config = path.to_str().unwrap();
    let variables = [("COUNTERFOIL_NAME", "variable"), ("COUNTERFOIL_LISTEN", "127.0.0.1:2")];
    let settings = read(&[(CONFIG, config), ("listen", "127.0.0.1:3")], &variables).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:3");
    assert_eq!(settings.name.as_deref(), Some("variable"));
    assert_eq!(settings.connections, 7);
}

#[test]
fn the_file_may_be_named_by_a_variable_and_an_empty_variable_is_none() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("c.toml");
    fs::write(&path, "name = \"file\"\n").unwrap();
    let variables = [("COUNTERFOIL_CONFIG", path.to_str().unwrap()), ("COUNTERFOIL_NAME", "")];
    assert_eq!(read(&[], &variables).unwrap().name.as_deref(), Some("file"));
}

#[test]
fn what_is_wrong_in_the_file_is_told_with_its_place() {
    for (text, message, hint) in [
        ("\n  lisen = \"x\"\n", "c.toml:2:3: there is no setting \"lisen\"", "did you mean listen?"),
        (
            "public_url = \"x\"\n",
            "c.toml:1:1: there is no setting \"public_url\"",
            "did you mean public-url?",
        ),
        ("zebra = 1\n", "c.toml:1:1: there is no setting \"zebra\"", "docs/settings.md lists all settings"),
        (
            "config = \"x\"\n",
            "c.toml:1:1: there is no setting \"config\"",
            "docs/settings.md lists all settings",
        ),
        (
            "data = [\"x\"]\n",
            "c.toml:1:8: data is an array, where a string belongs",
            "write it in quotes: data = \"…\"",
        ),
        (
            "name = 1.5\n",
            "c.toml:1:8: name is a float, where a string belongs",
            "write it in quotes: name = \"…\"",
        ),
        (
            "\nlisten = \"here\"\n",
            "c.toml:2:10: listen: \"here\" is not an address to listen at: it must be an IP address and a port, such as 127.0.0.1:8787 or [::]:8787, or unix:/path",
            "mend c.toml; docs/settings.md says what it may be",
        ),
    ] {
        assert_eq!(fault_of(text), (message.to_owned(), hint.to_owned()), "{text}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_the_place_where_it_ends_to_be() {
    let (message, hint) = fault_of("listen = \"127.0.0.1:1\"\nname =\n");
    assert!(message.starts_with("c.toml:2:7: "), "{message}");
    assert!(hint.contains("TOML"), "{hint}");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let problem = read(&[(CONFIG, "/nowhere/c.toml")], &[]).err().unwrap();
    assert!(
        problem.message().starts_with("can't read the settings in /nowhere/c.toml"),
        "{}",
        problem.message()
    );
}

#[test]
fn a_bad_value_of_a_flag_is_wrong_usage_and_elsewhere_a_failure() {
    use crate::problem::Exit;
    let flag = read(&[("listen", "x")], &[]).err().unwrap();
    assert_eq!((flag.exit(), flag.message().starts_with("--listen: ")), (Exit::WrongUsage, true));
    let variable = read(&[], &[("COUNTERFOIL_LISTEN", "x")]).err().unwrap();
    assert_eq!(
        (variable.exit(), variable.message().starts_with("COUNTERFOIL_LISTEN: ")),
        (Exit::Failed, true)
    );
}

#[test]
fn values_are_checked_at_the_door() {
    for (name, value) in [
        ("listen", "localhost:80"),
        ("public-url", "keys.example.com"),
        ("public-url", "ftp://keys.example.com"),
        ("public-url", "https://keys.example.com/below"),
        ("public-url", "https://user@keys.example.com"),
        ("public-url", "https://keys.example.com?x"),
        ("upstream", "sandboxes"),
        ("upstream", "localhost:80"),
        ("upstream", "http://api.internal/below"),
        ("upstream", "http://user@api.internal"),
        ("upstream-host", "mine"),
        ("upstream-connect", "0s"),
        ("upstream-idle", "forever"),
        ("database", "mysql://x"),
        ("log-format", "xml"),
        ("log-level", "loud"),
        ("log-level", "info,x"),
        ("second-factor", "no"),
        ("sign-in-history", "1h"),
        ("half-lifetime", "30"),
        ("half-lifetime", "0d"),
        ("half-lifetime", "+3d"),
        ("half-lifetime", "400d"),
        ("half-lifetime", "99999999999999999999d"),
        ("drain", "2h"),
        ("drain", "ä"),
        ("connections", "0"),
        ("connections", "many"),
        ("connections-per-address", "-1"),
        ("connections-per-address", "1000001"),
        ("trusted-proxies", "proxy.example.com"),
        ("trusted-proxies", "10.0.0.0/33"),
        ("client-addresses", "half"),
        ("log-verdicts", "maybe"),
        ("mail-sign-ins", "perhaps"),
        ("mail-revocations", ""),
        ("name", "a\nb"),
        ("data", ""),
    ] {
        assert!(read(&[(name, value)], &[]).is_err(), "{name} = {value:?}");
    }
    for (name, value) in [
        ("listen", "unix:/run/x.sock,mode=0660"),
        ("public-url", "https://Keys.example.com:8443/"),
        ("database", "postgresql://x"),
        ("log-level", "info,counterfoil_server=debug"),
        ("second-factor", "optional"),
        ("sign-in-history", "90d"),
        ("half-lifetime", "90m"),
        ("drain", "0s"),
        ("connections-per-address", "0"),
        ("connections-per-address", "500"),
        ("trusted-proxies", "10.0.0.0/8, ::1, unix"),
        ("upstream", "https://api.internal:8443/"),
        ("upstream-host", "client"),
        ("upstream-answer", "2m"),
        ("client-addresses", "whole"),
        ("log-verdicts", "yes"),
        ("mail-sign-ins", "no"),
        ("mail-revocations", "no"),
    ] {
        assert!(read(&[(name, value)], &[]).is_ok(), "{name} = {value:?}");
    }
}

#[test]
fn a_public_url_is_kept_in_one_form() {
    let settings = read(&[("public-url", "https://Keys.Example.com:8443/")], &[]).unwrap();
    assert_eq!(settings.public_url.unwrap().as_str(), "https://keys.example.com:8443");
}

#[test]
fn a_database_may_be_named_by_a_file_and_never_shows_its_password() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("url");
    fs::write(&path, "postgres://u:secret@h/d\n").unwrap();
    let settings = read(&[], &[("COUNTERFOIL_DATABASE_FILE", path.to_str().unwrap())]).unwrap();
    let url = settings.database.unwrap();
    assert_eq!(url.expose(), "postgres://u:secret@h/d");
    assert_eq!(format!("{url:?}"), "[database URL]");
}

#[test]
fn a_bad_database_url_is_not_repeated_in_the_error() {
    let problem = read(&[("database", "u:secret@h")], &[]).err().unwrap();
    assert!(!format!("{problem:?}").contains("secret"), "{problem:?}");
}

#[test]
fn a_secret_and_its_file_in_one_place_contradict_each_other_but_a_flag_overrules_a_variable() {
    let both = [("COUNTERFOIL_DATABASE", "postgres://a"), ("COUNTERFOIL_DATABASE_FILE", "/nowhere")];
    assert!(read(&[], &both).is_err());
    let settings = read(&[("database", "postgres://b")], &both[1..]).unwrap();
    assert_eq!(settings.database.unwrap().expose(), "postgres://b");
}

#[test]
fn a_certificate_needs_its_key_and_a_key_its_certificate() {
    assert!(read(&[("tls-cert", "c.pem")], &[]).is_err());
    assert!(read(&[("tls-key", "k.pem")], &[]).is_err());
    let settings = read(&[("tls-cert", "c.pem"), ("tls-key", "k.pem")], &[]).unwrap();
    assert_eq!(settings.tls, Some(TlsFiles { certificate: "c.pem".into(), key: "k.pem".into() }));
}

#[test]
fn the_seal_key_comes_from_a_file_a_variable_or_a_credential() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join(CREDENTIAL), "cd\n").unwrap();
    let credentials = ("CREDENTIALS_DIRECTORY", temp.path().to_str().unwrap());
    let given = |settings: Settings| match settings.seal {
        SealSource::Given { by, value } => (by, value.to_string()),
        SealSource::File(path) => (path.display().to_string(), String::new()),
    };
    let from_variable = read(&[], &[("COUNTERFOIL_SEAL_KEY", " ab "), credentials]).unwrap();
    assert_eq!(given(from_variable), ("COUNTERFOIL_SEAL_KEY".into(), "ab".into()));
    let from_credential = given(read(&[], &[credentials]).unwrap());
    assert_eq!(from_credential, (temp.path().join(CREDENTIAL).display().to_string(), "cd".into()));
    let from_file = given(read(&[("seal-key-file", "/k")], &[credentials]).unwrap());
    assert_eq!(from_file, ("/k".into(), String::new()));
    assert!(read(&[("seal-key-file", "/k")], &[("COUNTERFOIL_SEAL_KEY", "ab")]).is_err());
}

#[test]
fn a_misspelt_variable_is_noticed_and_others_are_left_alone() {
    let names = [
        "COUNTERFOIL_DATABSE",
        "COUNTERFOIL_DATABASE",
        "COUNTERFOIL_URL",
        "COUNTERFOIL_KEY_ID",
        "DATABSE",
        "HOME",
    ];
    let found = misspelt(names.into_iter().map(str::to_owned));
    assert_eq!(found, [("COUNTERFOIL_DATABSE".to_owned(), "COUNTERFOIL_DATABASE".to_owned())]);
}

#[test]
fn mail_takes_a_server_and_a_sender_and_its_password_from_a_file() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("smtp-url");
    fs::write(&path, "smtp://keys:hush@mail.example\n").unwrap();
    let sender = ("mail-from", "keys@example.com");
    let settings = read(&[("smtp-url-file", path.to_str().unwrap()), sender], &[]).unwrap();
    let mail = settings.mail.unwrap();
    assert_eq!(
        (mail.url.as_str(), mail.from.as_str()),
        ("smtp://keys:hush@mail.example", "keys@example.com")
    );
    assert_eq!(mail.starttls, StartTls::Required);

    let variables = [("COUNTERFOIL_SMTP_URL", "smtp://localhost:25"), ("COUNTERFOIL_SMTP_STARTTLS", "never")];
    assert_eq!(read(&[sender], &variables).unwrap().mail.unwrap().starttls, StartTls::Never);
    assert!(read(&[], &[]).unwrap().mail.is_none());
    for (flags, variables, message) in [
        (vec![sender], vec![], "mail-from is set, but smtp-url is not"),
        (vec![], vec![variables[0]], "smtp-url is set, but mail-from is not"),
        (
            vec![sender],
            vec![variables[0], ("COUNTERFOIL_SMTP_STARTTLS", "maybe")],
            "COUNTERFOIL_SMTP_STARTTLS: \"maybe\" is neither required nor never",
        ),
    ] {
        assert_eq!(read(&flags, &variables).err().unwrap().message(), message);
    }
}

#[test]
fn providers_are_tables_of_the_file() {
    let temp = tempfile::tempdir().unwrap();
    let (path, secret) = (temp.path().join("c.toml"), temp.path().join("secret"));
    fs::write(&secret, "hush hush\n").unwrap();
    let text = format!(
        "name = \"here\"\n[[provider]]\nname = \"Example\"\nissuer = \"https://id.example\"\nclient-id = \"us\"\n\
         client-secret-file = {:?}\ntrusted-domains = [\"example.com\"]\n\
         [[provider]]\nname = \"Other\"\nissuer = \"https://other.example/x\"\nclient-id = \"we\"\nscopes = []\n",
        secret.to_str().unwrap()
    );
    fs::write(&path, text).unwrap();
    let settings = read(&[(CONFIG, path.to_str().unwrap())], &[]).unwrap();
    assert_eq!(settings.name.as_deref(), Some("here"));
    let [first, second] = settings.providers.as_slice() else { panic!() };
    assert_eq!(first.client_secret.as_ref().map(|secret| secret.as_str()), Some("hush hush"));
    assert_eq!((first.issuer.as_str(), first.client_id.as_str()), ("https://id.example", "us"));
    assert_eq!(
        (first.scopes.as_slice(), first.trusted_domains.len()),
        (["email".into(), "profile".into()].as_slice(), 1)
    );
    assert_eq!((second.scopes.len(), second.client_secret.is_none()), (0, true));
}

#[test]
fn what_is_wrong_with_a_provider_is_told_with_its_place() {
    let good = "[[provider]]\nname = \"E\"\nissuer = \"https://id.example\"\nclient-id = \"us\"\n";
    for (text, message, hint) in [
        (
            format!("{good}clientid = \"x\"\n"),
            "c.toml:5:1: a provider has no \"clientid\"",
            "did you mean client-id?",
        ),
        (
            good.replace("https", "http"),
            "c.toml:3:10: a provider's URL is https://, a host, perhaps a port and a path (http:// only at this machine)",
            "docs/single-sign-on.md shows one",
        ),
        (
            "[[provider]]\nname = \"E\"\n".to_owned(),
            "c.toml:1:1: this provider has no issuer",
            "name, issuer and client-id are needed: issuer = \"…\"",
        ),
        (
            format!("{good}scopes = \"email\"\n"),
            "c.toml:5:10: scopes is not a list of texts",
            "write it in brackets: scopes = [\"…\"]",
        ),
        (
            format!("{good}client-secret = \"a\"\nclient-secret-file = \"b\"\n"),
            "c.toml:6:22: client-secret is given too",
            "give one of the two",
        ),
        (
            "provider = 3\n".to_owned(),
            "c.toml:1:12: provider is not a list of tables",
            "write each below a line of its own: [[provider]]",
        ),
    ] {
        assert_eq!(fault_of(&text), (message.to_owned(), hint.to_owned()), "{text}");
    }
}
