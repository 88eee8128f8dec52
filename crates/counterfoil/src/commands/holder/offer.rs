//! `offer`: signs what an app's own server hands to the app for StoreKit.

use super::held::{Held, held, surroundings};
use crate::arguments::{
    IntroductoryArguments, KeyFlags, OfferCommand, PromotionalArguments, SubscriptionFlags,
};
use crate::printer::Printer;
use crate::problem::Problem;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::id::{BundleId, IssuerId};
use counterfoil_core::time::Timestamp;
use counterfoil_holder::clock;
use counterfoil_holder::dates;
use counterfoil_holder::offers::{Nonce, Offer, Request, Signer};
use counterfoil_holder::sources::HeldKey;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn offer(command: &OfferCommand, printer: &Printer) -> Result<ExitCode, Problem> {
    match command {
        OfferCommand::Promotional(arguments) if arguments.older => older(arguments, printer),
        OfferCommand::Promotional(arguments) => promotional(arguments, printer),
        OfferCommand::Introductory(arguments) => introductory(arguments, printer),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn promotional(arguments: &PromotionalArguments, printer: &Printer) -> Result<(), Problem> {
    let request = Request::PromotionalOffer {
        product: &arguments.subscription.product_id,
        offer: &arguments.offer_id,
        transaction: arguments.transaction_id.as_deref(),
    };
    request_of(&request, &arguments.subscription, &arguments.key, printer)
}

fn introductory(arguments: &IntroductoryArguments, printer: &Printer) -> Result<(), Problem> {
    let request = Request::IntroductoryOffer {
        product: &arguments.subscription.product_id,
        is_allowed: arguments.answer.allow,
        transaction: &arguments.transaction_id,
    };
    request_of(&request, &arguments.subscription, &arguments.key, printer)
}

fn request_of(
    request: &Request<'_>,
    subscription: &SubscriptionFlags,
    flags: &KeyFlags,
    printer: &Printer,
) -> Result<(), Problem> {
    let making = Making::new(subscription, flags, printer)?;
    let jws = making.signer().request(&making.issuer()?, request, &making.nonce, making.at)?;
    let document = json!({
        "jws": jws,
        "keyId": making.key.id,
        "nonce": making.nonce.to_string(),
        "signedAt": dates::written(making.at),
    });
    printer.result(&document, || jws.clone())
}

/// The older form names no team: what StoreKit is handed are these five values.
fn older(arguments: &PromotionalArguments, printer: &Printer) -> Result<(), Problem> {
    let making = Making::new(&arguments.subscription, &arguments.key, printer)?;
    let offer = Offer {
        product: &arguments.subscription.product_id,
        offer: &arguments.offer_id,
        username: &arguments.username,
        nonce: making.nonce.clone(),
        at: making.at,
    };
    let signature = making.signer().promotional_offer(&offer)?;
    let (nonce, at) = (making.nonce.to_string(), making.at.as_millis());
    let document = json!({
        "identifier": offer.offer,
        "keyIdentifier": making.key.id,
        "nonce": nonce,
        "timestamp": at,
        "signature": signature,
    });
    printer.result(&document, || {
        let key = making.key.id;
        format!(
            "identifier     {}\nkeyIdentifier  {key}\nnonce          {nonce}\ntimestamp      {at}\nsignature      {signature}",
            offer.offer
        )
    })
}

/// What every signature takes.
struct Making {
    key: HeldKey,
    bundle: BundleId,
    nonce: Nonce,
    at: Timestamp,
}

impl Making {
    fn new(subscription: &SubscriptionFlags, flags: &KeyFlags, printer: &Printer) -> Result<Self, Problem> {
        let bundle = BundleId::try_from(subscription.bundle_id.as_str())
            .map_err(|fault| Problem::usage(fault, "give the app's bundle id, such as com.example.app"))?;
        let Held { key, .. } = held(flags, &surroundings(), printer)?;
        warn_of_another_kind(&key, printer);
        // StoreKit asks for the milliseconds that were signed, and takes them for a day.
        Ok(Self { key, bundle, nonce: Nonce::fresh()?, at: clock::now() })
    }

    fn signer(&self) -> Signer<'_> {
        Signer { half: &self.key.half, key: self.key.id, bundle: &self.bundle }
    }

    fn issuer(&self) -> Result<IssuerId, Problem> {
        self.key.issuer.ok_or_else(|| {
            Problem::new(
                "this key has no issuer id, which StoreKit asks for",
                "give --issuer-id: App Store Connect shows it above its in-app purchase keys",
            )
        })
    }
}

/// A file's name tells what kind of key is in it. It may be wrong, and StoreKit would not say what is.
fn warn_of_another_kind(key: &HeldKey, printer: &Printer) {
    let Some(prefix) = key.file_prefix.as_deref() else { return };
    let catalog = Catalog::appstore();
    let mut kinds = catalog.kinds.iter().filter(|kind| kind.file_prefix.trim_end_matches('_') == prefix);
    if kinds.clone().next().is_some() && !kinds.any(|kind| kind.claims.names_bundle) {
        printer.warn("this looks like no in-app purchase key: StoreKit takes offers that those have signed");
    }
}
