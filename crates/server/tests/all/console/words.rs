//! What templates name is there.

use std::path::{Path, PathBuf};

fn templates(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(templates(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What stands between `frame.asset("` and the next quote.
fn named<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    text.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_file_and_icon_that_a_template_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let icons = std::fs::read_to_string(root.join("assets/icons.svg")).unwrap();
    let served = std::fs::read_to_string(root.join("src/console/assets.rs")).unwrap();
    for path in templates(&root.join("templates")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for name in named(&text, "frame.asset(\"") {
            let is_there =
                root.join("assets").join(name).is_file() && served.contains(&format!("\"{name}\""));
            assert!(is_there, "{} names the file {name}", path.display());
        }
        for name in named(&text, "frame.icon(\"") {
            assert!(icons.contains(&format!("id=\"{name}\"")), "{} names the icon {name}", path.display());
        }
        assert!(
            !text.contains("|safe") && !text.contains("| safe"),
            "{} lets text through as it is",
            path.display()
        );
    }
}

#[test]
fn every_file_that_is_there_is_served() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let served = std::fs::read_to_string(root.join("src/console/assets.rs")).unwrap();
    for entry in std::fs::read_dir(root.join("assets")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(served.contains(&format!("\"{name}\"")), "{name} is served to nobody");
    }
}
