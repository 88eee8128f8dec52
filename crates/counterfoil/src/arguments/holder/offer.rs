//! `offer`: what an app's own server signs for StoreKit.

use super::KeyFlags;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

/// What can be signed.
#[derive(Debug, Subcommand)]
pub(crate) enum OfferCommand {
    /// Sign a promotional offer, for the app to hand to StoreKit
    Promotional(PromotionalArguments),
    /// Sign whether a customer may have an introductory offer
    Introductory(IntroductoryArguments),
}

/// A promotional offer.
#[derive(Args, Debug)]
pub(crate) struct PromotionalArguments {
    #[command(flatten)]
    pub(crate) subscription: SubscriptionFlags,
    /// Which of its offers, by the identifier that App Store Connect has
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) offer_id: String,
    /// Any transaction of the customer, who alone can then redeem it
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) transaction_id: Option<String>,
    /// Sign in the older form: fields, and a signature over them
    #[arg(long, conflicts_with = "transaction_id")]
    pub(crate) older: bool,
    /// Who it is for, as the app tells StoreKit (applicationUsername or appAccountToken)
    #[arg(long, value_name = "NAME", requires = "older", default_value = "", hide_default_value = true)]
    pub(crate) username: String,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// Whether a customer may have an introductory offer.
#[derive(Args, Debug)]
pub(crate) struct IntroductoryArguments {
    #[command(flatten)]
    pub(crate) subscription: SubscriptionFlags,
    /// Any transaction of the customer
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) transaction_id: String,
    #[command(flatten)]
    pub(crate) answer: AnswerFlags,
    #[command(flatten)]
    pub(crate) key: KeyFlags,
}

/// One of two: nothing is decided by what was left out.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct AnswerFlags {
    /// The customer may have it
    #[arg(long)]
    pub(crate) allow: bool,
    /// The customer may not
    #[arg(long)]
    pub(crate) deny: bool,
}

/// Which subscription.
#[derive(Args, Debug)]
pub(crate) struct SubscriptionFlags {
    /// The app
    #[arg(long, value_name = "ID")]
    pub(crate) bundle_id: String,
    /// The subscription, by its product identifier
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) product_id: String,
}
