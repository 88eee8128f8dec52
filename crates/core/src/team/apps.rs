//! Rules on apps: registering, removing.

use super::decide::below;
use super::{Circumstances, Team};
use crate::catalog::Administration;
use crate::event::Event;
use crate::id::{AppId, AppName, BundleId};
use crate::refusal::{Limited, Refusal, Thing};

/// How many apps a team can have.
const MOST_APPS: u32 = 10_000;

impl Team {
    pub(super) fn register_app(
        &self,
        app: &AppId,
        bundle: &BundleId,
        name: &AppName,
        under: Circumstances<'_>,
    ) -> Result<Vec<Event>, Refusal> {
        self.must_administer(Administration::People, "Registering an app", under)?;
        if self.apps.contains_key(app) {
            return Err(Refusal::Taken(Thing::App, app.to_string()));
        }
        below(self.apps.len(), MOST_APPS, Limited::Apps)?;
        Ok(vec![Event::AppRegistered { app: app.clone(), bundle: bundle.clone(), name: name.clone() }])
    }

    pub(super) fn remove_app(&self, app: &AppId, under: Circumstances<'_>) -> Result<Vec<Event>, Refusal> {
        self.must_administer(Administration::People, "Removing an app", under)?;
        self.apps.get(app).ok_or_else(|| Refusal::NoSuch(Thing::App, app.to_string()))?;
        Ok(vec![Event::AppRemoved { app: app.clone() }])
    }
}
