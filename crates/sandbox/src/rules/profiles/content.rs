//! What is written in a profile: a property list, in the form that developers' tools read.

use super::kind::{Devices, ProfileKind};
use super::text;
use crate::dates::moment;
use crate::developers::{TEAM_NAME, YEAR};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::time::SystemTime;

/// What a profile says.
pub(super) struct Content<'c> {
    pub(super) kind: &'c ProfileKind,
    pub(super) name: &'c str,
    pub(super) uuid: &'c str,
    /// The ten signs of the team.
    pub(super) team: &'c str,
    /// The attributes of the bundle id.
    pub(super) bundle: &'c Map<String, Value>,
    /// As base64 of their DER.
    pub(super) certificates: &'c [String],
    pub(super) devices: &'c [String],
    pub(super) begins: SystemTime,
    pub(super) expires: SystemTime,
}

impl Content<'_> {
    pub(super) fn text(&self) -> String {
        let mut list = List::begin();
        list.text("AppIDName", text(self.bundle, "name"));
        list.texts("ApplicationIdentifierPrefix", &[self.prefix()]);
        list.date("CreationDate", self.begins);
        list.texts("Platform", self.kind.systems);
        list.flag("IsXcodeManaged", false);
        list.all("DeveloperCertificates", self.certificates.iter().map(|it| element("data", it)));
        self.entitlements(&mut list);
        list.date("ExpirationDate", self.expires);
        list.text("Name", self.name);
        match self.kind.devices {
            Devices::Named => list.texts("ProvisionedDevices", self.devices),
            Devices::All => list.flag("ProvisionsAllDevices", true),
            Devices::None => {}
        }
        list.texts("TeamIdentifier", &[self.team]);
        list.text("TeamName", TEAM_NAME);
        list.number("TimeToLive", YEAR.as_secs() / (24 * 3600));
        list.text("UUID", self.uuid);
        list.number("Version", 1);
        list.end()
    }

    fn entitlements(&self, list: &mut List) {
        let app = format!("{}.{}", self.prefix(), text(self.bundle, "identifier"));
        let is_mac = self.kind.platform == "MAC_OS";
        list.open("Entitlements");
        list.text(if is_mac { "com.apple.application-identifier" } else { "application-identifier" }, &app);
        list.text("com.apple.developer.team-identifier", self.team);
        list.texts("keychain-access-groups", &[format!("{}.*", self.prefix())]);
        if !is_mac {
            list.flag("get-task-allow", self.kind.is_for_development);
        }
        if self.kind.is_for_store && !is_mac {
            list.flag("beta-reports-active", true);
        }
        list.close();
    }

    /// What the app's identifier begins with.
    fn prefix(&self) -> &str {
        match text(self.bundle, "seedId") {
            "" => self.team,
            seed => seed,
        }
    }
}

/// A property list that grows.
struct List(String);

impl List {
    fn begin() -> Self {
        Self(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <!-- Made by a Counterfoil sandbox, for trying only: no device of Apple's takes it. -->\n\
             <plist version=\"1.0\">\n<dict>\n"
                .to_owned(),
        )
    }

    fn end(mut self) -> String {
        self.0.push_str("</dict>\n</plist>\n");
        self.0
    }

    fn open(&mut self, key: &str) {
        let _ = writeln!(self.0, "{}\n<dict>", element("key", key));
    }

    fn close(&mut self) {
        self.0.push_str("</dict>\n");
    }

    fn put(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.0, "{}\n{value}", element("key", key));
    }

    fn text(&mut self, key: &str, value: &str) {
        self.put(key, &element("string", value));
    }

    fn number(&mut self, key: &str, value: u64) {
        self.put(key, &element("integer", &value.to_string()));
    }

    fn flag(&mut self, key: &str, value: bool) {
        self.put(key, if value { "<true/>" } else { "<false/>" });
    }

    fn date(&mut self, key: &str, at: SystemTime) {
        let written = moment(at);
        self.put(key, &element("date", &format!("{}Z", written.trim_end_matches("+00:00"))));
    }

    fn texts(&mut self, key: &str, values: &[impl AsRef<str>]) {
        self.all(key, values.iter().map(|value| element("string", value.as_ref())));
    }

    fn all(&mut self, key: &str, elements: impl Iterator<Item = String>) {
        let inside: String = elements.map(|element| element + "\n").collect();
        self.put(key, &format!("<array>\n{inside}</array>"));
    }
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

/// Text as XML has it. What XML can't have at all is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' => out.push(sign),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_not_break_out_of_a_profile() {
        assert_eq!(element("string", "a<b>&\u{0}c]]>\u{ffff}"), "<string>a&lt;b&gt;&amp;c]]&gt;</string>");
    }
}
