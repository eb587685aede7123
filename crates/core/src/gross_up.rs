//! From wages as they reach an account to wages before taxes: an estimate for verification, never for a score.
//!
//! # Source
//!
//! Federal income tax of tax year 2026, single filer: Internal Revenue Service, Revenue Procedure 2025-32 (brackets, standard
//! deduction). Social security and Medicare: 26 U.S.C. 3101 (6.2 and 1.45 percent), the contribution base of 2026 as
//! announced by the Social Security Administration. No state tax and no other deduction, so for most people it is a floor.

/// Standard deduction of a single filer, minor units.
const DEDUCTION: i128 = 1_610_000;
/// Lower ends of the brackets, minor units, and their rates in percent.
const BRACKETS: [(i128, i128); 7] =
    [(0, 10), (1_240_000, 12), (5_040_000, 22), (10_570_000, 24), (20_177_500, 32), (25_622_500, 35), (64_060_000, 37)];
/// The most that social security contributions are taken of, minor units.
const CONTRIBUTION_BASE: i128 = 18_450_000;

/// What is left of a year's wages, in minor units, rounded down.
#[must_use]
pub fn annual_net(gross: i128) -> i128 {
    let taxable = (gross - DEDUCTION).max(0);
    let mut tax = 0;
    for (at, (from, rate)) in BRACKETS.iter().enumerate().take_while(|(_, (from, _))| *from < taxable) {
        let to = BRACKETS.get(at + 1).map_or(i128::MAX, |next| next.0);
        tax += (taxable.min(to) - from).max(0).saturating_mul(rate * 100);
    }
    // Rates in hundredths of a percent: 6.2 is 620, 1.45 is 145.
    let contributions = gross.min(CONTRIBUTION_BASE).saturating_mul(620).saturating_add(gross.saturating_mul(145));
    gross - (tax.saturating_add(contributions) + 9_999) / 10_000
}

/// The least wages of a year, in minor units, of which `net` is left; 0 for nothing. It grows with `net`.
#[must_use]
pub fn annual_gross(net: i128) -> i128 {
    // The bound keeps products in range whatever is asked.
    let net = net.clamp(0, i128::MAX / 1_000_000);
    let mut gross = net;
    loop {
        // One more unit of wages leaves one more unit at most, so that what is missing may be added without passing the answer.
        // At most 45 percent is taken of any unit (37 and 7.65), so that but for the rounding each step leaves less than half of
        // what was missing, and the steps are few.
        let left = annual_net(gross);
        if net <= left {
            return gross;
        }
        gross += net - left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_thousand_a_year_leave_what_the_tables_say() {
        // Taxable 60,000 - 16,100 = 43,900: 1,240 + 12 % of 31,500 = 3,780; tax 5,020. Contributions 7.65 % = 4,590.
        assert_eq!(annual_net(6_000_000), 6_000_000 - 502_000 - 459_000);
        // Below the deduction only contributions are taken: 10,000 less 765.
        assert_eq!(annual_net(1_000_000), 923_500);
        // 250,000: taxable 233,900. 1,240 + 4,560 + 12,166 + 23,058 + 32 % of 32,125 = 10,280: tax 51,304. Social security
        // 6.2 % of 184,500 = 11,439, Medicare 3,625.
        assert_eq!(annual_net(25_000_000), 25_000_000 - 5_130_400 - 1_143_900 - 362_500);
    }

    #[test]
    fn gross_is_the_least_of_which_the_net_is_left() {
        for net in [0, 1, 99, 923_500, 5_039_000, 18_363_200, 100_000_000] {
            let gross = annual_gross(net);
            assert!(net <= annual_net(gross), "{net}");
            assert!(gross == 0 || annual_net(gross - 1) < net, "{net}");
        }
        assert_eq!(annual_gross(-5), 0);
        assert!(0 < annual_gross(i128::MAX));
    }
}
