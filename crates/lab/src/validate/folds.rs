//! Which rows a model may learn from and which it is tried on.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::hash::sha256;
use serde::Serialize;

use super::ValidateError;
use crate::sample::Key;

/// Rows to learn from and rows to try on; each ascending.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Split {
    /// To learn from.
    pub train: Vec<usize>,
    /// To try on.
    pub test: Vec<usize>,
}

impl Split {
    fn by(len: usize, tried: impl Fn(usize) -> bool) -> Split {
        let (test, train) = (0..len).partition(|row| tried(*row));
        Split { train, test }
    }

    /// Applicants with rows on both sides: what the model saw of them is not new to it.
    #[must_use]
    pub fn applicants_in_both(&self, keys: &[Key]) -> usize {
        let side =
            |rows: &[usize]| -> BTreeSet<&str> { rows.iter().map(|row| keys[*row].applicant_id.as_str()).collect() };
        side(&self.train).intersection(&side(&self.test)).count()
    }
}

/// A split of a repeated cross-validation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fold {
    /// From 0.
    pub repeat: u32,
    /// From 0.
    pub fold: u32,
    /// The rows.
    pub split: Split,
}

/// `repeats` times `k` folds: within each class, rows in the order of the SHA-256 (hexadecimal) of `application_id|repeat` are
/// dealt to the folds in turn, the first to fold 0. Anyone can deal the same folds from the identifiers alone.
///
/// # Errors
///
/// [`ValidateError::Folds`] for fewer than 2 folds, no repeat, or a class with fewer rows than folds;
/// [`ValidateError::Lengths`].
pub fn folds(keys: &[Key], bad: &[bool], repeats: u32, k: u32) -> Result<Vec<Fold>, ValidateError> {
    ValidateError::same_length("outcome", keys.len(), bad.len())?;
    let least =
        [true, false].map(|class| bad.iter().filter(|one| **one == class).count()).into_iter().min().unwrap_or(0);
    let many = usize::try_from(k).unwrap_or(usize::MAX);
    if k < 2 || repeats == 0 || least < many {
        return Err(ValidateError::Folds { repeats, k, least });
    }
    let mut found = Vec::new();
    for repeat in 0..repeats {
        let mut order: Vec<(bool, String, usize)> = (0..keys.len())
            .map(|row| (bad[row], sha256(format!("{}|{repeat}", keys[row].application_id).as_bytes()), row))
            .collect();
        // Equal identifiers fall back on the order of the keys.
        order.sort_unstable_by(|a, b| (a.0, &a.1, &keys[a.2]).cmp(&(b.0, &b.1, &keys[b.2])));
        let mut dealt = vec![0_u32; keys.len()];
        let mut turn = [0_u32; 2];
        for (class, _, row) in order {
            let turn = &mut turn[usize::from(class)];
            dealt[row] = *turn;
            *turn = (*turn + 1) % k;
        }
        found.extend((0..k).map(|fold| Fold { repeat, fold, split: Split::by(keys.len(), |row| dealt[row] == fold) }));
    }
    Ok(found)
}

/// Tries on about `share` of the rows, chosen by the SHA-256 of `application_id|seed`: rows that come or go move no other.
///
/// # Errors
///
/// [`ValidateError::Split`] when a side is empty or the share lies outside (0, 1).
pub fn split_random(keys: &[Key], share: f64, seed: u64) -> Result<Split, ValidateError> {
    if !(0.0 < share && share < 1.0) {
        return Err(ValidateError::Split("the share to try on must lie between 0 and 1"));
    }
    let place = |row: usize| {
        let digest = sha256(format!("{}|{seed}", keys[row].application_id).as_bytes());
        // 52 bits of the digest, as a number in [0, 1).
        let digits = digest.split(':').nth(1).and_then(|hex| hex.get(..13)).unwrap_or("0");
        #[expect(clippy::cast_precision_loss, reason = "52 bits are exact")]
        let number = u64::from_str_radix(digits, 16).unwrap_or(0) as f64;
        number / (1_u64 << 52) as f64
    };
    both_sides(Split::by(keys.len(), |row| place(row) < share))
}

/// Learns from applications before `from` (seconds, UTC) and tries on those from then on.
///
/// # Errors
///
/// [`ValidateError::Split`] when a side is empty.
pub fn split_out_of_time(keys: &[Key], from: i64) -> Result<Split, ValidateError> {
    both_sides(Split::by(keys.len(), |row| from <= keys[row].as_of))
}

/// Tries on each group of `labels` in turn, learning from all others (an institution, a channel, a state); rows with an empty
/// label are learnt from and never tried.
///
/// # Errors
///
/// [`ValidateError::Split`] with fewer than 2 groups.
pub fn split_by_group(labels: &[String]) -> Result<BTreeMap<String, Split>, ValidateError> {
    let groups: BTreeSet<&String> = labels.iter().filter(|label| !label.is_empty()).collect();
    if groups.len() < 2 {
        return Err(ValidateError::Split("a split by group needs at least two groups"));
    }
    let one = |group: &String| (group.clone(), Split::by(labels.len(), |row| labels[row] == *group));
    Ok(groups.into_iter().map(one).collect())
}

fn both_sides(split: Split) -> Result<Split, ValidateError> {
    if split.train.is_empty() || split.test.is_empty() {
        return Err(ValidateError::Split("one side of the split is empty; move its border"));
    }
    Ok(split)
}
