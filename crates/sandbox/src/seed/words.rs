//! Names and words of the demonstration.

use super::DemoApp;

pub(super) const APPS: &[DemoApp] = &[
    DemoApp {
        id: "6448311069",
        name: "Sandbox Coffee",
        bundle: "com.example.coffee",
        subtitle: "Order ahead, skip the queue",
        category: "FOOD_AND_DRINK",
        tier: 0,
    },
    DemoApp {
        id: "6448311070",
        name: "Sandbox Trains",
        bundle: "com.example.trains",
        subtitle: "Every platform, to the minute",
        category: "TRAVEL",
        tier: 48,
    },
    DemoApp {
        id: "6448311071",
        name: "Sandbox Notes",
        bundle: "com.example.notes",
        subtitle: "Words that stay where you left",
        category: "PRODUCTIVITY",
        tier: 8,
    },
];

/// The languages of the store.
pub(super) const LOCALES: &[&str] = &[
    "ar-SA", "ca", "cs", "da", "de-DE", "el", "en-AU", "en-CA", "en-GB", "en-US", "es-ES", "es-MX", "fi",
    "fr-CA", "fr-FR", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "ms", "nl-NL", "no", "pl", "pt-BR",
    "pt-PT", "ro", "ru", "sk", "sv", "th", "tr", "uk", "vi", "zh-Hans", "zh-Hant",
];

/// Categories, with what is below them.
pub(super) const CATEGORIES: &[(&str, &str)] = &[
    ("BOOKS", ""),
    ("BUSINESS", ""),
    ("DEVELOPER_TOOLS", ""),
    ("EDUCATION", ""),
    ("ENTERTAINMENT", ""),
    ("FINANCE", ""),
    ("FOOD_AND_DRINK", ""),
    (
        "GAMES",
        "ACTION ADVENTURE BOARD CARD CASINO CASUAL FAMILY MUSIC PUZZLE RACING ROLE_PLAYING SIMULATION SPORTS STRATEGY TRIVIA WORD",
    ),
    ("GRAPHICS_AND_DESIGN", ""),
    ("HEALTH_AND_FITNESS", ""),
    ("LIFESTYLE", ""),
    ("MAGAZINES_AND_NEWSPAPERS", ""),
    ("MEDICAL", ""),
    ("MUSIC", ""),
    ("NAVIGATION", ""),
    ("NEWS", ""),
    ("PHOTO_AND_VIDEO", ""),
    ("PRODUCTIVITY", ""),
    ("REFERENCE", ""),
    ("SHOPPING", ""),
    ("SOCIAL_NETWORKING", ""),
    ("SPORTS", ""),
    (
        "STICKERS",
        "ANIMALS ART CELEBRATIONS EMOJI_AND_EXPRESSIONS FOOD_AND_DRINK GAMING MOVIES_AND_TV PEOPLE PLACES_AND_OBJECTS SPORTS",
    ),
    ("TRAVEL", ""),
    ("UTILITIES", ""),
    ("WEATHER", ""),
];

pub(super) const TESTERS: &[(&str, &str)] = &[
    ("Grace", "Hopper"),
    ("Alan", "Kay"),
    ("Barbara", "Liskov"),
    ("Edsger", "Dijkstra"),
    ("Radia", "Perlman"),
];

/// Stars, territory, title and text.
pub(super) const REVIEWS: &[(i64, &str, &str, &str)] = &[
    (5, "USA", "Just works", "I have used it every day since it came out."),
    (4, "GBR", "Nearly there", "Lovely, but I miss a widget."),
    (2, "DEU", "Absturz", "Stürzt beim Start ab, seit dem letzten Update."),
    (5, "JPN", "最高", "毎日使っています。"),
    (1, "USA", "Where is my data?", "Everything was gone after I changed my phone."),
    (3, "FRA", "Pas mal", "Un peu lent sur mon ancien téléphone."),
];
