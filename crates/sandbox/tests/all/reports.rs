use crate::desk::Desk;

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
    assert!(subscriptions.lines().all(|line| line.split('\t').count() == 26));
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
fn what_is_missing_or_can_not_be_is_said() {
    let desk = Desk::new();
    let invalid = "PARAMETER_ERROR.INVALID";
    for (target, name) in [
        ("/v1/salesReports".to_owned(), "filter[reportType]"),
        (sales(""), "filter[frequency]"),
        (sales("filter[frequency]=HOURLY"), "filter[frequency]"),
        (sales("filter[frequency]=WEEKLY&filter[reportDate]=2026-11-16"), "filter[reportDate]"),
        (sales("filter[frequency]=DAILY").replace("80012345", "seven"), "filter[vendorNumber]"),
    ] {
        desk.get(&target).assert_fault(400, invalid, name);
    }
    desk.get(&sales("filter[frequency]=DAILY&colour=red")).assert_fault(
        400,
        "PARAMETER_ERROR.ILLEGAL",
        "colour",
    );
    for date in ["2026-11-21", "2027-01-01", "2020-01-01"] {
        let target = sales(&format!("filter[frequency]=DAILY&filter[reportDate]={date}"));
        desk.get(&target).assert_fault(404, "NOT_FOUND", "");
    }
    let other = sales("filter[frequency]=DAILY").replace("=SALES", "=PRE_ORDER");
    desk.get(&other).assert_fault(501, "NOT_IN_SANDBOX", "");
}
