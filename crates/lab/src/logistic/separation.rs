//! Whether goods and bads can be told apart without error, so that no maximum of the likelihood exists.

use super::{design::Standard, list, qr};

/// A direction along which the likelihood rises for ever.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Separation {
    /// Whether every row stands on its side; else some rows stand on the border (quasi-complete).
    pub complete: bool,
    /// The columns that make up the direction, by their part in it.
    pub columns: Vec<String>,
}

impl std::fmt::Display for Separation {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (how, rows) = if self.complete { ("completely", "every row") } else { ("in part", "some rows") };
        write!(
            to,
            "{} separates goods from bads {how}: {rows} can be told without error, so no finite coefficient is the best; merge \
             bins, leave the column out, or give a ridge",
            list(&self.columns)
        )
    }
}

/// Proves separation from a direction, or finds no proof in it. While the likelihood climbs for ever, the step of the search
/// turns into a direction that separates: each row then lies on its own side of it, or on the border.
pub(super) fn certify(standard: &Standard<'_>, direction: &[f64]) -> Option<Separation> {
    let mut margin = vec![direction[0]; standard.bad.len()];
    for (part, column) in direction.iter().zip(&standard.columns).skip(1) {
        for (margin, cell) in margin.iter_mut().zip(column) {
            *margin += part * cell;
        }
    }
    for (margin, bad) in margin.iter_mut().zip(standard.bad) {
        if !bad {
            *margin = -*margin;
        }
    }
    let largest = margin.iter().copied().fold(0.0, f64::max);
    // What the search has not yet settled on the border shrinks by e with each step.
    let slack = 1e-7 * largest;
    if largest <= 0.0 || margin.iter().any(|margin| *margin < -slack) {
        return None;
    }
    let complete = margin.iter().all(|margin| slack < *margin);
    let part = |at: usize| {
        let column = &standard.columns[at];
        direction[at].abs() * libm::sqrt(qr::dot(column, column))
    };
    let mut parts: Vec<(f64, usize)> = (1..direction.len()).map(|at| (part(at), at)).collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let most = parts.first().map_or(0.0, |first| first.0);
    let taken = parts.iter().filter(|(part, _)| 1e-2 * most <= *part);
    Some(Separation { complete, columns: taken.map(|(_, at)| standard.name(*at)).collect() })
}
