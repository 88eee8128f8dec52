//! Which reports there are, and what stands in their columns.

/// What stands in a column.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    /// The first day that is covered.
    Date,
    Title,
    AppId,
    Country,
    /// Always this.
    Always(&'static str),
    /// One of these, line by line.
    OneOf(&'static [&'static str]),
    /// Only in the detailed report, and empty.
    Detail,
    /// How many, at most so many a day.
    Count(u64),
    /// Fewer than the count before it: those whom it was.
    Fewer,
    /// So many seconds for each of the count before it.
    Seconds(u64),
    /// So many cents for each of the count before it.
    Cents(u64),
}

/// A report, as Apple names it.
pub(super) struct Report {
    name: &'static str,
    pub(super) category: &'static str,
    /// Whether there are a standard and a detailed one.
    has_levels: bool,
    /// How many lines there are for each country.
    pub(super) lines: usize,
    /// In groups that many reports have.
    columns: &'static [&'static [Column]],
}

/// A column's name, and what stands in it.
type Column = (&'static str, Cell);

/// A report, standard or detailed.
pub(super) struct Level {
    pub(super) report: &'static Report,
    is_detailed: bool,
}

impl Level {
    pub(super) fn name(&self) -> String {
        match (self.report.has_levels, self.is_detailed) {
            (false, _) => self.report.name.to_owned(),
            (true, false) => format!("{} Standard", self.report.name),
            (true, true) => format!("{} Detailed", self.report.name),
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        all().find(|level| level.name() == name)
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &'static Column> {
        let (is_detailed, all) = (self.is_detailed, self.report.columns.iter().copied().flatten());
        all.filter(move |(_, cell)| is_detailed || !matches!(cell, Cell::Detail))
    }
}

/// Every report, on each of its levels.
pub(super) fn all() -> impl Iterator<Item = Level> {
    REPORTS.iter().flat_map(|report| {
        let levels: &[bool] = if report.has_levels { &[false, true] } else { &[false] };
        levels.iter().map(move |is_detailed| Level { report, is_detailed: *is_detailed })
    })
}

const APP: &[Column] =
    &[("Date", Cell::Date), ("App Name", Cell::Title), ("App Apple Identifier", Cell::AppId)];
const VERSION: Column = ("App Version", Cell::Always("1.0"));
const PLATFORM: Column = ("Platform Version", Cell::Always("iOS 26.1"));
const DEVICES: &[Column] = &[("Device", Cell::OneOf(&["iPhone", "iPhone", "iPad"])), PLATFORM];
const IPHONE: &[Column] = &[("Device", Cell::Always("iPhone")), PLATFORM];
const FOUND: &[Column] =
    &[("Source Type", Cell::OneOf(&[SEARCH, BROWSE, "Web referrer"])), SOURCE_INFO, CAMPAIGN];
const FOUND_TWICE: &[Column] =
    &[("Source Type", Cell::OneOf(&[SEARCH, SEARCH, BROWSE, BROWSE])), SOURCE_INFO, CAMPAIGN];
const SEARCH: &str = "App Store search";
const BROWSE: &str = "App Store browse";
const SOURCE_INFO: Column = ("Source Info", Cell::Detail);
const CAMPAIGN: Column = ("Campaign", Cell::Detail);
const PAGE: &[Column] = &[("Page Type", Cell::Always("Product page")), ("Page Title", Cell::Detail)];
const PRE_ORDER: Column = ("Pre-Order", Cell::Always(""));
const DOWNLOADED: Column = ("App Download Date", Cell::Always(""));
const TERRITORY: Column = ("Territory", Cell::Country);

const REPORTS: &[Report] = &[
    Report {
        name: "App Store Discovery and Engagement",
        category: "APP_STORE_ENGAGEMENT",
        has_levels: true,
        lines: 6,
        columns: &[
            APP,
            &[("Event", Cell::OneOf(&["Impression", "Page view"]))],
            PAGE,
            FOUND,
            &[("Engagement Type", Cell::Always(""))],
            DEVICES,
            &[TERRITORY, ("Counts", Cell::Count(900)), ("Unique Counts", Cell::Fewer)],
        ],
    },
    Report {
        name: "App Downloads",
        category: "COMMERCE",
        has_levels: true,
        lines: 6,
        columns: &[
            APP,
            &[("Download Type", Cell::OneOf(&["First-time download", "Redownload"])), VERSION],
            DEVICES,
            FOUND,
            PAGE,
            &[PRE_ORDER, TERRITORY, ("Counts", Cell::Count(60))],
        ],
    },
    Report {
        name: "App Store Purchases",
        category: "COMMERCE",
        has_levels: true,
        lines: 2,
        columns: &[
            APP,
            &[("Purchase Type", Cell::Always("App purchase"))],
            &[("Content Name", Cell::Title), ("Content Apple Identifier", Cell::AppId)],
            &[("Payment Method", Cell::OneOf(&["Apple Account Balance", "Card"]))],
            IPHONE,
            FOUND,
            PAGE,
            &[("App Download Date", Cell::Date), PRE_ORDER, TERRITORY],
            &[("Purchases", Cell::Count(20)), ("Proceeds in USD", Cell::Cents(349))],
            &[("Sales in USD", Cell::Cents(499)), ("Paying Users", Cell::Fewer)],
        ],
    },
    Report {
        name: "App Sessions",
        category: "APP_USAGE",
        has_levels: true,
        lines: 3,
        columns: &[
            APP,
            &[VERSION],
            DEVICES,
            FOUND,
            PAGE,
            &[DOWNLOADED, TERRITORY, ("Sessions", Cell::Count(400))],
            &[("Total Session Duration", Cell::Seconds(95)), ("Unique Devices", Cell::Fewer)],
        ],
    },
    Report {
        name: "App Store Installation and Deletion",
        category: "APP_USAGE",
        has_levels: true,
        lines: 4,
        columns: &[
            APP,
            &[("Event", Cell::OneOf(&["Install", "Delete"]))],
            &[("Download Type", Cell::Always("First-time download")), VERSION],
            IPHONE,
            FOUND_TWICE,
            PAGE,
            &[DOWNLOADED, TERRITORY, ("Counts", Cell::Count(80)), ("Unique Devices", Cell::Fewer)],
        ],
    },
    Report {
        name: "App Crashes",
        category: "APP_USAGE",
        has_levels: false,
        lines: 1,
        columns: &[APP, &[VERSION], DEVICES, &[("Crashes", Cell::Count(5)), ("Unique Devices", Cell::Fewer)]],
    },
];
