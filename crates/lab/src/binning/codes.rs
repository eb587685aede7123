//! Codes: counted by level, rare ones pooled, ordered by bad rate, merged into groups.
//!
//! Ordering by bad rate loses nothing: of all groupings into k groups, one with the largest information value has groups that are
//! neighbours in that order, because the measure is convex in a group's shares (Breiman et al. 1984, section 4.2.2, for two
//! groups; Chou 1991, IEEE Trans. PAMI 13, for k). Minimum sizes can break that, so the search is then the best of this order.

use cashline_core::value::Missing;

use super::{
    Bin, BinKind, BinningError, Options, Tally, Trend,
    solve::{self, Merged},
    tally::{self, Entry, Rows},
};

/// A column of codes, counted.
pub(super) struct Tallied<'a> {
    /// Levels met, ascending by name.
    pub(super) groups: Vec<(&'a str, Tally)>,
    /// In the order of all causes.
    pub(super) missing: Vec<Tally>,
}

/// Levels that stay together, and whether they take in those that have no group.
#[derive(Default)]
struct Group<'a> {
    levels: Vec<&'a str>,
    other: bool,
    tally: Tally,
}

/// Counts the rows of every level and cause.
pub(super) fn tally<'a>(
    name: &str,
    levels: &'a [String],
    cells: &[Result<u32, Missing>],
    rows: &Rows<'_>,
) -> Result<Tallied<'a>, BinningError> {
    let (mut codes, mut causes): (Vec<Entry>, Vec<Entry>) = (Vec::with_capacity(cells.len()), Vec::new());
    for (row, cell) in cells.iter().enumerate() {
        match cell {
            Ok(level) => codes.push(rows.entry(row, u64::from(*level))),
            Err(cause) => causes.push(rows.entry(row, tally::cause_place(*cause))),
        }
    }
    let level = |at: u64| usize::try_from(at).ok().and_then(|at| levels.get(at)).map(String::as_str);
    let mut groups = Vec::new();
    for (at, tally) in tally::tally(codes) {
        groups.push((level(at).ok_or_else(|| BinningError::Level { name: name.to_owned() })?, tally));
    }
    groups.sort_by_key(|group| group.0);
    Ok(Tallied { groups, missing: tally::tally_causes(causes) })
}

/// The bins of counted levels; one empty, neutral bin that takes in everything when there is none.
pub(super) fn bins(levels: Vec<(&str, Tally)>, total: &Tally, options: &Options) -> Vec<Bin> {
    let mut groups = match &options.groups {
        Some(wanted) => grouped(&levels, wanted),
        None => pooled(levels, options),
    };
    let rate = |group: &Group<'_>| solve::rate(group.tally.goods, group.tally.bads, options.zero_cell);
    groups.sort_by(|a, b| rate(a).total_cmp(&rate(b)).then_with(|| a.levels.cmp(&b.levels)));
    let tallies: Vec<Tally> = groups.iter().map(|group| group.tally).collect();
    let merged = match options.groups {
        Some(_) => solve::fixed(&tallies, options.zero_cell),
        // In this order every grouping ascends.
        None => solve::search(&tallies, total, options, Trend::None),
    };
    if merged.is_empty() {
        let kind = BinKind::Codes { levels: vec![], other: true };
        return vec![Bin::new(kind, Tally::default(), total, options.zero_cell)];
    }
    let bin = |one: &Merged| {
        let members = &groups[one.first..=one.last];
        let mut levels: Vec<String> = members.iter().flat_map(|group| &group.levels).map(|s| (*s).to_owned()).collect();
        levels.sort();
        let kind = BinKind::Codes { levels, other: members.iter().any(|group| group.other) };
        Bin::new(kind, one.tally, total, options.zero_cell)
    };
    merged.iter().map(bin).collect()
}

/// The groups asked for, those without a row left out, and a last one for levels in none of them.
fn grouped<'a>(levels: &[(&'a str, Tally)], wanted: &[Vec<String>]) -> Vec<Group<'a>> {
    let home = |level: &str| wanted.iter().position(|group| group.iter().any(|one| one == level));
    let mut groups: Vec<Group<'a>> = (0..=wanted.len()).map(|_| Group::default()).collect();
    for (level, tally) in levels {
        let group = &mut groups[home(level).unwrap_or(wanted.len())];
        group.levels.push(level);
        group.tally = group.tally.plus(tally);
    }
    if let Some(last) = groups.last_mut() {
        last.other = true;
    }
    groups.retain(|group| group.tally.rows != 0);
    groups
}

/// Each level alone, the rare ones in one group. When there are more levels than the search takes, the
/// rarest join that group (ties: the later name).
fn pooled<'a>(levels: Vec<(&'a str, Tally)>, options: &Options) -> Vec<Group<'a>> {
    let rows: u64 = levels.iter().map(|level| level.1.rows).sum();
    let least = solve::rows_min(rows, options.code_share_min);
    let mut by_size: Vec<usize> = (0..levels.len()).collect();
    by_size.sort_by_key(|at| (std::cmp::Reverse(levels[*at].1.rows), *at));
    let fitting = if by_size.len() <= super::PREBINS_LIMIT { by_size.len() } else { super::PREBINS_LIMIT - 1 };
    let mut kept: Vec<usize> = by_size[..fitting].to_vec();
    kept.retain(|at| least <= levels[*at].1.rows);
    kept.sort_unstable();
    let mut other = Group { other: true, ..Group::default() };
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (at, (level, tally)) in levels.into_iter().enumerate() {
        if kept.binary_search(&at).is_ok() {
            groups.push(Group { levels: vec![level], other: false, tally });
        } else {
            other.levels.push(level);
            other.tally = other.tally.plus(&tally);
        }
    }
    if other.tally.rows != 0 {
        groups.push(other);
    }
    groups
}
