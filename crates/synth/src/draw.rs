//! Random draws that are the same on every machine: ChaCha bits, and functions of them through `libm` only.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws.
#[derive(Clone, Debug)]
pub(crate) struct Draw(ChaCha8Rng);

/// Domains keep the streams of one case apart, so that a change to one leaves the others as they were.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Domain {
    Truth = 1,
    Plan = 2,
    Days = 3,
    Text = 4,
    Damage = 5,
    Shuffle = 6,
}

impl Draw {
    /// The stream of a domain of a case: it depends on nothing else.
    pub(crate) fn of(seed: u64, index: u64, domain: Domain) -> Draw {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&index.to_le_bytes());
        key[16] = domain as u8;
        Draw(ChaCha8Rng::from_seed(key))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1).
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..n`; 0 when `n` is 0.
    #[expect(clippy::cast_possible_truncation, reason = "the high word of the product is below n")]
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// Uniform in `lower..=upper`.
    pub(crate) fn between(&mut self, lower: i64, upper: i64) -> i64 {
        let width = usize::try_from(upper - lower + 1).unwrap_or(1);
        lower + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(2.0 * std::f64::consts::PI * self.unit())
    }

    /// Log-normal minor units with a median.
    pub(crate) fn amount(&mut self, median: i64, sigma: f64) -> i64 {
        if sigma <= 0.0 {
            return median;
        }
        scaled(median, libm::exp(sigma * self.normal()))
    }

    /// Poisson with a small mean (Knuth's product of uniforms).
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        let floor = libm::exp(-mean.clamp(0.0, 20.0));
        let (mut count, mut product) = (0, self.unit());
        while floor < product {
            count += 1;
            product *= self.unit();
        }
        count
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// `amount · factor`, rounded to whole minor units.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "generated amounts stay far below 2^53"
)]
pub(crate) fn scaled(amount: i64, factor: f64) -> i64 {
    libm::round(amount as f64 * factor) as i64
}

/// The logistic function.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_of_their_laws() {
        let mut draw = Draw::of(1, 2, Domain::Plan);
        let n = 40_000;
        let (mut sum, mut squares, mut counts, mut units) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = draw.normal();
            sum += x;
            squares += x * x;
            counts += f64::from(draw.poisson(1.5));
            units += draw.unit();
        }
        let n = f64::from(n);
        // Four standard errors: 4/√n, 4·√2/√n, 4·√1.5/√n, 4·√(1/12)/√n.
        assert!((sum / n).abs() < 0.02);
        assert!((squares / n - 1.0).abs() < 0.0283);
        assert!((counts / n - 1.5).abs() < 0.0245);
        assert!((units / n - 0.5).abs() < 0.0058);
    }

    #[test]
    fn streams_of_other_cases_and_domains_differ() {
        let first = |seed, index, domain| Draw::of(seed, index, domain).bits();
        let one = first(1, 1, Domain::Plan);
        assert_eq!(one, first(1, 1, Domain::Plan));
        assert!(
            one != first(1, 2, Domain::Plan) && one != first(2, 1, Domain::Plan) && one != first(1, 1, Domain::Days)
        );
    }
}
