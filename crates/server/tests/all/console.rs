//! The console's foundation: who may see which page, how pages hold, and the ways in, without a script.

mod demands;
mod first_page;
mod in_clear;
mod links;
mod look_after;
mod policies;
mod words;

use crate::town::{Persona, Said, Town, URL};
use crate::visitor::{FORM, form};

/// A browser: what it is shown it sends again, and its forms come from our pages.
#[derive(Default)]
struct Browser(std::collections::BTreeMap<String, String>);

impl Browser {
    /// One that shows this session.
    fn with(persona: &Persona) -> Self {
        let mut browser = Self::default();
        if let Persona::Session(secret) = persona {
            browser.0.insert("__Host-counterfoil".to_owned(), secret.clone());
        }
        browser
    }

    async fn get(&mut self, town: &Town, path: &str) -> Said {
        let said = town.get(path).with("cookie", &self.cookies()).send().await;
        self.keep(said)
    }

    async fn post(&mut self, town: &Town, path: &str, fields: &[(&str, &str)]) -> Said {
        let asked = town.post(path).with("cookie", &self.cookies()).with("origin", URL);
        let said = asked.raw(FORM, form(fields)).send().await;
        self.keep(said)
    }

    fn cookies(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn session(&self) -> String {
        self.0.get("__Host-counterfoil").cloned().unwrap_or_default()
    }

    fn keep(&mut self, said: Said) -> Said {
        for line in said.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            assert!(line.contains("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
        said
    }
}

/// The value of a hidden field.
#[track_caller]
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split(&start).nth(1).unwrap_or_else(|| panic!("no field {name}: {page}"));
    rest.split('"').next().unwrap().to_owned()
}
