//! What the App Store Server API refuses, by the numbers that Apple's libraries know.

use crate::fault::Fault;
use http::StatusCode;
use serde_json::json;

/// A refusal. Its number begins with the status of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadRequest,
    /// A bad request too, with words of the sandbox's own.
    Because(&'static str),
    AppIdentifier,
    Revision,
    TransactionId,
    OriginalTransactionId,
    ExtendByDays,
    ExtendReasonCode,
    RequestIdentifier,
    StartTooFarInPast,
    StartAfterEnd,
    PaginationToken,
    PaginationTokenExpired,
    StartDate,
    EndDate,
    NotificationType,
    MultipleFilters,
    TestNotificationToken,
    Sort,
    ProductType,
    ProductId,
    SubscriptionGroup,
    ExcludeRevoked,
    Ownership,
    EmptyStorefronts,
    Storefront,
    Revoked,
    Status,
    AccountTenure,
    AppAccountToken,
    ConsumptionStatus,
    CustomerConsented,
    DeliveryStatus,
    DollarsPurchased,
    DollarsRefunded,
    Platform,
    PlayTime,
    SampleContent,
    UserStatus,
    TypeNotSupported,
    AppTransactionIdNotSupported,
    AppAccountTokenUuid,
    FamilyTransaction,
    NotOriginal,
    ExtensionIneligible,
    MaxExtension,
    FamilyExtension,
    NothingHere,
    AccountNotFound,
    AppNotFound,
    OriginalNotFound,
    NoNotificationUrl,
    TestNotificationNotFound,
    StatusRequestNotFound,
    TransactionNotFound,
    WrongMethod,
    Internal,
}

