//! Prices as a picture: a bar for each territory, the dearest first, and a line where the base is.

use super::audit::{Audit, Row};
use crate::fault::Fault;
use std::fmt::Write as _;

const WIDTH: f64 = 800.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 190.0;
const HEAD: usize = 48;
const BAR: usize = 16;

/// Draws it, as SVG that needs nothing from elsewhere.
///
/// # Errors
/// There is nothing to compare.
pub fn chart(audit: &Audit) -> Result<String, Fault> {
    let mut bars: Vec<_> = audit.rows.iter().filter_map(|row| Some((row, row.beside_base?))).collect();
    bars.sort_by(|(a, one), (b, other)| other.total_cmp(one).then_with(|| a.territory.cmp(&b.territory)));
    let Some((_, longest)) = bars.first().copied() else {
        return Err(Fault::new(
            "there is nothing to draw: no price can be compared with the base's",
            "give --rates FILE, and --base TERRITORY for a subscription",
        ));
    };
    let scale = (WIDTH - LEFT - RIGHT) / longest.max(1.0);
    let height = HEAD + bars.len() * BAR + 12;
    let base = audit.base.as_deref().unwrap_or("the base");
    let title = text(&format!("{}: prices beside {base}", audit.name));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<title>{title}</title>\n\
         <desc>A bar for each of {} territories, as long as its price is beside that of {}.</desc>\n\
         <style>rect{{fill:#4a76b8}}.dear{{fill:#b8604a}}.base{{fill:#333}}text{{fill:#222}}\
         @media(prefers-color-scheme:dark){{text{{fill:#ddd}}.base{{fill:#eee}}line{{stroke:#eee}}}}</style>\n\
         <text x=\"{LEFT}\" y=\"20\" font-size=\"15\">{title}</text>\n",
        bars.len(),
        text(base),
    );
    for (place, (row, share)) in bars.iter().enumerate() {
        svg.push_str(&bar(row, *share, HEAD + place * BAR, scale));
    }
    let line = LEFT + scale;
    let _ = write!(
        svg,
        "<line x1=\"{line:.1}\" x2=\"{line:.1}\" y1=\"{}\" y2=\"{}\" stroke=\"#333\" stroke-dasharray=\"3 3\"/>\n</svg>\n",
        HEAD - 8,
        height - 8,
    );
    Ok(svg)
}

fn bar(row: &Row, share: f64, top: usize, scale: f64) -> String {
    let class = match row.origin {
        "BASE" => " class=\"base\"",
        _ if share > 1.0 => " class=\"dear\"",
        _ => "",
    };
    let (length, baseline) = (share * scale, top + BAR - 5);
    format!(
        "<text x=\"{:.1}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>\
         <rect{class} x=\"{LEFT}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\"/>\
         <text x=\"{:.1}\" y=\"{baseline}\">{} {} ({:.0} %)</text>\n",
        LEFT - 6.0,
        text(&row.territory),
        top + 1,
        BAR - 3,
        LEFT + length + 6.0,
        text(&row.price),
        text(&row.currency),
        share * 100.0,
    )
}

/// What a server said, as text of a picture.
fn text(plain: &str) -> String {
    let mut escaped = String::new();
    for letter in plain.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(territory: &str, share: Option<f64>, origin: &'static str) -> Row {
        Row {
            territory: territory.into(),
            currency: "EUR".into(),
            price: "5".into(),
            origin,
            converted: None,
            beside_base: share,
            felt_alike: None,
            beside_felt: None,
            next: None,
            next_from: None,
        }
    }

    fn audit(rows: Vec<Row>) -> Audit {
        let (id, name, base) = ("1".into(), "<Coffee & \"Co\">".into(), Some("USA".into()));
        Audit { id, kind: "app", name, base, currency: None, rows }
    }

    #[test]
    fn there_is_a_bar_for_each_price_that_can_be_compared_the_dearest_first() {
        let rows = vec![
            row("USA", Some(1.0), "BASE"),
            row("DEU", Some(2.0), "AUTOMATIC"),
            row("XXX", None, "MANUAL"),
        ];
        let svg = chart(&audit(rows)).unwrap();
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.find(">DEU<").unwrap() < svg.find(">USA<").unwrap());
        assert!(
            svg.contains("<title>&lt;Coffee &amp; &quot;Co&quot;&gt;: prices beside USA</title>"),
            "{svg}"
        );
        assert!(svg.contains("width=\"550.0\"") && svg.contains("width=\"275.0\""), "{svg}");
        assert_eq!(chart(&audit(vec![row("USA", None, "BASE")])).unwrap_err().message(), NOTHING);
    }

    const NOTHING: &str = "there is nothing to draw: no price can be compared with the base's";
}
