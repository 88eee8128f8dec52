use crate::desk::{COFFEE, Desk, to};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

const VENDOR: &str = "filter[vendorNumber]=80012345";

fn sales(more: &str) -> String {
    format!("/v1/salesReports?{VENDOR}&filter[reportType]=SALES&filter[reportSubType]=SUMMARY&{more}")
}

/// The sum of a column.
fn sum(report: &str, column: &str) -> u64 {
    let mut lines = report.lines();
    let place = lines.next().unwrap().split('\t').position(|name| name == column).unwrap();
    lines.map(|line| line.split('\t').nth(place).unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn a_month_is_the_sum_of_its_days_and_the_same_each_time() {
    let desk = Desk::new();
    let month = desk.report(&sales("filter[frequency]=MONTHLY&filter[reportDate]=2026-10"));
    let day = |day: u32| {
        desk.report(&sales(&format!("filter[frequency]=DAILY&filter[reportDate]=2026-10-{day:02}")))
    };
    let days: u64 = (1..=31).map(|number| sum(&day(number), "Units")).sum();
    assert_eq!(sum(&month, "Units"), days);
    assert_eq!(day(7), day(7));
    assert_ne!(day(7), day(8));
    let columns: Vec<usize> = month.lines().map(|line| line.split('\t').count()).collect();
    assert!(columns.iter().all(|count| *count == 28), "{columns:?}");
    assert!(month.contains("6448311070\t4.99"), "the app's price: {month}");
}

#[test]
fn subscriptions_and_finance_have_columns_of_their_own() {
    let desk = Desk::new();
    let target = format!(
        "/v1/salesReports?{VENDOR}&filter[reportType]=SUBSCRIPTION&filter[reportSubType]=SUMMARY&filter[frequency]=DAILY&filter[version]=1_3"
    );
    let subscriptions = desk.report(&target);
    assert!(subscriptions.contains("Plus Monthly\t6510000101"), "{subscriptions}");
    assert!(subscriptions.lines().all(|line| line.split('\t').count() == 35));
    let finance = |region: &str| {
        desk.report(&format!(
            "/v1/financeReports?{VENDOR}&filter[reportType]=FINANCIAL&filter[reportDate]=2026-10&filter[regionCode]={region}"
        ))
    };
    let (all, europe) = (finance("ZZ"), finance("EU"));
    assert!(all.contains("Total_Rows\t18\n"), "{all}");
    assert!(europe.contains("Total_Rows\t6\n"), "{europe}");
}

#[test]
fn a_report_says_twice_what_its_file_is_called() {
    let desk = Desk::new();
    for (query, name) in [
        ("SALES&filter[reportSubType]=SUMMARY&filter[frequency]=DAILY", "S_D_80012345_20261120.txt.gz"),
        (
            "SALES&filter[reportSubType]=SUMMARY&filter[frequency]=MONTHLY&filter[reportDate]=2026-09",
            "S_M_80012345_202609.txt.gz",
        ),
        (
            "SUBSCRIPTION_EVENT&filter[reportSubType]=SUMMARY&filter[frequency]=DAILY&filter[version]=1_3",
            "Subscription_Event_80012345_20261120_V1_3.txt.gz",
        ),
    ] {
        let target = format!("/v1/salesReports?{VENDOR}&filter[reportType]={query}");
        assert_named(&desk, &target, name);
    }
    let finance = "filter[reportType]=FINANCIAL&filter[reportDate]=2026-10&filter[regionCode]=ZZ";
    let target = format!("/v1/financeReports?{VENDOR}&{finance}");
    assert_named(&desk, &target, "80012345_1026_ZZ.txt.gz");
}

fn assert_named(desk: &Desk, target: &str, name: &str) {
    let target = target.replace('[', "%5B").replace(']', "%5D");
    let request = Request::builder().uri(target).header("x-counterfoil-team", desk.team());
    let response = desk.sandbox().answer(&request.body(Bytes::new()).unwrap());
    assert_eq!(response.status(), 200, "{response:?}");
    assert_eq!(response.headers()["content-disposition"], format!("attachment;filename={name}"));
    assert_eq!(response.headers()["x-reports-filename"], name);
}

/// The lines of a report of one day below its head.
fn of_day(desk: &Desk, kind: &str, subtype: &str) -> Vec<Vec<String>> {
    let target = format!(
        "/v1/salesReports?{VENDOR}&filter[reportType]={kind}&filter[reportSubType]={subtype}&filter[frequency]=DAILY&filter[reportDate]=2026-11-18"
    );
    let report = desk.report(&target);
    let lines: Vec<Vec<String>> =
        report.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{report}");
    lines[1..].to_vec()
}

#[test]
fn events_and_subscribers_tell_of_the_same_purchases() {
    let desk = Desk::new();
    let events = of_day(&desk, "SUBSCRIPTION_EVENT", "SUMMARY");
    let count = |wanted: &[&str]| -> u64 {
        let some = events.iter().filter(|line| wanted.contains(&line[1].as_str()));
        some.map(|line| line[27].parse::<u64>().unwrap()).sum()
    };
    let subscribers = of_day(&desk, "SUBSCRIBER", "DETAILED");
    let units =
        |wanted: &str| u64::try_from(subscribers.iter().filter(|line| line[25] == wanted).count()).unwrap();
    assert_eq!((units("1"), units("-1")), (count(&["Subscribe", "Renew"]), count(&["Refund"])));
    assert!(units("1") > 0 && units("-1") > 0);
    let refund = subscribers.iter().find(|line| line[25] == "-1").unwrap();
    assert!(refund[12].starts_with('-') && refund[23] == "Yes", "{refund:?}");
}

#[test]
fn there_are_pre_orders_where_and_while_an_app_can_be_ordered() {
    let desk = Desk::new();
    let report = |date: &str| {
        format!(
            "/v1/salesReports?{VENDOR}&filter[reportType]=PRE_ORDER&filter[reportSubType]=SUMMARY&filter[frequency]=DAILY&filter[version]=1_0&filter[reportDate]={date}"
        )
    };
    desk.get(&report("2026-11-18")).assert_fault(404, "NOT_FOUND", "");
    let body = json!({
        "data": {
            "type": "appAvailabilities",
            "attributes": { "availableInNewTerritories": true },
            "relationships": {
                "app": to("apps", COFFEE),
                "territoryAvailabilities": { "data": [{ "type": "territoryAvailabilities", "id": "${usa}" }] },
            },
        },
        "included": [{
            "type": "territoryAvailabilities", "id": "${usa}",
            "attributes": { "available": true, "preOrderEnabled": true, "releaseDate": "2026-11-20" },
            "relationships": { "territory": to("territories", "USA") },
        }],
    });
    let made = desk.ask(Method::POST, "/v2/appAvailabilities", body.to_string());
    assert_eq!(made.status, 201, "{made:?}");
    let text = desk.report(&report("2026-11-18"));
    let line: Vec<&str> = text.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(line.len(), text.lines().next().unwrap().split('\t').count());
    assert_eq!((line[2], line[5], line[6]), ("SANDBOX001", "08/21/2026", "11/20/2026"));
    let (of_day, in_all): (u64, u64) = (line[7].parse().unwrap(), line[9].parse().unwrap());
    assert!(of_day < in_all, "{text}");
    desk.get(&report("2026-11-20")).assert_fault(404, "NOT_FOUND", "");
}

#[test]
fn the_details_of_a_month_add_up_to_its_summary() {
    let desk = Desk::new();
    let finance = |kind: &str, region: &str| {
        desk.report(&format!(
            "/v1/financeReports?{VENDOR}&filter[reportType]={kind}&filter[reportDate]=2026-10&filter[regionCode]={region}"
        ))
    };
    let (summary, detail) = (finance("FINANCIAL", "ZZ"), finance("FINANCE_DETAIL", "Z1"));
    let total = summary.lines().find_map(|line| line.strip_prefix("Total_Units\t")).unwrap();
    assert_eq!(sum(&detail, "Quantity").to_string(), total);
    assert!(detail.contains("10/31/2026\t10/31/2026\t6448311070\tSANDBOX002\tSandbox Trains"), "{detail}");
    assert!(detail.lines().all(|line| line.split('\t').count() == 18));
}

#[test]
fn what_is_missing_or_can_not_be_is_said() {
    let desk = Desk::new();
    let finance = |rest: &str| format!("/v1/financeReports?{VENDOR}&filter[reportDate]=2026-10&{rest}");
    let (required, invalid) = ("PARAMETER_ERROR.REQUIRED", "PARAMETER_ERROR.INVALID");
    let combined = "PARAMETER_ERROR.INVALID.INVALID_COMBINATION";
    let daily = sales("filter[frequency]=DAILY");
    for (target, code, name) in [
        ("/v1/salesReports".to_owned(), required, "filter[reportType]"),
        (sales(""), required, "filter[frequency]"),
        (daily.replace(VENDOR, ""), required, "filter[vendorNumber]"),
        (sales("filter[frequency]=HOURLY"), invalid, "filter[frequency]"),
        (daily.replace("80012345", "seven"), invalid, "filter[vendorNumber]"),
        (daily.replace("=SALES", "=CARS"), invalid, "filter[reportType]"),
        (daily.replace("=SUMMARY", "=SHORT"), invalid, "filter[reportSubType]"),
        (format!("{daily}&filter[frequency]=DAILY"), invalid, "filter[frequency]"),
        (daily.replace("=SUMMARY", "=DETAILED"), combined, "filter[reportSubType]"),
        (sales("filter[frequency]=WEEKLY").replace("=SALES", "=SUBSCRIPTION"), combined, "filter[frequency]"),
        (format!("{daily}&filter[version]=9_9"), combined, "filter[version]"),
        (daily.replace("=SALES", "=SUBSCRIPTION") + "&filter[version]=1_2", combined, "filter[version]"),
        (sales("filter[frequency]=WEEKLY&filter[reportDate]=2026-11-16"), combined, "filter[reportDate]"),
        (sales("filter[frequency]=MONTHLY&filter[reportDate]=2026-11-16"), combined, "filter[reportDate]"),
        (finance("filter[reportType]=FINANCIAL"), required, "filter[regionCode]"),
        (finance("filter[reportType]=FINANCIAL&filter[regionCode]=XX"), invalid, "filter[regionCode]"),
        (finance("filter[reportType]=FINANCIAL&filter[regionCode]=Z1"), combined, "filter[regionCode]"),
        (finance("filter[reportType]=FINANCE_DETAIL&filter[regionCode]=ZZ"), combined, "filter[regionCode]"),
        (finance("filter[frequency]=DAILY"), "PARAMETER_ERROR.ILLEGAL", "filter[frequency]"),
        (format!("{daily}&colour=red"), "PARAMETER_ERROR.ILLEGAL", "colour"),
    ] {
        desk.get(&target).assert_fault(400, code, name);
    }
    for date in ["2026-11-21", "2027-01-01", "2020-01-01"] {
        let target = sales(&format!("filter[frequency]=DAILY&filter[reportDate]={date}"));
        desk.get(&target).assert_fault(404, "NOT_FOUND", "");
    }
    desk.get(&finance("filter[reportType]=FINANCIAL&filter[regionCode]=AU")).assert_fault(
        404,
        "NOT_FOUND",
        "",
    );
    let newsstand =
        sales("filter[frequency]=DAILY").replace("=SALES", "=NEWSSTAND").replace("=SUMMARY", "=DETAILED");
    desk.get(&newsstand).assert_fault(404, "NOT_FOUND", "");
}
