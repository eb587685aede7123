//! What a fit leaves behind as tables: its bins, and why each column is in or out; by segment where there are several cards.

use anyhow::Result;
use cashline_lab::{development::Fitted, scorecard::FittedCard, select::Step};

/// A card's name as the first column of a table; a single card has no such column.
fn named<'a>(segment: Option<&'a str>, rest: &[&'a str]) -> Vec<&'a str> {
    segment.into_iter().chain(rest.iter().copied()).collect()
}

/// The binning tables of the cards, one row a bin.
pub(super) fn bins(fitted: &Fitted) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let columns = ["attribute", "bin", "count", "count_share", "good", "bad", "bad_rate", "woe", "iv", "js", "points"];
    let is_segmented = matches!(fitted, Fitted::Segments(_));
    writer.write_record(named(is_segmented.then_some("segment"), &columns))?;
    for (segment, card) in fitted.cards() {
        bins_of(card, segment, &mut writer)?;
    }
    Ok(writer.into_inner()?)
}

fn bins_of(card: &FittedCard, segment: Option<&str>, writer: &mut csv::Writer<Vec<u8>>) -> Result<()> {
    let points = card.points();
    for (one, points) in card.characteristics.iter().zip(&points.characteristics) {
        let whole = points.whole();
        // Points stand by the place of a bin among all, of which the table shows those that hold a row.
        for ((at, _), row) in one.binned.shown().zip(&one.binned.table().rows) {
            let woe = row.woe.map_or(String::new(), |woe| woe.to_string());
            let points = whole.get(at).map_or(String::new(), i64::to_string);
            let cells = [
                &one.binned.name,
                &row.bin,
                &row.count.to_string(),
                &row.count_share.to_string(),
                &row.non_event.to_string(),
                &row.event.to_string(),
                &row.event_rate.to_string(),
                &woe,
                &row.iv.to_string(),
                &row.js.to_string(),
                &points,
            ];
            writer.write_record(named(segment, &cells.map(String::as_str)))?;
        }
    }
    Ok(())
}

/// Why each column is in or out.
pub(super) fn selection(fitted: &Fitted) -> Result<Vec<u8>> {
    #[derive(serde::Serialize)]
    struct OfSegment<'a>(&'a str, &'a Step);
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(vec![]);
    let is_segmented = matches!(fitted, Fitted::Segments(_));
    writer.write_record(named(is_segmented.then_some("segment"), &["column", "kept", "rule", "why"]))?;
    for (segment, card) in fitted.cards() {
        for step in &card.selection.steps {
            match segment {
                Some(segment) => writer.serialize(OfSegment(segment, step))?,
                None => writer.serialize(step)?,
            }
        }
    }
    Ok(writer.into_inner()?)
}