impl Refusal {
    /// Its number and its words.
    const fn told(self) -> (u32, &'static str) {
        match self {
            Self::BadRequest => (4_000_000, "Bad request."),
            Self::Because(words) => (4_000_000, words),
            Self::AppIdentifier => (4_000_002, "Invalid request app identifier."),
            Self::Revision => (4_000_005, "Invalid request revision."),
            Self::TransactionId => (4_000_006, "Invalid transaction id."),
            Self::OriginalTransactionId => (4_000_008, "Invalid original transaction id."),
            Self::ExtendByDays => (4_000_009, "Invalid extend by days value."),
            Self::ExtendReasonCode => (4_000_010, "Invalid extend reason code."),
            Self::RequestIdentifier => (4_000_011, "Invalid request identifier."),
            Self::StartTooFarInPast => {
                (4_000_012, "Invalid request. The start date is earlier than the allowed start date.")
            }
            Self::StartAfterEnd => (
                4_000_013,
                "Invalid request. The end date precedes the start date or the dates are the same.",
            ),
            Self::PaginationToken => (4_000_014, "Invalid request. The pagination token is invalid."),
            Self::PaginationTokenExpired => (4_000_017, "Invalid request. The pagination token is expired."),
            Self::StartDate => (
                4_000_015,
                "Invalid request. The start date is not a timestamp value represented in milliseconds.",
            ),
            Self::EndDate => (
                4_000_016,
                "Invalid request. The end date is not a timestamp value represented in milliseconds.",
            ),
            Self::NotificationType => {
                (4_000_018, "Invalid request. The notification type or subtype is invalid.")
            }
            Self::MultipleFilters => (
                4_000_019,
                "Invalid request. Supply either a transaction id or a notification type, but not both.",
            ),
            Self::TestNotificationToken => {
                (4_000_020, "Invalid request. The test notification token is invalid.")
            }
            Self::Sort => (4_000_021, "Invalid request. The sort parameter is invalid."),
            Self::ProductType => (4_000_022, "Invalid request. The product type parameter is invalid."),
            Self::ProductId => (4_000_023, "Invalid request. The product id parameter is invalid."),
            Self::SubscriptionGroup => {
                (4_000_024, "Invalid request. The subscription group identifier parameter is invalid.")
            }
            Self::ExcludeRevoked => (4_000_025, "Invalid request. The exclude revoked parameter is invalid."),
            Self::Ownership => {
                (4_000_026, "Invalid request. The in-app ownership type parameter is invalid.")
            }
            Self::EmptyStorefronts => (
                4_000_027,
                "Invalid request. If provided, the list of storefront country codes must not be empty.",
            ),
            Self::Storefront => (4_000_028, "Invalid request. A storefront country code was invalid."),
            Self::Revoked => (4_000_030, "Invalid request. The revoked parameter is invalid."),
            Self::Status => (4_000_031, "Invalid request. The status parameter is invalid."),
            Self::AccountTenure => (4_000_032, "Invalid request. The account tenure field is invalid."),
            Self::AppAccountToken => (
                4_000_033,
                "Invalid request. The app account token field must contain a valid UUID or an empty string.",
            ),
            Self::ConsumptionStatus => {
                (4_000_034, "Invalid request. The consumption status field is invalid.")
            }
            Self::CustomerConsented => (
                4_000_035,
                "Invalid request. The customer consented field is invalid or doesn't indicate that the customer consented.",
            ),
            Self::DeliveryStatus => (4_000_036, "Invalid request. The delivery status field is invalid."),
            Self::DollarsPurchased => {
                (4_000_037, "Invalid request. The lifetime dollars purchased field is invalid.")
            }
            Self::DollarsRefunded => {
                (4_000_038, "Invalid request. The lifetime dollars refunded field is invalid.")
            }
            Self::Platform => (4_000_039, "Invalid request. The platform field is invalid."),
            Self::PlayTime => (4_000_040, "Invalid request. The play time field is invalid."),
            Self::SampleContent => {
                (4_000_041, "Invalid request. The sample content provided field is invalid.")
            }
            Self::UserStatus => (4_000_042, "Invalid request. The user status field is invalid."),
            Self::TypeNotSupported => (
                4_000_047,
                "Invalid request. The transaction id doesn't represent a supported in-app purchase type.",
            ),
            Self::AppTransactionIdNotSupported => {
                (4_000_048, "Invalid request. App transaction ids aren't supported by this endpoint.")
            }
            Self::AppAccountTokenUuid => {
                (4_000_183, "Invalid request. The app account token field must be a valid UUID.")
            }
            Self::FamilyTransaction => {
                (4_000_185, "Invalid request. Family transactions aren't supported by this endpoint.")
            }
            Self::NotOriginal => {
                (4_000_187, "Invalid request. The transaction id isn't an original transaction id.")
            }
            Self::ExtensionIneligible => {
                (4_030_004, "Forbidden - subscription state ineligible for extension.")
            }
            Self::MaxExtension => {
                (4_030_005, "Forbidden - subscription has reached maximum extension count.")
            }
            Self::FamilyExtension => (
                4_030_007,
                "Subscriptions that users obtain through Family Sharing can't get a renewal date extension directly.",
            ),
            Self::NothingHere => {
                (4_040_000, "The sandbox has nothing at this path; docs/sandbox.md says what it does.")
            }
            Self::AccountNotFound => (4_040_001, "Account not found."),
            Self::AppNotFound => (4_040_003, "App not found."),
            Self::OriginalNotFound => (4_040_005, "Original transaction id not found."),
            Self::NoNotificationUrl => (
                4_040_007,
                "No App Store Server Notification URL found for provided app. Check that a URL is configured in App Store Connect for this environment.",
            ),
            Self::TestNotificationNotFound => (
                4_040_008,
                "Either the test notification token is expired or the notification and status are not yet available.",
            ),
            Self::StatusRequestNotFound => (
                4_040_009,
                "The server didn't find a subscription-renewal-date extension request for this requestIdentifier and productId combination.",
            ),
            Self::TransactionNotFound => (4_040_010, "Transaction id not found."),
            Self::WrongMethod => (4_050_000, "The request method is not valid for the path."),
            Self::Internal => (5_000_000, "An unknown error occurred."),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let (number, words) = refusal.told();
        let status = u16::try_from(number / 10_000).ok().and_then(|status| StatusCode::from_u16(status).ok());
        Self::InOwnForm {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: json!({ "errorCode": number, "errorMessage": words }).to_string(),
        }
    }
}
