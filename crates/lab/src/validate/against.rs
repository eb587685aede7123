//! A challenger beside the score that decides today, on the same rows.

use serde::{Deserialize, Serialize};

use super::ValidateError;
use crate::metrics::{
    Cases, Change, Cuts, Difference, Draws, Estimate, auc_difference, bad_share, percentile_interval, share, sum,
};

/// Which way a score is safer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// As a bureau score.
    #[default]
    HigherIsSafer,
    /// As a probability of default.
    LowerIsSafer,
}

/// Where both scores cut, for the swap sets. Scores at a cut-off are approved.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SwapAt {
    /// Each score approves the safest rows up to this share of weight: as many as whole scores allow without more.
    Approval(f64),
    /// The cut-offs in use, each in its own score's unit and direction.
    Cutoffs {
        /// Of the challenger: approved from it up.
        challenger: f64,
        /// Of the incumbent: approved from it towards its safer side.
        incumbent: f64,
    },
}

/// What to compare.
#[derive(Clone, PartialEq, Debug)]
pub struct AgainstOptions {
    /// Of the incumbent.
    pub direction: Direction,
    /// Quantiles of each score in the dual matrix.
    pub quantiles: usize,
    /// Approval rates at which the scores are compared.
    pub approvals: Vec<f64>,
    /// For the swap sets.
    pub swap_at: SwapAt,
    /// Of every interval.
    pub level: f64,
    /// For intervals of differences; none with 0 draws.
    pub draws: Draws,
}

impl Default for AgainstOptions {
    /// Higher is safer, fifths, approvals of 10 % to 90 %, swaps at 70 %, 95 %, 1,000 draws.
    fn default() -> AgainstOptions {
        AgainstOptions {
            direction: Direction::HigherIsSafer,
            quantiles: 5,
            approvals: vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
            swap_at: SwapAt::Approval(0.7),
            level: 0.95,
            draws: Draws::default(),
        }
    }
}

/// What each characteristic of the challenger contributed to a row's score.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Contributions<'a> {
    /// Of the characteristics.
    pub names: &'a [String],
    /// For each characteristic, one number a row; higher is safer.
    pub values: &'a [Vec<f64>],
}

/// Bad rates when both approve the same share.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct EqualApproval {
    /// Share of weight approved.
    pub approval_rate: f64,
    /// Bads of those the challenger approves.
    pub challenger: f64,
    /// Bads of those the incumbent approves.
    pub incumbent: f64,
    /// Challenger less incumbent, with a bootstrap interval when draws were asked for; below 0, the challenger's are better.
    pub change: Change,
}

/// Approval rates when both approve the same bad rate.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct EqualBadRate {
    /// The incumbent's bad rate at its approval rate.
    pub bad_rate: f64,
    /// The most that the challenger approves without a higher bad rate.
    pub challenger: f64,
    /// What the incumbent approves.
    pub incumbent: f64,
    /// Challenger less incumbent, with a bootstrap interval when draws were asked for; above 0, the challenger approves more.
    pub change: Change,
}

/// One cell of the dual matrix.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct DualCell {
    /// Rows.
    pub rows: usize,
    /// Bads of them.
    pub bads: usize,
    /// By weight, with a Clopper–Pearson interval; `None` without rows.
    pub bad_rate: Option<Estimate>,
}

/// Both scores' quantiles crossed, riskiest first in both directions.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct DualMatrix {
    /// Where the challenger's quantiles part, ascending in safety; a score equal to a cut stands above it.
    pub challenger_cuts: Vec<f64>,
    /// The same of the incumbent, in its own unit; ascending in safety.
    pub incumbent_cuts: Vec<f64>,
    /// By challenger's quantile, then incumbent's.
    pub cells: Vec<Vec<DualCell>>,
}

/// A characteristic and how far it stands apart in a swap set.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Moved {
    /// The characteristic.
    pub name: String,
    /// Its mean contribution in the set.
    pub mean: f64,
    /// That mean less its mean over all rows compared: above 0, it moved the set up.
    pub difference: f64,
}

