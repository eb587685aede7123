//! Sections from the laboratory's results: what to show of each, in which words.

mod against;
mod binning;
mod card;
mod cross;
mod fairness;
mod monitoring;
mod segments;
mod strategy;
mod validation;

pub use self::{
    against::against,
    binning::binning,
    card::card,
    cross::{cross, parts, vintages},
    fairness::fairness,
    monitoring::monitoring,
    segments::{by_group, segments},
    validation::validation,
};

use super::{Dot, Section};
use crate::metrics::Estimate;

/// A heading under a title that may be empty.
fn heading(title: &str, of: &str) -> String {
    match title {
        "" => {
            let mut letters = of.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
        title => format!("{title}: {of}"),
    }
}

fn section(title: &str, of: &str, text: Vec<String>) -> Section {
    Section { heading: heading(title, of), text, blocks: vec![] }
}

fn dot(estimate: &Estimate) -> Dot {
    Dot { value: estimate.value, interval: Some((estimate.lower, estimate.upper)) }
}

/// At most `most` places of `0..length`, about evenly apart, both ends and `kept` among them.
fn spread(length: usize, most: usize, kept: Option<usize>) -> Vec<usize> {
    if length <= most {
        return (0..length).collect();
    }
    let steps = most.max(3) - 2;
    let mut places: Vec<usize> = (0..=steps).map(|at| at * (length - 1) / steps).chain(kept).collect();
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_few_and_keep_both_ends_and_the_one_that_matters() {
        assert_eq!(spread(4, 20, None), [0, 1, 2, 3]);
        let places = spread(100, 20, Some(42));
        assert!(
            places.len() <= 20 && places.contains(&0) && places.contains(&99) && places.contains(&42),
            "{places:?}"
        );
        assert!(spread(0, 20, None).is_empty());
    }

    #[test]
    fn a_heading_without_a_title_begins_in_a_capital() {
        assert_eq!(heading("", "measures"), "Measures");
        assert_eq!(heading("Test", "measures"), "Test: measures");
    }
}
