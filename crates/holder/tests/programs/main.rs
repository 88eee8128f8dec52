//! Stores that are other programs' too: what one writes the other reads. Run by the gate, which installs them.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "../all/alone.rs"]
mod alone;
mod by_hand;
#[path = "../all/fake.rs"]
#[expect(dead_code, reason = "the other suite uses all of it")]
mod fake;
#[path = "../all/place.rs"]
#[expect(dead_code, reason = "the other suite uses all of it")]
mod place;
#[path = "../all/stores.rs"]
mod stores;

use alone::in_places;
use counterfoil_core::half::PrivateHalf;
use counterfoil_holder::custody::{self, Existing, Means};
use counterfoil_holder::fault::Fault;
use counterfoil_holder::pem;
use counterfoil_holder::reference::Ref;
use place::Place;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use stores::{half, keeps_its_promise, with_means};

const PASSPHRASE: &str = "correct horse";

/// Runs a program with this on its standard input; it must succeed.
fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?} {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn gpg(home: &Path) -> Command {
    let mut gpg = Command::new("gpg");
    gpg.env("GNUPGHOME", home).args(["--batch", "--yes", "--quiet", "--no-tty"]);
    gpg
}

fn with_passphrase(place: &mut Place) {
    place.set("COUNTERFOIL_PASSPHRASE", PASSPHRASE);
}

fn get(reference: &str, means: &Means<'_>) -> Result<PrivateHalf, Fault> {
    let reference = Ref::try_from(reference).unwrap();
    let kept = custody::open(&reference, means)?.get()?;
    Ok(pem::read_half(&kept.bytes).map(|(half, _)| half)?)
}

fn put(reference: &str, half: &PrivateHalf, means: &Means<'_>) {
    let reference = Ref::try_from(reference).unwrap();
    custody::keep(&*custody::open(&reference, means).unwrap(), half, Existing::Stays).unwrap();
}

#[test]
fn what_gpg_encrypts_is_read_and_what_is_put_gpg_decrypts() {
    let home = tempfile::tempdir().unwrap();
    let mut place = Place::new();
    with_passphrase(&mut place);
    let secret = place.file("passphrase", PASSPHRASE);
    let loopback = ["--pinentry-mode", "loopback", "--passphrase-file", secret.to_str().unwrap()];
    with_means(&place, |means| {
        keeps_its_promise("gpg:a.gpg", means);
        for (name, armour) in [("b.gpg", &[][..]), ("b.asc", &["--armor"][..])] {
            let half = half();
            let mut encrypt = gpg(home.path());
            encrypt.args(loopback).args(armour).args(["--symmetric", "--output"]).arg(place.path(name));
            run(&mut encrypt, half.to_pem().unwrap().as_bytes());
            assert_eq!(get(&format!("gpg:{name}"), means).unwrap().public(), half.public());
            let ours = format!("ours-{name}");
            put(&format!("gpg:{ours}"), &half, means);
            let mut decrypt = gpg(home.path());
            decrypt.args(loopback).arg("--decrypt").arg(place.path(&ours));
            assert_eq!(run(&mut decrypt, b""), half.to_pem().unwrap().as_bytes());
        }
    });
    let mut other = Place::new();
    other.set("COUNTERFOIL_PASSPHRASE", "wrong");
    std::fs::copy(place.path("b.gpg"), other.path("b.gpg")).unwrap();
    assert!(with_means(&other, |means| get("gpg:b.gpg", means).is_err()));
}

#[test]
fn what_age_encrypts_is_read_and_what_is_put_age_decrypts() {
    let place = Place::new();
    let identity = place.path("identity");
    run(Command::new("age-keygen").arg("-o").arg(&identity), b"");
    let recipient = String::from_utf8(run(Command::new("age-keygen").arg("-y").arg(&identity), b"")).unwrap();
    let nobody = |_: &str| Err(Fault::new("nobody to ask", ""));
    let around = place.surroundings();
    let means = Means::new(&around, &nobody)
        .with_identities(["identity".into()])
        .with_recipients([recipient.trim().to_owned()]);
    keeps_its_promise("age:a.age", &means);
    for armour in [&[][..], &["--armor"]] {
        let half = half();
        let mut encrypt = Command::new("age");
        encrypt.args(armour).args(["-r", recipient.trim(), "-o"]).arg(place.path("b.age"));
        run(&mut encrypt, half.to_pem().unwrap().as_bytes());
        assert_eq!(get("age:b.age", &means).unwrap().public(), half.public());
    }
    let half = half();
    put("age:c.age", &half, &means);
    let mut decrypt = Command::new("age");
    decrypt.arg("-d").arg("-i").arg(&identity).arg(place.path("c.age"));
    assert_eq!(run(&mut decrypt, b""), half.to_pem().unwrap().as_bytes());
    let alone = Means::new(&around, &nobody);
    assert!(get("age:c.age", &alone).unwrap_err().hint().contains("--identity"));
}

/// age asks for passphrases on a terminal only; `script` gives it one.
#[test]
fn passphrases_of_age_go_both_ways() {
    let mut place = Place::new();
    with_passphrase(&mut place);
    let typed = format!("{PASSPHRASE}\n{PASSPHRASE}\n");
    let on_terminal = |line: String| {
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(place.path(""));
        run(&mut script, typed.as_bytes())
    };
    with_means(&place, |means| {
        keeps_its_promise("age:a.age", means);
        let half = half();
        place.file("plain", &half.to_pem().unwrap());
        on_terminal("age -p -o b.age plain".into());
        assert_eq!(get("age:b.age", means).unwrap().public(), half.public());
        put("age:c.age", &half, means);
        on_terminal("age -d -o back c.age".into());
        assert_eq!(std::fs::read(place.path("back")).unwrap(), half.to_pem().unwrap().as_bytes());
    });
}

const IN_SESSION: &str = "COUNTERFOIL_TEST_IN_SESSION";

/// Runs itself once more in a session with a bus and an unlocked keyring of its own.
#[test]
fn gnome_keyring_keeps_its_promise() {
    if std::env::var_os(IN_SESSION).is_some() {
        let place = Place::new();
        return with_means(&place, |means| {
            keeps_its_promise("keyring:ci key", means);
            put("keyring:b", &half(), means);
            put("keyring:a", &half(), means);
            assert_eq!(custody::list("keyring", means).unwrap(), ["keyring:a", "keyring:b"]);
        });
    }
    let home = tempfile::tempdir().unwrap();
    let unlock = "printf secret | gnome-keyring-daemon --unlock --components=secrets > /dev/null && exec \"$0\" --exact gnome_keyring_keeps_its_promise";
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", unlock]).arg(std::env::current_exe().unwrap());
    session
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"));
    session.env(IN_SESSION, "1").env_remove("DBUS_SESSION_BUS_ADDRESS");
    run(&mut session, b"");
}

/// A server of moto, which speaks as AWS does; gone with the test.
struct Moto {
    child: Child,
    url: String,
}

impl Moto {
    /// A port that was free when we looked may be taken when moto looks: then it ends, and is started again.
    fn start() -> Self {
        let packages = std::env::var("COUNTERFOIL_TEST_PYPI").unwrap();
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let child = Command::new("python3")
                .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
                .env("PYTHONPATH", &packages)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut moto = Self { child, url: format!("http://127.0.0.1:{port}") };
            if moto.listens(port) {
                return moto;
            }
        }
        panic!("moto does not start")
    }

    fn listens(&mut self, port: u16) -> bool {
        let begin = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return true;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "moto does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Identities by variables, by a profile's program and by a web identity, which moto gives a role for.
fn identities(moto: &Moto) -> Vec<Place> {
    let [mut by_variables, mut by_profile, mut by_role] = [(); 3].map(|()| {
        let mut place = Place::new();
        place.set("AWS_ENDPOINT_URL", &moto.url).set("AWS_REGION", "eu-central-1");
        place.set("PATH", &std::env::var("PATH").unwrap());
        place
    });
    by_variables
        .set("AWS_ACCESS_KEY_ID", "id")
        .set("AWS_SECRET_ACCESS_KEY", "secret")
        .set("AWS_SESSION_TOKEN", "t");
    by_profile.set("AWS_PROFILE", "ci");
    let profile = "[default]\nregion=x\n[profile ci]\ncredential_process = cat identity.json\n";
    by_profile.file("../home/.aws/config", profile);
    by_profile.file("identity.json", "{\"Version\":1,\"AccessKeyId\":\"i\",\"SecretAccessKey\":\"s\"}");
    by_role
        .set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci")
        .set("AWS_WEB_IDENTITY_TOKEN_FILE", "token");
    by_role.file("token", "a.b.c");
    vec![by_variables, by_profile, by_role]
}

#[test]
fn the_secrets_manager_of_aws_as_moto_has_it_keeps_its_promise() {
    let prepare = || {
        let moto = Moto::start();
        (identities(&moto), moto)
    };
    let name = "the_secrets_manager_of_aws_as_moto_has_it_keeps_its_promise";
    in_places(name, prepare, |which, means| {
        if which == 0 {
            keeps_its_promise("aws:apple/asc", means);
            put("aws:apple/b", &half(), means);
            assert_eq!(custody::list("aws", means).unwrap(), ["aws:apple/b"]);
        }
        get("aws:apple/b", means).unwrap();
    });
}