/// Applications on which the two scores disagree.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SwapSet {
    /// Rows.
    pub rows: usize,
    /// Bads of them.
    pub bads: usize,
    /// By weight, with a Clopper–Pearson interval; `None` without rows.
    pub bad_rate: Option<Estimate>,
    /// Characteristics by how far they stand apart, furthest first; empty without contributions or rows.
    pub moved: Vec<Moved>,
    /// Places of the rows as given, ascending.
    #[serde(skip)]
    pub members: Vec<usize>,
}

/// Who changes sides.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Swaps {
    /// The lowest challenger score approved; `None` where its safest score alone would approve more than was asked for.
    pub challenger_cutoff: Option<f64>,
    /// The least safe incumbent score approved, or `None` likewise.
    pub incumbent_cutoff: Option<f64>,
    /// Share of weight that the challenger approves: of coarse scores, less than was asked for.
    pub challenger_approval: f64,
    /// The same of the incumbent.
    pub incumbent_approval: f64,
    /// Approved by the challenger alone.
    pub swapped_in: SwapSet,
    /// Approved by the incumbent alone.
    pub swapped_out: SwapSet,
    /// Approved by both.
    pub kept: SwapSet,
    /// Declined by both.
    pub declined: SwapSet,
}

/// A challenger beside an incumbent.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Against {
    /// Rows compared: those with an incumbent score.
    pub n: usize,
    /// Bads of them.
    pub bads: usize,
    /// Rows left out for want of an incumbent score.
    pub without_incumbent: usize,
    /// Of the incumbent.
    pub direction: Direction,
    /// Of every interval.
    pub level: f64,
    /// AUC of the challenger (`first`), of the incumbent (`second`), and the paired difference.
    pub auc: Difference,
    /// Both scores crossed.
    pub matrix: DualMatrix,
    /// By approval rate, as asked.
    pub equal_approval: Vec<EqualApproval>,
    /// At the incumbent's bad rates of those approvals.
    pub equal_bad_rate: Vec<EqualBadRate>,
    /// At the cut-offs.
    pub swaps: Swaps,
}

/// Holds a challenger (higher is safer) against an incumbent on the rows that have both.
///
/// At equal approval or bad rate, rows of one score that a rate would part count in part: what approving them at random gives
/// on average. Intervals come from paired bootstrap draws of rows.
///
/// # Errors
///
/// [`ValidateError::Lengths`], [`ValidateError::Options`] for rates outside (0, 1), [`ValidateError::Incumbent`] where the rows
/// with an incumbent score are of one class or none, [`ValidateError::Metric`] for rows or options that the measures refuse.
pub fn against(
    challenger: &[f64],
    incumbent: &[Option<f64>],
    bad: &[bool],
    weight: Option<&[f64]>,
    contributions: Option<Contributions<'_>>,
    options: &AgainstOptions,
) -> Result<Against, ValidateError> {
    check(challenger, incumbent, bad, weight, contributions, options)?;
    let rows = Rows::new(challenger, incumbent, bad, weight, options.direction);
    let bads = rows.bad.iter().filter(|bad| **bad).count();
    if bads == 0 || bads == rows.bad.len() {
        return Err(ValidateError::Incumbent { rows: rows.bad.len(), bads });
    }
    let auc = auc_difference(&rows.ours, &rows.theirs, &rows.bad, Some(&rows.weight), options.level)?;
    let (equal_approval, equal_bad_rate) = rows.trade(options)?;
    Ok(Against {
        n: rows.bad.len(),
        bads,
        without_incumbent: challenger.len() - rows.bad.len(),
        direction: options.direction,
        level: options.level,
        auc,
        matrix: rows.matrix(options)?,
        equal_approval,
        equal_bad_rate,
        swaps: rows.swaps(contributions, options),
    })
}

