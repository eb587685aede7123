//! Axes: a few round ticks, and the place of a number between two pixels.

use crate::{
    count::real,
    report::{Unit, number},
};

/// A linear axis between two pixels.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
    decimals: usize,
    unit: Unit,
    from: f64,
    to: f64,
}

impl Scale {
    /// Covers every number with ends on round ticks, about `wanted` intervals apart. Nothing to cover is 0 to 1.
    pub(super) fn new(numbers: impl IntoIterator<Item = f64>, wanted: usize, unit: Unit) -> Scale {
        let ends = numbers.into_iter().fold(None, |ends: Option<(f64, f64)>, number| {
            Some(ends.map_or((number, number), |(low, high)| (low.min(number), high.max(number))))
        });
        let (low, high) = ends.unwrap_or((0.0, 1.0));
        let (low, high) = widened(low, high);
        let (step, decimals) = round_step((high - low) / real(wanted));
        // A hair inside, so that an end that is a tick but for its last bits adds no empty interval.
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        let place = |at: usize| (first + real(at)) * step;
        let ticks: Vec<f64> = (0..=2 * wanted + 2).map(place).take_while(|tick| *tick <= (last + 0.5) * step).collect();
        Scale { low: first * step, high: last * step, ticks, decimals, unit, from: 0.0, to: 1.0 }
    }

    /// From the pixel of the lowest number to that of the highest.
    pub(super) fn between(self, from: f64, to: f64) -> Scale {
        Scale { from, to, ..self }
    }

    /// Where a number stands; beyond an end, at the end.
    pub(super) fn at(&self, number: f64) -> f64 {
        let part = ((number - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + part * (self.to - self.from)
    }

    /// Ticks: their pixels and what is written there.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        self.ticks.iter().map(|tick| (self.at(*tick), number::tick(*tick, self.decimals, self.unit)))
    }

    /// The pixel of the lowest number.
    pub(super) fn start(&self) -> f64 {
        self.from
    }

    /// The pixel of the highest number.
    pub(super) fn end(&self) -> f64 {
        self.to
    }

    /// Pixels of the widest word under or beside a tick.
    pub(super) fn words(&self) -> f64 {
        self.ticks().map(|(_, text)| super::svg::width(&text)).fold(0.0, f64::max)
    }
}

/// A range wide enough to part: around a single number, a tenth of it to each side; of zero alone, up to 1.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    if 1e-9 * size < high - low {
        return (low, high);
    }
    if size == 0.0 { (0.0, 1.0) } else { (low - 0.1 * size, high + 0.1 * size) }
}

/// The smallest of 1, 2 and 5 times a power of ten that is no smaller than `least`, and the decimals it needs.
fn round_step(least: f64) -> (f64, usize) {
    // The shortest decimal form says digits and exponent without a logarithm.
    let text = format!("{least:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or(("1", "0"));
    let (digits, exponent) = (digits.parse::<f64>().unwrap_or(1.0), exponent.parse::<i32>().unwrap_or(0));
    let (leading, exponent) = match digits {
        digits if digits <= 1.0 => (1, exponent),
        digits if digits <= 2.0 => (2, exponent),
        digits if digits <= 5.0 => (5, exponent),
        _ => (1, exponent + 1),
    };
    let step = format!("{leading}e{exponent}").parse().unwrap_or(least);
    (step, usize::try_from(-exponent).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(numbers: &[f64], unit: Unit) -> String {
        let scale = Scale::new(numbers.iter().copied(), 5, unit).between(0.0, 100.0);
        scale.ticks().map(|(at, text)| format!("{at:.0}:{text}")).collect::<Vec<String>>().join(" ")
    }

    #[test]
    fn ticks_are_few_and_round_and_cover_the_numbers() {
        for (numbers, ticks) in [
            (&[0.0, 1.0][..], "0:0.0 20:0.2 40:0.4 60:0.6 80:0.8 100:1.0"),
            (&[0.0, 0.37], "0:0.0 25:0.1 50:0.2 75:0.3 100:0.4"),
            (&[412.0, 688.0], "0:400 33:500 67:600 100:700"),
            (&[-2.5, 1.5], "0:\u{2212}3 20:\u{2212}2 40:\u{2212}1 60:0 80:1 100:2"),
            (&[0.0, 12_345.0], "0:0 33:5000 67:10\u{202f}000 100:15\u{202f}000"),
            (&[7.0], "0:6.0 25:6.5 50:7.0 75:7.5 100:8.0"),
            (&[0.0, 0.0], "0:0.0 20:0.2 40:0.4 60:0.6 80:0.8 100:1.0"),
            (&[], "0:0.0 20:0.2 40:0.4 60:0.6 80:0.8 100:1.0"),
            (&[0.0, 1e300], "0:0 20:2e299 40:4e299 60:6e299 80:8e299 100:1e300"),
        ] {
            assert_eq!(words(numbers, Unit::Number), ticks, "{numbers:?}");
        }
        let percent = "0:0\u{202f}% 20:20\u{202f}% 40:40\u{202f}% 60:60\u{202f}% 80:80\u{202f}% 100:100\u{202f}%";
        assert_eq!(words(&[0.0, 1.0], Unit::Share), percent);
        assert_eq!(words(&[0.0, 0.002], Unit::Share).split(' ').count(), 5);
    }

    #[test]
    fn no_number_stands_outside_the_axis() {
        let scale = Scale::new([0.0, 10.0], 5, Unit::Number).between(50.0, 250.0);
        for (number, pixel) in [(0.0, 50.0), (5.0, 150.0), (10.0, 250.0), (-3.0, 50.0), (99.0, 250.0)] {
            assert!((scale.at(number) - pixel).abs() < 1e-9, "{number}");
        }
    }
}
