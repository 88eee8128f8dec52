//! Reports as tab-separated text, with the columns that Apple's have.

use super::days::{Span, american};
use super::sold::Sale;
use crate::dates::Day;
use crate::fault::Fault;
use crate::rules::price_table::written;
use std::fmt::Write;

const SALES: &str = "Provider\tProvider Country\tSKU\tDeveloper\tTitle\tVersion\tProduct Type Identifier\tUnits\tDeveloper Proceeds\t\
Begin Date\tEnd Date\tCustomer Currency\tCountry Code\tCurrency of Proceeds\tApple Identifier\tCustomer Price\tPromo Code\t\
Parent Identifier\tSubscription\tPeriod\tCategory\tCMB\tDevice\tSupported Platforms\tProceeds Reason\tPreserved Pricing\tClient\tOrder Type";

const SUBSCRIPTIONS: &str = "App Name\tApp Apple ID\tSubscription Name\tSubscription Apple ID\tSubscription Group ID\t\
Standard Subscription Duration\tSubscription Offer Name\tPromotional Offer ID\tCustomer Price\tCustomer Currency\tDeveloper Proceeds\t\
Proceeds Currency\tPreserved Pricing\tProceeds Reason\tClient\tDevice\tState\tCountry\tActive Standard Price Subscriptions\t\
Active Free Trial Introductory Offer Subscriptions\tActive Pay Up Front Introductory Offer Subscriptions\t\
Active Pay as You Go Introductory Offer Subscriptions\tFree Trial Promotional Offer Subscriptions\t\
Pay Up Front Promotional Offer Subscriptions\tPay As You Go Promotional Offer Subscriptions\tFree Trial Offer Code Subscriptions\t\
Pay Up Front Offer Code Subscriptions\tPay As You Go Offer Code Subscriptions\tMarketing Opt-Ins\tBilling Retry\tGrace Period\t\
Subscribers\tFree Trial Win-back Offers\tPay Up Front Win-back Offers\tPay As You Go Win-back Offers";

pub(super) const EVENTS: &str = "Event Date\tEvent\tApp Name\tApp Apple ID\tSubscription Name\tSubscription Apple ID\t\
Subscription Group ID\tStandard Subscription Duration\tSubscription Offer Type\tSubscription Offer Duration\tMarketing Opt-In\t\
Marketing Opt-In Duration\tPreserved Pricing\tProceeds Reason\tSubscription Offer Name\tPromotional Offer ID\tConsecutive Paid Periods\t\
Original Start Date\tDevice\tClient\tState\tCountry\tPrevious Subscription Name\tPrevious Subscription Apple ID\tDays Before Canceling\t\
Cancellation Reason\tDays Canceled\tQuantity\tPaid Service Days Recovered";

pub(super) const SUBSCRIBERS: &str = "Event Date\tApp Name\tApp Apple ID\tSubscription Name\tSubscription Apple ID\t\
Subscription Group ID\tStandard Subscription Duration\tSubscription Offer Name\tPromotional Offer ID\tSubscription Offer Type\t\
Subscription Offer Duration\tMarketing Opt-In Duration\tCustomer Price\tCustomer Currency\tDeveloper Proceeds\tProceeds Currency\t\
Preserved Pricing\tProceeds Reason\tClient\tDevice\tCountry\tSubscriber ID\tSubscriber ID Reset\tRefund\tPurchase Date\tUnits";

pub(super) const PRE_ORDERS: &str = "Provider\tProvider Country\tSKU\tDeveloper\tTitle\tPre-Order Start Date\tPre-Order End Date\t\
Ordered\tCanceled\tCumulative Ordered\tCumulative Canceled\tStart Date\tEnd Date\tCountry Code\tApple Identifier\tDevice\t\
Supported Platforms\tCategory\tClient";

const FINANCE: &str = "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\tPartner Share\tExtended Partner Share\t\
Partner Share Currency\tSales or Return\tApple Identifier\tArtist/Show/Developer/Author\tTitle\tLabel/Studio/Network/Developer/Publisher\t\
Grid\tProduct Type Identifier\tISAN/Other Identifier\tCountry Of Sale\tPre-order Flag\tPromo Code\tCustomer Price\tCustomer Currency";