fn check(
    challenger: &[f64],
    incumbent: &[Option<f64>],
    bad: &[bool],
    weight: Option<&[f64]>,
    contributions: Option<Contributions<'_>>,
    options: &AgainstOptions,
) -> Result<(), ValidateError> {
    ValidateError::same_length("incumbent score", challenger.len(), incumbent.len())?;
    // Every measure's demands on all rows, so that a fault is named by its row.
    Cases::new(challenger, None, bad, weight)?;
    if let Some(found) = contributions {
        ValidateError::same_length("list of contributions", found.names.len(), found.values.len())?;
        for values in found.values {
            ValidateError::same_length("contribution", challenger.len(), values.len())?;
            if !values.iter().all(|one| one.is_finite()) {
                return Err(ValidateError::Options("a contribution is not finite"));
            }
        }
    }
    let rate = |rate: &f64| 0.0 < *rate && *rate < 1.0;
    if !options.approvals.iter().all(rate) || matches!(options.swap_at, SwapAt::Approval(share) if !rate(&share)) {
        return Err(ValidateError::Options("an approval rate must lie between 0 and 1"));
    }
    Ok(())
}

/// The rows compared, in an order that depends on their content only; both scores turned so that higher is safer.
struct Rows {
    ours: Vec<f64>,
    theirs: Vec<f64>,
    bad: Vec<bool>,
    weight: Vec<f64>,
    place: Vec<usize>,
    turned: f64,
    // Places of rows from the safest down, and where their scores change.
    by_ours: Order,
    by_theirs: Order,
}

struct Order {
    rows: Vec<usize>,
    ends: Vec<usize>,
}

impl Order {
    fn new(score: &[f64]) -> Order {
        let mut rows: Vec<usize> = (0..score.len()).collect();
        rows.sort_by(|a, b| score[*b].total_cmp(&score[*a]));
        let ends = (1..=rows.len()).filter(|end| *end == rows.len() || score[rows[end - 1]] != score[rows[*end]]);
        Order { ends: ends.collect(), rows }
    }

    /// (weight approved, bads approved) after each score from the safest down, starting with nobody.
    fn curve(&self, bad: &[bool], weight: &[f64]) -> Vec<(f64, f64)> {
        let mut curve = vec![(0.0, 0.0)];
        let (mut approved, mut bads, mut at) = (0.0, 0.0, 0);
        for end in &self.ends {
            for row in &self.rows[at..*end] {
                approved += weight[*row];
                bads += if bad[*row] { weight[*row] } else { 0.0 };
            }
            at = *end;
            curve.push((approved, bads));
        }
        curve
    }
}

impl Rows {
    fn new(
        challenger: &[f64],
        incumbent: &[Option<f64>],
        bad: &[bool],
        weight: Option<&[f64]>,
        direction: Direction,
    ) -> Rows {
        let turned = if direction == Direction::HigherIsSafer { 1.0 } else { -1.0 };
        let mut rows: Vec<(f64, f64, bool, f64, usize)> = incumbent
            .iter()
            .enumerate()
            .filter_map(|(row, score)| {
                // Adding zero makes −0 and 0 one score.
                let theirs = (*score)? * turned + 0.0;
                Some((challenger[row] + 0.0, theirs, bad[row], weight.map_or(1.0, |w| w[row]), row))
            })
            .collect();
        rows.sort_unstable_by(|a, b| {
            a.0.total_cmp(&b.0)
                .then(a.1.total_cmp(&b.1))
                .then(a.2.cmp(&b.2))
                .then(a.3.total_cmp(&b.3))
                .then(a.4.cmp(&b.4))
        });
        let ours: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let theirs: Vec<f64> = rows.iter().map(|row| row.1).collect();
        Rows {
            by_ours: Order::new(&ours),
            by_theirs: Order::new(&theirs),
            ours,
            theirs,
            bad: rows.iter().map(|row| row.2).collect(),
            weight: rows.iter().map(|row| row.3).collect(),
            place: rows.iter().map(|row| row.4).collect(),
            turned,
        }
    }

