//! Which rows a model may learn from and which it is tried on.

use std::collections::{BTreeMap, BTreeSet};

use cashline_core::hash::sha256;
use serde::Serialize;

use super::ValidateError;
use crate::sample::Key;

/// Rows to learn from and rows to try on; each ascending.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Split {
    /// To learn from.
    pub train: Vec<usize>,
    /// To try on: no applicant of theirs is learnt from.
    pub test: Vec<usize>,
    /// On neither side: rows that would be tried, of applicants who are learnt from.
    pub left_out: Vec<usize>,
}

impl Split {
    fn by(len: usize, tried: impl Fn(usize) -> bool) -> Split {
        let (test, train) = (0..len).partition(|row| tried(*row));
        Split { train, test, left_out: vec![] }
    }

    /// Leaves out of the rows to try on those of applicants with a row to learn from: what the model saw of them is not new to it.
    fn apart(self, keys: &[Key]) -> Split {
        let learnt: BTreeSet<&str> = self.train.iter().map(|row| keys[*row].applicant_id.as_str()).collect();
        let is_known = |row: &usize| learnt.contains(keys[*row].applicant_id.as_str());
        let (left_out, test) = self.test.into_iter().partition(is_known);
        Split { train: self.train, test, left_out }
    }
}

/// The application by which each row's applicant is dealt, whole: of the applicant's, the one whose identifier comes first. Where
/// everybody applied once, that is the row's own.
fn dealt_by(keys: &[Key]) -> Vec<&str> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for key in keys {
        let held = first.entry(&key.applicant_id).or_insert(&key.application_id);
        *held = (*held).min(&key.application_id);
    }
    keys.iter().map(|key| first[key.applicant_id.as_str()]).collect()
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

/// `repeats` times `k` folds of applicants with all their rows: within each class (those with a bad outcome, and those without),
/// applicants in the order of the SHA-256 (hexadecimal) of `application_id|repeat`, of their applications the one whose identifier
/// comes first, are dealt to the folds in turn, the first to fold 0. Anyone can deal the same folds from the identifiers alone.
///
/// # Errors
///
/// [`ValidateError::Folds`] for fewer than 2 folds, no repeat, or a class with fewer applicants than folds;
/// [`ValidateError::Lengths`].
pub fn folds(keys: &[Key], bad: &[bool], repeats: u32, k: u32) -> Result<Vec<Fold>, ValidateError> {
    ValidateError::same_length("outcome", keys.len(), bad.len())?;
    let mut applicants: BTreeMap<&str, (bool, &str)> = BTreeMap::new();
    for ((key, first), bad) in keys.iter().zip(dealt_by(keys)).zip(bad) {
        applicants.entry(&key.applicant_id).or_insert((false, first)).0 |= *bad;
    }
    let of = |class: bool| applicants.values().filter(|one| one.0 == class).count();
    let least = of(true).min(of(false));
    let many = usize::try_from(k).unwrap_or(usize::MAX);
    if k < 2 || repeats == 0 || least < many {
        return Err(ValidateError::Folds { repeats, k, least });
    }
    let mut found = Vec::new();
    for repeat in 0..repeats {
        let digest = |first: &str| sha256(format!("{first}|{repeat}").as_bytes());
        // Equal digests fall back on the order of the applicants.
        let mut order: Vec<(bool, String, &str)> =
            applicants.iter().map(|(applicant, (bad, first))| (*bad, digest(first), *applicant)).collect();
        order.sort_unstable();
        let mut dealt: BTreeMap<&str, u32> = BTreeMap::new();
        let mut turn = [0_u32; 2];
        for (class, _, applicant) in order {
            let turn = &mut turn[usize::from(class)];
            dealt.insert(applicant, *turn);
            *turn = (*turn + 1) % k;
        }
        let of_row: Vec<u32> = keys.iter().map(|key| dealt[key.applicant_id.as_str()]).collect();
        found.extend((0..k).map(|fold| Fold { repeat, fold, split: Split::by(keys.len(), |row| of_row[row] == fold) }));
    }
    Ok(found)
}

/// Tries on about `share` of the applicants with all their rows, chosen by the SHA-256 of `application_id|seed`, of their
/// applications the one whose identifier comes first: applicants that come or go move no other.
///
/// # Errors
///
/// [`ValidateError::Split`] when a side is empty or the share lies outside (0, 1).
pub fn split_random(keys: &[Key], share: f64, seed: u64) -> Result<Split, ValidateError> {
    if !(0.0 < share && share < 1.0) {
        return Err(ValidateError::Split("the share to try on must lie between 0 and 1"));
    }
    let first = dealt_by(keys);
    let place = |row: usize| {
        let digest = sha256(format!("{}|{seed}", first[row]).as_bytes());
        // 52 bits of the digest, as a number in [0, 1).
        let digits = digest.split(':').nth(1).and_then(|hex| hex.get(..13)).unwrap_or("0");
        #[expect(clippy::cast_precision_loss, reason = "52 bits are exact")]
        let number = u64::from_str_radix(digits, 16).unwrap_or(0) as f64;
        number / (1_u64 << 52) as f64
    };
    both_sides(Split::by(keys.len(), |row| place(row) < share))
}

/// Learns from applications before `from` (seconds, UTC) and tries on those from then on; those of applicants who are learnt from
/// are left out.
///
/// # Errors
///
/// [`ValidateError::Split`] when a side is empty.
pub fn split_out_of_time(keys: &[Key], from: i64) -> Result<Split, ValidateError> {
    both_sides(Split::by(keys.len(), |row| from <= keys[row].as_of).apart(keys))
}

/// Tries on each group of `labels` in turn, learning from all others (an institution, a channel, a state); rows with an empty
/// label are learnt from and never tried, and those of a group whose applicants are learnt from are left out.
///
/// # Errors
///
/// [`ValidateError::Split`] with fewer than 2 groups; [`ValidateError::Lengths`].
pub fn split_by_group(keys: &[Key], labels: &[String]) -> Result<BTreeMap<String, Split>, ValidateError> {
    ValidateError::same_length("label", keys.len(), labels.len())?;
    let groups: BTreeSet<&String> = labels.iter().filter(|label| !label.is_empty()).collect();
    if groups.len() < 2 {
        return Err(ValidateError::Split("a split by group needs at least two groups"));
    }
    let one = |group: &String| (group.clone(), Split::by(labels.len(), |row| labels[row] == *group).apart(keys));
    Ok(groups.into_iter().map(one).collect())
}

fn both_sides(split: Split) -> Result<Split, ValidateError> {
    if split.train.is_empty() || split.test.is_empty() {
        return Err(ValidateError::Split("one side of the split is empty; move its border"));
    }
    Ok(split)
}