const FINANCE_DETAIL: &str = "Transaction Date\tSettlement Date\tApple Identifier\tSKU\tTitle\tDeveloper Name\tProduct Type Identifier\t\
Country of Sale\tQuantity\tPartner Share\tExtended Partner Share\tPartner Share Currency\tCustomer Price\tCustomer Currency\t\
Sale or Return\tPromo Code\tOrder Type\tRegion";

pub(super) const DEVELOPER: &str = "Sandbox Team";
const PROVIDER: &str = "APPLE";

pub(super) fn sales(span: &Span, all: &[Sale]) -> String {
    let (first, last) = (american(span.first), american(span.last));
    lines(SALES, all, |line, sale| {
        let Sale { sku, title, version, units, proceeds, currency, country, apple_id, price, .. } = sale;
        write!(
            line,
            "{PROVIDER}\tUS\t{sku}\t{DEVELOPER}\t{title}\t{version}\t1F\t{units}\t{proceeds}\t{first}\t{last}\t{currency}\t{country}\t\
             {currency}\t{apple_id}\t{price}\t \t \t \t \tUtilities\t \tiPhone\tiOS\t \t \t \t "
        )
    })
}

pub(super) fn subscriptions(all: &[Sale]) -> String {
    lines(SUBSCRIPTIONS, all, |line, sale| {
        let Sale {
            app_title, app_id, title, apple_id, group, price, currency, proceeds, country, units, ..
        } = sale;
        let period = period(&sale.period);
        write!(
            line,
            "{app_title}\t{app_id}\t{title}\t{apple_id}\t{group}\t{period}\t \t \t{price}\t{currency}\t{proceeds}\t{currency}\t \t \t \t\
             iPhone\t \t{country}\t{units}{zeros}\t{units}\t0\t0\t0",
            zeros = "\t0".repeat(12),
        )
    })
}

pub(super) fn finance(span: &Span, all: &[Sale]) -> String {
    let (first, last) = (american(span.first), american(span.last));
    let mut text = lines(FINANCE, all, |line, sale| {
        let Sale { sku, units, proceeds, currency, apple_id, title, country, price, .. } = sale;
        let all = written(sale.brought);
        write!(
            line,
            "{first}\t{last}\t\t\t{sku}\t{units}\t{proceeds}\t{all}\t{currency}\tS\t{apple_id}\t{DEVELOPER}\t{title}\t{DEVELOPER}\t\t1F\t\t\
             {country}\t\t\t{price}\t{currency}"
        )
    });
    let units: u64 = all.iter().map(|sale| sale.units).sum();
    let _ = writeln!(text, "Total_Rows\t{}\nTotal_Units\t{units}", all.len());
    text
}

/// The same month, each day for itself; it is settled when the month is over.
pub(super) fn finance_detail(month: &Span, all: &[(Day, Sale)]) -> String {
    let settled = american(month.last);
    let mut text = format!("{FINANCE_DETAIL}\n");
    for (day, sale) in all {
        let Sale { sku, units, proceeds, currency, apple_id, title, country, price, region, .. } = sale;
        let (day, all) = (american(*day), written(sale.brought));
        let _ = writeln!(
            text,
            "{day}\t{settled}\t{apple_id}\t{sku}\t{title}\t{DEVELOPER}\t1F\t{country}\t{units}\t{proceeds}\t{all}\t{currency}\t{price}\t\
             {currency}\tS\t\t\t{region}"
        );
    }
    text
}

/// A head and its lines, of which there must be some.
pub(super) fn sheet(head: &str, lines: &[String]) -> Result<String, Fault> {
    if lines.is_empty() { Err(Fault::NoFigures) } else { Ok(format!("{head}\n{}\n", lines.join("\n"))) }
}

fn lines(head: &str, all: &[Sale], line: impl Fn(&mut String, &Sale) -> std::fmt::Result) -> String {
    let mut text = format!("{head}\n");
    for sale in all {
        let _ = line(&mut text, sale);
        text.push('\n');
    }
    text
}

/// `1 Month`, as reports write how long a subscription lasts.
pub(super) fn period(word: &str) -> &'static str {
    match word {
        "ONE_WEEK" => "7 Days",
        "ONE_MONTH" => "1 Month",
        "TWO_MONTHS" => "2 Months",
        "THREE_MONTHS" => "3 Months",
        "SIX_MONTHS" => "6 Months",
        "ONE_YEAR" => "1 Year",
        _ => " ",
    }
}