    fn matrix(&self, options: &AgainstOptions) -> Result<DualMatrix, ValidateError> {
        let cuts = |score: &[f64]| {
            let mut ascending = score.to_vec();
            ascending.sort_unstable_by(f64::total_cmp);
            let mut cuts = Cuts::Quantiles(options.quantiles).points(&ascending)?;
            // A cut at the lowest score would part nothing from the rest.
            cuts.retain(|cut| ascending.first().is_some_and(|low| low < cut));
            Ok::<_, ValidateError>(cuts)
        };
        let (ours, theirs) = (cuts(&self.ours)?, cuts(&self.theirs)?);
        let mut rows: Vec<Vec<Vec<(bool, f64)>>> = vec![vec![Vec::new(); theirs.len() + 1]; ours.len() + 1];
        for at in 0..self.bad.len() {
            let place = |cuts: &[f64], score: f64| cuts.partition_point(|cut| *cut <= score);
            rows[place(&ours, self.ours[at])][place(&theirs, self.theirs[at])].push((self.bad[at], self.weight[at]));
        }
        let cell = |rows: &Vec<(bool, f64)>| DualCell {
            rows: rows.len(),
            bads: rows.iter().filter(|row| row.0).count(),
            bad_rate: bad_share(rows.iter().copied(), options.level),
        };
        Ok(DualMatrix {
            cells: rows.iter().map(|line| line.iter().map(cell).collect()).collect(),
            challenger_cuts: ours,
            incumbent_cuts: theirs.into_iter().map(|cut| cut * self.turned + 0.0).collect(),
        })
    }

    /// Bad rates at equal approval and approvals at equal bad rate, with intervals.
    fn trade(&self, options: &AgainstOptions) -> Result<(Vec<EqualApproval>, Vec<EqualBadRate>), ValidateError> {
        // For each approval rate: both bad rates, and the challenger's approval at the incumbent's bad rate.
        let at = |weight: &[f64]| -> Vec<[f64; 3]> {
            let (ours, theirs) = (self.by_ours.curve(&self.bad, weight), self.by_theirs.curve(&self.bad, weight));
            let one = |approval: &f64| {
                let incumbent = bad_rate_at(&theirs, *approval);
                [bad_rate_at(&ours, *approval), incumbent, approval_at(&ours, incumbent)]
            };
            options.approvals.iter().map(one).collect()
        };
        let found = at(&self.weight);
        // Bad rates depend on how many bads there are: all rows are drawn alike.
        let alike = vec![false; self.bad.len()];
        let drawn = options.draws.map(|draw| {
            let counts = options.draws.counts(draw, &alike);
            let weight: Vec<f64> =
                self.weight.iter().zip(counts).map(|(weight, count)| weight * f64::from(count)).collect();
            Ok::<_, ValidateError>(at(&weight))
        })?;
        let change = |value: f64, of: &dyn Fn(&Vec<[f64; 3]>) -> f64| {
            if drawn.is_empty() {
                return Ok(Change { value, lower: None, upper: None });
            }
            let Estimate { lower, upper, .. } =
                percentile_interval(value, drawn.iter().map(of).collect(), options.level)?;
            Ok::<_, ValidateError>(Change { value, lower: Some(lower), upper: Some(upper) })
        };
        let (mut equal_approval, mut equal_bad_rate) = (Vec::new(), Vec::new());
        for (at, approval) in options.approvals.iter().enumerate() {
            let [ours, theirs, approved] = found[at];
            equal_approval.push(EqualApproval {
                approval_rate: *approval,
                challenger: ours,
                incumbent: theirs,
                change: change(ours - theirs, &|draw| draw[at][0] - draw[at][1])?,
            });
            equal_bad_rate.push(EqualBadRate {
                bad_rate: theirs,
                challenger: approved,
                incumbent: *approval,
                change: change(approved - approval, &|draw| draw[at][2] - approval)?,
            });
        }
        Ok((equal_approval, equal_bad_rate))
    }

