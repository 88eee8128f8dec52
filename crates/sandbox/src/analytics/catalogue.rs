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
    columns: &'static [(&'static str, Cell)],
}

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

    pub(super) fn columns(&self) -> impl Iterator<Item = &'static (&'static str, Cell)> {
        let is_detailed = self.is_detailed;
        self.report.columns.iter().filter(move |(_, cell)| is_detailed || !matches!(cell, Cell::Detail))
    }
}

/// Every report, on each of its levels.
pub(super) fn all() -> impl Iterator<Item = Level> {
    REPORTS.iter().flat_map(|report| {
        let levels: &[bool] = if report.has_levels { &[false, true] } else { &[false] };
        levels.iter().map(move |is_detailed| Level { report, is_detailed: *is_detailed })
    })
}

const SOURCES: Cell = Cell::OneOf(&["App Store search", "App Store browse", "Web referrer"]);
const DOWNLOADS: Cell = Cell::OneOf(&["First-time download", "Redownload"]);
const DEVICES: Cell = Cell::OneOf(&["iPhone", "iPhone", "iPad"]);
const PLATFORM: Cell = Cell::Always("iOS 26.1");
const VERSION: Cell = Cell::Always("1.0");
const PAGE: Cell = Cell::Always("Product page");

const REPORTS: &[Report] = &[
    Report {
        name: "App Store Discovery and Engagement",
        category: "APP_STORE_ENGAGEMENT",
        has_levels: true,
        lines: 6,
        columns: &[
            ("Date", Cell::Date),
            ("App Name", Cell::Title),
            ("App Apple Identifier", Cell::AppId),
            ("Event", Cell::OneOf(&["Impression", "Page view"])),
            ("Page Type", PAGE),
            ("Page Title", Cell::Detail),
            ("Source Type", SOURCES),
            ("Source Info", Cell::Detail),
            ("Campaign", Cell::Detail),
            ("Engagement Type", Cell::Always("")),
            ("Device", DEVICES),
            ("Platform Version", PLATFORM),
            ("Territory", Cell::Country),
            ("Counts", Cell::Count(900)),
            ("Unique Counts", Cell::Fewer),
        ],
    },
    Report {
        name: "App Downloads",
        category: "COMMERCE",
        has_levels: true,
        lines: 6,
        columns: &[
            ("Date", Cell::Date),
            ("App Name", Cell::Title),
            ("App Apple Identifier", Cell::AppId),
            ("Download Type", DOWNLOADS),
            ("App Version", VERSION),
            ("Device", DEVICES),
            ("Platform Version", PLATFORM),
            ("Source Type", SOURCES),
            ("Source Info", Cell::Detail),
            ("Campaign", Cell::Detail),
            ("Page Type", PAGE),
            ("Page Title", Cell::Detail),
            ("Pre-Order", Cell::Always("")),
            ("Territory", Cell::Country),
            ("Counts", Cell::Count(60)),
        ],
    },
    Report {
        name: "App Store Purchases",
        category: "COMMERCE",
        has_levels: true,
        lines: 2,
        columns: &[
            ("Date", Cell::Date),
            ("App Name", Cell::Title),
            ("App Apple Identifier", Cell::AppId),
            ("Purchase Type", Cell::Always("App purchase")),
            ("Content Name", Cell::Title),
            ("Content Apple Identifier", Cell::AppId),
            ("Payment Method", Cell::OneOf(&["Apple Account Balance", "Card"])),
            ("Device", Cell::Always("iPhone")),
            ("Platform Version", PLATFORM),
            ("Source Type", SOURCES),
            ("Source Info", Cell::Detail),
            ("Campaign", Cell::Detail),
            ("Page Type", PAGE),
            ("Page Title", Cell::Detail),
            ("App Download Date", Cell::Date),
            ("Pre-Order", Cell::Always("")),
            ("Territory", Cell::Country),
            ("Purchases", Cell::Count(20)),
            ("Proceeds in USD", Cell::Cents(349)),
            ("Sales in USD", Cell::Cents(499)),
            ("Paying Users", Cell::Fewer),
        ],
    },
    Report {
        name: "App Sessions",
        category: "APP_USAGE",
        has_levels: true,
        lines: 3,
        columns: &[
            ("Date", Cell::Date),
            ("App Name", Cell::Title),
            ("App Apple Identifier", Cell::AppId),
            ("App Version", VERSION),
            ("Device", DEVICES),
            ("Platform Version", PLATFORM),
            ("Source Type", SOURCES),
            ("Source Info", Cell::Detail),
            ("Campaign", Cell::Detail),
            ("Page Type", PAGE),
            ("Page Title", Cell::Detail),
            ("App Download Date", Cell::Always("")),
            ("Territory", Cell::Country),
            ("Sessions", Cell::Count(400)),
            ("Total Session Duration", Cell::Seconds(95)),
            ("Unique Devices", Cell::Fewer),
        ],
    },
    Report {
        name: "App Store Installation and Deletion",
        category: "APP_USAGE",
        has_levels: true,
        lines: 4,
        columns: &[
            ("Date", Cell::Date),
            ("App Name", Cell::Title),
            ("App Apple Identifier", Cell::AppId),
            ("Event", Cell::OneOf(&["Install", "Delete"])),
            ("Download Type", Cell::Always("First-time download")),
            ("App Version", VERSION),
            ("Device", Cell::Always("iPhone")),
            ("Platform Version", PLATFORM),
            (
                "Source Type",
                Cell::OneOf(&[
                    "App Store search",
                    "App Store search",
                    "App Store browse",
                    "App Store browse",
                ]),
            ),
            ("Source Info", Cell::Detail),
            ("Campaign", Cell::Detail),
            ("Page Type", PAGE),
            ("Page Title", Cell::Detail),
            ("App Download Date", Cell::Always("")),
            ("Territory", Cell::Country),
            ("Counts", Cell::Count(80)),
            ("Unique Devices", Cell::Fewer),
        ],
    },
    Report {
        name: "App Crashes",
        category: "APP_USAGE",
        has_levels: false,
        lines: 1,
        columns: &[
            ("Date", Cell::Date),
            ("App Name", Cell::Title),
            ("App Apple Identifier", Cell::AppId),
            ("App Version", VERSION),
            ("Device", DEVICES),
            ("Platform Version", PLATFORM),
            ("Crashes", Cell::Count(5)),
            ("Unique Devices", Cell::Fewer),
        ],
    },
];
