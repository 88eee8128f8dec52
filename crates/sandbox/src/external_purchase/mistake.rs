//! What can be wrong with a report, by the numbers and words of the API. One of its forty can't arise here: 26, since no
//! two reports are taken at once.

use serde_json::{Value, json};

/// A mistake; where several members can have it, with the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    Duplicate(&'static str),
    ReportingCurrencyMismatch,
    NotFound(&'static str),
    Omitted(&'static str),
    NotAllowed(&'static str),
    FutureDate,
    UnknownEnum(&'static str),
    StatusRegression,
    MissingLines,
    LinesNotAllowed,
    AmountTaxInclusive,
    NetAmount,
    SelfReference,
    ReferenceIsNoStart,
    Negative(&'static str),
    NotPositive(&'static str),
    StartAfterEnd,
    ExchangeNotAllowed,
    TooLong(&'static str),
    ErroneousNotRestatement,
    ReferenceIsNoBuy,
    ErroneousReferenced,
    TaxCountryMismatch,
    NetAmountMismatch,
    ReferenceIsErroneous,
    TooFarInPast(&'static str),
    RefundOfRefund,
    NoStartReferenced,
    RepeatErroneous,
    ReferenceIsLater,
    PricingCurrencyMismatch,
    ExchangeRateMismatch,
    StartWithPaidDays,
    PaymentOfNothing,
    OutsideOfToken,
    DuplicateNotAllowed,
    RestatedDateMismatch,
    RestatedTooLate,
    RefundedTooLate,
}

impl Mistake {
    /// Its number, its words, and the member it is about.
    const fn words(self) -> (u32, &'static str, &'static str) {
        match self {
            Self::Duplicate(member) => {
                (1, "The field's value is already submitted and a duplicate value is not expected.", member)
            }
            Self::ReportingCurrencyMismatch => (
                2,
                "The refund's referenced buy line item has a different reporting currency.",
                "reportingCurrency",
            ),
            Self::NotFound(member) => (3, "The referenced value was not found.", member),
            Self::Omitted(member) => (4, "A required field is missing.", member),
            Self::NotAllowed(member) => (5, "The provided field is not allowed.", member),
            Self::FutureDate => (
                6,
                "The provided date field is in the future and future values are not allowed.",
                "creationDate",
            ),
            Self::UnknownEnum(member) => (7, "The provided value is unknown for an enumeration.", member),
            Self::StatusRegression => (
                8,
                "Cannot mark status as NO_LINE_ITEM or UNRECOGNIZED_TOKEN after previously reporting as LINE_ITEM.",
                "status",
            ),
            Self::MissingLines => {
                (9, "The external purchase ID has status LINE_ITEM but is missing line items.", "status")
            }
            Self::LinesNotAllowed => (
                10,
                "A line item was provided for an external purchase ID that has a NO_LINE_ITEM or UNRECOGNIZED_TOKEN status.",
                "status",
            ),
            Self::AmountTaxInclusive => (
                11,
                "The tax exclusive amount plus the tax amount does not equal the tax inclusive amount.",
                "amountTaxInclusive",
            ),
            Self::NetAmount => {
                (12, "The net amount value does not match the expected value.", "netAmountTaxExclusive")
            }
            Self::SelfReference => (13, "The line item may not reference itself.", "referenceLineItemId"),
            Self::ReferenceIsNoStart => (
                14,
                "The referenced line item has no subscription event or its subscription event is not SUBSCRIPTION_START.",
                "referenceLineItemId",
            ),
            Self::Negative(member) => (15, "This field doesn't allow a negative value.", member),
            Self::NotPositive(member) => (16, "This field requires a positive value.", member),
            Self::StartAfterEnd => (17, "The start date is after the end date.", "subscriptionEndDate"),
            Self::ExchangeNotAllowed => (
                18,
                "The reporting currency, which reports a currency exchange, isn't allowed.",
                "reportingCurrency",
            ),
            Self::TooLong(member) => (19, "The field's maximum length is exceeded.", member),
            Self::ErroneousNotRestatement => (
                20,
                "Expecting restatement for an erroneously submitted line item, but line item is not a restatement.",
                "erroneouslySubmitted",
            ),
            Self::ReferenceIsNoBuy => (21, "The referenced line item is not a buy.", "referenceLineItemId"),
            Self::ErroneousReferenced => (
                22,
                "The line item has status erroneously submitted but is referenced by a non-erroneously submitted line item.",
                "erroneouslySubmitted",
            ),
            Self::TaxCountryMismatch => {
                (23, "The refund's referenced buy line item has a different tax country.", "taxCountry")
            }
            Self::NetAmountMismatch => (
                24,
                "Two line items involved in the same net amount calculation have different net amount values.",
                "netAmountTaxExclusive",
            ),
            Self::ReferenceIsErroneous => (
                25,
                "The line item references an erroneously submitted line item, but the line item itself is not erroneously submitted.",
                "erroneouslySubmitted",
            ),
            Self::TooFarInPast(member) => {
                (27, "The provided date is too far in the past. Date must be in milliseconds.", member)
            }
            Self::RefundOfRefund => (
                28,
                "The line item has event type REFUND but is referenced by a different line item that also has event type REFUND.",
                "lineItemId",
            ),
            Self::NoStartReferenced => (
                29,
                "The line item does not have subscription event INITIAL_BUY but it is referenced by a subscription line item with event type BUY.",
                "lineItemId",
            ),
            Self::RepeatErroneous => (
                30,
                "The line item has status erroneously submitted but its previous version was already marked erroneously submitted.",
                "erroneouslySubmitted",
            ),
            Self::ReferenceIsLater => (
                31,
                "The referenced line item has a creation date after the line item's creation date.",
                "creationDate",
            ),
            Self::PricingCurrencyMismatch => (
                32,
                "The refund's referenced buy line item has a different pricing currency.",
                "pricingCurrency",
            ),
            Self::ExchangeRateMismatch => {
                (33, "The refund's referenced buy line item has a different exchange rate.", "exchangeRate")
            }
            Self::StartWithPaidDays => (
                34,
                "The subscriptionDaysOfPaidService field must be zero for a line item with subscription event SUBSCRIPTION_START.",
                "subscriptionDaysOfPaidService",
            ),
            Self::PaymentOfNothing => (
                35,
                "The tax inclusive amount must be positive for line items with subscription event SUBSCRIPTION_PAYMENT.",
                "amountTaxInclusive",
            ),
            Self::OutsideOfToken => (
                36,
                "The line item's creation date is outside the active range of the token. Date must be in milliseconds.",
                "creationDate",
            ),
            Self::DuplicateNotAllowed => {
                (37, "The DUPLICATE_TOKEN status is not allowed for the associated token type.", "status")
            }
            Self::RestatedDateMismatch => (
                38,
                "The creation date of the restatement line item doesn't match the creation date of the original line item.",
                "creationDate",
            ),
            Self::RestatedTooLate => (
                39,
                "Restatement is not allowed for this line item because its creation date is too far in the past.",
                "creationDate",
            ),
            Self::RefundedTooLate => (
                40,
                "Refund is not allowed for this line item because its creation date is too far in the past.",
                "creationDate",
            ),
        }
    }

    /// As it is answered.
    pub(super) fn told(self, line: Option<&str>) -> Value {
        let (number, words, member) = self.words();
        let mut told = json!({ "errorCode": number, "errorMessage": words, "fieldName": member });
        if let Some(line) = line {
            told["lineItemId"] = line.into();
        }
        told
    }
}
