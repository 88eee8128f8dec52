//! Rotations that are stopped, killed, or meet a place that fails: they go on where they were.

use super::{Scene, text};
use crate::installation::PATIENCE;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::rotate::{Moment, Stage, Step};
use serde_json::{Value, json};
use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Stopped at each moment in turn, and run again: one key more, one key less, and at no time none.
#[test]
fn wherever_it_is_stopped_it_goes_on_to_one_working_key() {
    stopped_everywhere(false);
}

#[test]
fn wherever_it_is_stopped_with_a_pair_made_here_it_goes_on_to_one_working_key() {
    stopped_everywhere(true);
}

fn stopped_everywhere(local: bool) {
    let mut scene = Scene::new();
    for stop_at in 0.. {
        let before = scene.keys().len();
        let wanted = scene.wanted(&["file:new.p8", "file:old.p8"], local);
        let passed = Cell::new(0);
        let lost = Cell::new(0);
        let moment = |moment: Moment| {
            passed.set(passed.get() + 1);
            if passed.get() <= stop_at {
                return Ok(());
            }
            let is_lost = matches!(moment, Moment::Downloaded | Moment::Storing)
                || local && matches!(moment, Moment::Generated | Moment::Noted(Stage::Generated));
            lost.set(usize::from(is_lost && scene.state().destinations[0].state != Step::Stored));
            Err(Fault::new("stopped", "run again"))
        };
        let stopped = scene.run(&wanted, &moment);
        let here = format!("local: {local}, stopped at {stop_at}: {stopped:?}");
        assert!(scene.is_active(&scene.old) || scene.state().state >= Stage::Revoking, "{here}");
        let ended = stopped.is_ok();
        scene.run(&wanted, &|_| Ok(())).unwrap_or_else(|fault| panic!("{here}: {fault:?}"));
        let state = scene.state();
        let new = state.new.clone().unwrap();
        assert_eq!(state.state, Stage::Done, "{here}");
        assert_eq!(scene.keys().len(), before + 1 + lost.get(), "{here}");
        assert!(!scene.is_active(&scene.old), "{here}");
        assert!(scene.works(&new, "new.p8") && scene.works(&new, "old.p8"), "{here}");
        let of_name = |key: &&Value| key["nickname"] == "CI upload" && key["isActive"] == true;
        let active = scene.keys();
        let active: Vec<_> = active.iter().filter(of_name).collect();
        assert_eq!(active.len(), 1, "{here}: {active:?}");
        assert_eq!((text(active[0], "/id"), &active[0]["roles"]), (new.as_str(), &json!(["DEVELOPER"])));
        let admin = Some(&scene.hand.made.key);
        let end = json!({"data": {"type": "apiKeys", "id": new, "attributes": {"isActive": false}}});
        assert_eq!(scene.server.ask("PATCH", &format!("/v1/apiKeys/{new}"), admin, Some(&end)).status, 200);
        scene.again();
        if ended {
            assert!(stop_at >= 10, "only {stop_at} moments");
            break;
        }
    }
}

/// A real kill, in the middle of putting the half away.
#[test]
fn a_killed_process_goes_on_where_it_was() {
    let scene = Scene::new();
    let slow = "exec:if [ $COUNTERFOIL_CUSTODY = put ]; then cat > slow.pem; touch begun; \
                while [ ! -f go ]; do sleep 0.05; done; else cat slow.pem; fi";
    let arguments = ["rotate", &scene.old, "--to", "new.p8", "--to", slow, "--now", "--json"];
    let mut command = scene.hand.command(&arguments);
    command.args(["--url", &scene.server.url()]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while !scene.hand.installation.beside("begun").exists() {
        assert!(began.elapsed() < PATIENCE, "it never came to the slow place");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fs::write(scene.hand.installation.beside("go"), "").unwrap();
    let before = scene.keys().len();
    let path = scene.hand.home().join(format!(".local/state/counterfoil/rotations/{}.json", scene.old));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let done = scene.rotate(&["--to", "new.p8", "--to", slow, "--now"], 0);
    assert_eq!((text(&done, "/state"), scene.keys().len()), ("done", before), "{done}");
    let new = text(&done, "/new");
    assert!(scene.works(new, "new.p8") && scene.works(new, "slow.pem") && !scene.is_active(&scene.old));
    let pem = fs::read_to_string(scene.hand.installation.beside("new.p8")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(!fs::read_to_string(&path).unwrap().contains(&body[60..90]), "the state has some of the half");
}

#[test]
fn a_place_that_fails_is_mended_and_the_same_command_goes_on() {
    let scene = Scene::new();
    let second = "exec:if [ $COUNTERFOIL_CUSTODY = put ]; then test -f mended && cat > second.pem; \
                  else cat second.pem 2> /dev/null; fi";
    let arguments = ["--to", "new.p8", "--to", second, "--now"];
    scene.told(&arguments).assert_refused(1, "the command of exec: failed at put");
    let state = scene.state();
    assert_eq!((state.state, scene.keys().len()), (Stage::Generated, 4));
    assert!(scene.is_active(&scene.old));
    scene.told(&["--to", "elsewhere.p8"]).assert_refused(1, "was begun with other places");
    fs::write(scene.hand.installation.beside("mended"), "").unwrap();
    let done = scene.rotate(&arguments, 0);
    assert_eq!((text(&done, "/state"), done["new"].as_str()), ("done", state.new.as_deref()));
    assert!(scene.works(text(&done, "/new"), "second.pem") && scene.keys().len() == 4);
}
