//! The sandbox, asked as a gateway asks it.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are sent")]

#[cfg(test)]
mod analytics;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod build_uploads;
#[cfg(test)]
mod cloud;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod external_purchase;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod memberships;
#[cfg(test)]
mod metadata_versions;
#[cfg(test)]
mod notary;
#[cfg(test)]
mod power;
#[cfg(test)]
mod prices;
#[cfg(test)]
mod provisioning;
#[cfg(test)]
mod published;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod relations;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod server_api;
#[cfg(test)]
mod server_extensions;
#[cfg(test)]
mod server_notifications;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod sold_beside;
#[cfg(test)]
mod submissions;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod writes;