    fn swaps(&self, contributions: Option<Contributions<'_>>, options: &AgainstOptions) -> Swaps {
        let (ours, theirs) = match options.swap_at {
            SwapAt::Approval(rate) => {
                (self.cutoff(&self.by_ours, &self.ours, rate), self.cutoff(&self.by_theirs, &self.theirs, rate))
            }
            SwapAt::Cutoffs { challenger, incumbent } => (Some(challenger), Some(incumbent * self.turned)),
        };
        let passes = |cut: Option<f64>, score: f64| cut.is_some_and(|cut| cut <= score);
        let approval = |cut: Option<f64>, score: &[f64]| {
            let rows = || score.iter().zip(&self.weight);
            share(sum(rows().filter(|row| passes(cut, *row.0)).map(|row| *row.1)), sum(rows().map(|row| *row.1)))
        };
        let set = |by_ours: bool, by_theirs: bool| {
            let rows = 0..self.bad.len();
            let member =
                |at: &usize| passes(ours, self.ours[*at]) == by_ours && passes(theirs, self.theirs[*at]) == by_theirs;
            self.set(rows.filter(member).collect(), contributions, options.level)
        };
        Swaps {
            challenger_cutoff: ours,
            incumbent_cutoff: theirs.map(|cut| cut * self.turned + 0.0),
            challenger_approval: approval(ours, &self.ours),
            incumbent_approval: approval(theirs, &self.theirs),
            swapped_in: set(true, false),
            swapped_out: set(false, true),
            kept: set(true, true),
            declined: set(false, false),
        }
    }

    /// The lowest score whose approval does not exceed `rate`; none when even that of the safest does.
    fn cutoff(&self, order: &Order, score: &[f64], rate: f64) -> Option<f64> {
        let curve = order.curve(&self.bad, &self.weight);
        let all = curve[curve.len() - 1].0;
        let within = curve.iter().skip(1).take_while(|point| point.0 <= rate * all).count();
        Some(score[order.rows[order.ends[within.checked_sub(1)?] - 1]])
    }

    fn set(&self, rows: Vec<usize>, contributions: Option<Contributions<'_>>, level: f64) -> SwapSet {
        let mut members: Vec<usize> = rows.iter().map(|at| self.place[*at]).collect();
        members.sort_unstable();
        let mean = |values: &[f64], rows: &mut dyn Iterator<Item = usize>| {
            let mut terms: Vec<(f64, f64)> = rows.map(|at| (values[self.place[at]], self.weight[at])).collect();
            terms.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            share(sum(terms.iter().map(|term| term.0 * term.1)), sum(terms.iter().map(|term| term.1)))
        };
        let mut moved: Vec<Moved> = contributions
            .filter(|_| !rows.is_empty())
            .map(|found| {
                let one = |(name, values): (&String, &Vec<f64>)| {
                    let here = mean(values, &mut rows.iter().copied());
                    Moved { name: name.clone(), mean: here, difference: here - mean(values, &mut (0..self.bad.len())) }
                };
                found.names.iter().zip(found.values).map(one).collect()
            })
            .unwrap_or_default();
        moved.sort_by(|a, b| b.difference.abs().total_cmp(&a.difference.abs()).then(a.name.cmp(&b.name)));
        SwapSet {
            rows: rows.len(),
            bads: rows.iter().filter(|at| self.bad[**at]).count(),
            bad_rate: bad_share(rows.iter().map(|at| (self.bad[*at], self.weight[*at])), level),
            moved,
            members,
        }
    }
}

/// The bad rate of the safest `approval` of weight.
fn bad_rate_at(curve: &[(f64, f64)], approval: f64) -> f64 {
    let wanted = approval * curve[curve.len() - 1].0;
    let at = curve.partition_point(|point| point.0 < wanted).clamp(1, curve.len() - 1);
    let (low, high) = (curve[at - 1], curve[at]);
    let part = share(wanted - low.0, high.0 - low.0);
    share(low.1 + part * (high.1 - low.1), wanted)
}

/// The largest share of weight that can be approved from the safest down without exceeding `bad_rate`.
fn approval_at(curve: &[(f64, f64)], bad_rate: f64) -> f64 {
    let all = curve[curve.len() - 1].0;
    // Bads over the allowance; a share of what it takes to reach a point may be rounding.
    let over = |point: (f64, f64)| point.1 - bad_rate * point.0;
    let slack = 1e-12 * all;
    for at in (1..curve.len()).rev() {
        let (low, high) = (curve[at - 1], curve[at]);
        if over(high) <= slack {
            return high.0 / all;
        }
        if over(low) <= slack {
            // Both weights grow evenly within a score: the line crosses the allowance once.
            let part = (-over(low)).max(0.0) / (over(high) - over(low).min(0.0));
            return (low.0 + part * (high.0 - low.0)) / all;
        }
    }
    0.0
}
