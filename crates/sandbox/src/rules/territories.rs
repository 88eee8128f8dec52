//! The territories of the store: 175, each with its currency.

/// A territory, its currency, and what a price there contains of tax, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Territory {
    pub(crate) id: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) tax: u32,
}

/// By which the currency is known, and the territories that have it with their taxes.
const GROUPS: &[(&str, &str)] = &[
    ("AED", "ARE 5"),
    ("AUD", "AUS 10"),
    ("BRL", "BRA 17"),
    ("CAD", "CAN 0"),
    ("CHF", "CHE 8"),
    ("CLP", "CHL 19"),
    ("CNY", "CHN 6"),
    ("COP", "COL 19"),
    ("CZK", "CZE 21"),
    ("DKK", "DNK 25"),
    ("EGP", "EGY 14"),
    (
        "EUR",
        "AUT 20, BEL 21, BGR 20, BIH 17, CYP 19, DEU 19, ESP 21, EST 24, FIN 25, FRA 20, GRC 24, HRV 25, IRL 23, \
         ITA 22, LTU 21, LUX 17, LVA 21, MLT 18, MNE 21, NLD 21, PRT 23, SRB 20, SVK 23, SVN 22, XKS 18",
    ),
    ("GBP", "GBR 20"),
    ("HKD", "HKG 0"),
    ("HUF", "HUN 27"),
    ("IDR", "IDN 11"),
    ("ILS", "ISR 18"),
    ("INR", "IND 18"),
    ("JPY", "JPN 10"),
    ("KRW", "KOR 10"),
    ("KZT", "KAZ 12"),
    ("MXN", "MEX 16"),
    ("MYR", "MYS 8"),
    ("NGN", "NGA 8"),
    ("NOK", "NOR 25"),
    ("NZD", "NZL 15"),
    ("PEN", "PER 18"),
    ("PHP", "PHL 12"),
    ("PKR", "PAK 0"),
    ("PLN", "POL 23"),
    ("QAR", "QAT 0"),
    ("RON", "ROU 21"),
    ("RUB", "RUS 20"),
    ("SAR", "SAU 15"),
    ("SEK", "SWE 25"),
    ("SGD", "SGP 9"),
    ("THB", "THA 7"),
    ("TRY", "TUR 20"),
    ("TWD", "TWN 5"),
    ("TZS", "TZA 18"),
    ("VND", "VNM 10"),
    ("ZAR", "ZAF 15"),
    (
        "USD",
        "AFG 0, AGO 0, AIA 0, ALB 20, ARG 21, ARM 20, ATG 0, AZE 18, BEN 0, BFA 0, BHR 10, BHS 10, BLR 20, BLZ 0, \
         BMU 0, BOL 0, BRB 17, BRN 0, BTN 0, BWA 0, CIV 0, CMR 19, COD 0, COG 0, CPV 0, CRI 13, CYM 0, DMA 0, DOM 0, \
         DZA 0, ECU 15, FJI 0, FSM 0, GAB 0, GEO 18, GHA 15, GMB 0, GNB 0, GRD 0, GTM 0, GUY 0, HND 0, IRQ 0, ISL 24, \
         JAM 0, JOR 0, KEN 16, KGZ 0, KHM 10, KNA 0, KWT 0, LAO 0, LBN 0, LBR 0, LBY 0, LCA 0, LKA 0, MAC 0, MAR 0, \
         MDA 20, MDG 0, MDV 8, MKD 0, MLI 0, MMR 0, MNG 0, MOZ 0, MRT 0, MSR 0, MUS 0, MWI 0, NAM 0, NER 0, NIC 0, \
         NPL 13, NRU 0, OMN 5, PAN 0, PLW 0, PNG 0, PRY 0, RWA 0, SEN 0, SLB 0, SLE 0, SLV 0, STP 0, SUR 0, SWZ 0, \
         SYC 0, TCA 0, TCD 0, TJK 0, TKM 0, TON 0, TTO 0, TUN 0, UGA 18, UKR 20, URY 0, USA 0, UZB 12, VCT 0, VEN 0, \
         VGB 0, VUT 0, YEM 0, ZMB 0, ZWE 15",
    ),
];

/// All territories, by id.
pub(crate) static ALL: std::sync::LazyLock<Vec<Territory>> = std::sync::LazyLock::new(|| {
    let mut all: Vec<Territory> =
        GROUPS.iter().flat_map(|(currency, some)| of_group(currency, some)).collect();
    all.sort_unstable_by_key(|territory| territory.id);
    all
});

fn of_group(currency: &'static str, some: &'static str) -> impl Iterator<Item = Territory> {
    some.split(", ").filter_map(move |one| {
        let (id, tax) = one.trim().split_once(' ')?;
        Some(Territory { id, currency, tax: tax.parse().ok()? })
    })
}

/// The territory of this id.
pub(crate) fn of(id: &str) -> Option<&'static Territory> {
    ALL.binary_search_by_key(&id, |territory| territory.id).ok().and_then(|place| ALL.get(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_175_and_none_twice() {
        assert_eq!(ALL.len(), 175);
        assert!(ALL.windows(2).all(|two| two[0].id < two[1].id));
        assert_eq!(of("DEU"), Some(&Territory { id: "DEU", currency: "EUR", tax: 19 }));
        assert_eq!(of("XXX"), None);
    }
}
