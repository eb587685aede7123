//! What to generate.

use cashline_core::time::Day;
use cashline_io::export::Damage;

use crate::draw::{Draw, logistic};

/// A population.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the table in ALL describes each")]
pub enum Preset {
    Prime,
    SubprimeGig,
    Thin,
    Smb,
    Mixed,
}

impl Preset {
    /// Every preset with its name, the share of bad outcomes it is planted with, and one line for the docs.
    pub const ALL: &'static [(Preset, &'static str, f64, &'static str)] = &[
        (Preset::Prime, "prime", 0.04, "salaried households with savings and cards"),
        (Preset::SubprimeGig, "subprime-gig", 0.18, "hourly and gig earners with small buffers, advances, overdrafts"),
        (Preset::Thin, "thin", 0.12, "new accounts: 20 to 100 days of history"),
        (Preset::Smb, "smb", 0.10, "small businesses: processor payouts, payroll, suppliers, cash advances"),
        (Preset::Mixed, "mixed", 0.099, "45 % prime, 30 % subprime-gig, 10 % thin, 15 % smb"),
    ];

    /// The preset of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Preset> {
        Preset::ALL.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The share of bad outcomes that it is planted with.
    #[must_use]
    pub fn base_rate(self) -> f64 {
        self.row().2
    }

    fn row(self) -> &'static (Preset, &'static str, f64, &'static str) {
        Preset::ALL.iter().find(|row| row.0 == self).unwrap_or(&Preset::ALL[0])
    }

    /// The population a case of this preset is drawn from.
    pub(crate) fn resolve(self, draw: &mut Draw) -> Preset {
        let at = draw.unit();
        match self {
            Preset::Mixed if at < 0.45 => Preset::Prime,
            Preset::Mixed if at < 0.75 => Preset::SubprimeGig,
            Preset::Mixed if at < 0.85 => Preset::Thin,
            Preset::Mixed => Preset::Smb,
            other => other,
        }
    }

    /// The true probability at a risk, which is standard normal in the population.
    ///
    /// # Formula
    ///
    /// `1 / (1 + exp(-(a + s·risk)))` with `s` = [`RISK_SLOPE`] and `a` such that the mean over the population is the base
    /// rate.
    pub(crate) fn probability(self, risk: f64) -> f64 {
        let at =
            [Preset::Prime, Preset::SubprimeGig, Preset::Thin, Preset::Smb].iter().position(|preset| *preset == self);
        let intercepts: &[f64; 4] = INTERCEPTS.get_or_init(|| {
            [Preset::Prime, Preset::SubprimeGig, Preset::Thin, Preset::Smb].map(|preset| intercept(preset.base_rate()))
        });
        logistic(intercepts[at.unwrap_or(0)] + RISK_SLOPE * risk)
    }
}

static INTERCEPTS: std::sync::OnceLock<[f64; 4]> = std::sync::OnceLock::new();

/// How strongly risk drives default: the probability itself then separates outcomes with an AUC near 0.87, and what a
/// score can see of it is less.
pub(crate) const RISK_SLOPE: f64 = 1.7;

/// The intercept at which the logistic-normal mean is `rate`: bisection over a sum on [-8, 8].
fn intercept(rate: f64) -> f64 {
    let mean = |a: f64| {
        let (mut sum, mut weights) = (0.0, 0.0);
        for step in -320..=320 {
            let z = f64::from(step) / 40.0;
            let weight = libm::exp(-z * z / 2.0);
            sum += weight * logistic(a + RISK_SLOPE * z);
            weights += weight;
        }
        sum / weights
    };
    let (mut lower, mut upper) = (-15.0, 15.0);
    for _ in 0..60 {
        let middle = f64::midpoint(lower, upper);
        if mean(middle) < rate { lower = middle } else { upper = middle }
    }
    f64::midpoint(lower, upper)
}

/// Spoiled rows on request.
#[derive(Clone, PartialEq, Debug)]
pub struct DamagePlan {
    /// Share of transactions that are spoiled.
    pub share: f64,
    /// Kinds to choose from; those a layout cannot hold are left out.
    pub kinds: Vec<Damage>,
}

/// A portfolio to generate. The same spec gives the same bytes; the case at an index depends on neither the number of
/// cases nor on other cases.
#[derive(Clone, PartialEq, Debug)]
pub struct Spec {
    /// The seed.
    pub seed: u64,
    /// How many applications.
    pub applications: u64,
    /// The population.
    pub preset: Preset,
    /// Days of history: 180 is Stripe's depth; at most 730.
    pub days: i32,
    /// T of the last applications.
    pub as_of: Day,
    /// Applications are spread over this many days ending at `as_of`; 1 puts all on one day.
    pub spread_days: i32,
    /// Share of exports that are one to three days younger than T, with rows and the snapshot from after T.
    pub late_share: f64,
    /// Share of applications with a second applicant.
    pub couple_share: f64,
    /// Share of applicants whose checking account is linked twice.
    pub relink_share: f64,
    /// Share of accounts whose export lacks something: no snapshot, no `available`, an inactive or forbidden savings account.
    pub gap_share: f64,
    /// Rows to spoil when writing.
    pub damage: Option<DamagePlan>,
    /// Whether applications carry the outcome.
    pub outcome: bool,
}

/// Stripe's depth of history.
pub const STRIPE_DEPTH_DAYS: i32 = 180;
/// The deepest history that is generated.
pub const DEPTH_DAYS_MAX: i32 = 730;

impl Spec {
    /// A mixed portfolio of that size at Stripe's depth as of 2026-11-01.
    #[must_use]
    pub fn new(seed: u64, applications: u64) -> Spec {
        Spec {
            seed,
            applications,
            preset: Preset::Mixed,
            days: STRIPE_DEPTH_DAYS,
            as_of: Day::from_civil(2026, 11, 1),
            spread_days: 1,
            late_share: 0.1,
            couple_share: 0.03,
            relink_share: 0.02,
            gap_share: 0.03,
            damage: None,
            outcome: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Domain;

    #[test]
    fn the_mixed_rate_is_the_weighted_mean_of_its_parts() {
        let rate = |preset: Preset| preset.base_rate();
        let mean = 0.45 * rate(Preset::Prime)
            + 0.30 * rate(Preset::SubprimeGig)
            + 0.10 * rate(Preset::Thin)
            + 0.15 * rate(Preset::Smb);
        assert!((mean - rate(Preset::Mixed)).abs() < 1e-12);
    }

    #[test]
    fn true_probabilities_average_to_the_base_rate() {
        let mut draw = Draw::of(3, 0, Domain::Truth);
        for preset in [Preset::Prime, Preset::SubprimeGig, Preset::Thin, Preset::Smb] {
            let n = 100_000;
            let sum: f64 = (0..n).map(|_| preset.probability(draw.normal())).sum();
            // The probability's standard deviation is below 0.2: four standard errors are 0.0025.
            assert!((sum / f64::from(n) - preset.base_rate()).abs() < 0.0025, "{}", preset.name());
        }
    }
}
