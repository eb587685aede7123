//! Income to come: what active streams will pay, by the model of [`crate::forecast`]. All income alike.

use super::{super::declared::rounded_real, *};
use crate::{
    forecast::{self, Income},
    stream::Stream,
};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "income_annual_projected",
        tier: Tier::Extended,
        sources: "Plaid; Mastercard",
        unit: Unit::MinorPerYear,
        windows: POINT,
        risk: Risk::Falls,
        reason: "income_amount",
        compliance: Compliance::ModelOk,
        definition: "Income as paid into the accounts over the next 365 days at the present rate: of active income streams with a cadence the usual amount times the payments a year, and of active ones without, and of payments off the schedule, the money of the last 90 covered days times 365 over those days. Overdue and stopped streams pay nothing more. 0 when no income stream is active; stale as projected_balance is; needs 60 covered days.",
        basis: INCOME,
        value: |digest, _| Ok(rounded(digest.forecast()?.income().year)),
    },
    Entry {
        name: "income_forecast_high",
        tier: Tier::Extended,
        sources: "Plaid",
        unit: Unit::MinorPerMonth,
        windows: POINT,
        risk: Risk::Falls,
        reason: "income_amount",
        compliance: Compliance::ModelOk,
        definition: "Upper end of the interval that holds the income of the next 30 days with a probability of 80 % (the catalogue's income_forecast_interval): income_monthly_forecast plus 1.2815515655 deviations, by the spread of the streams' amounts and days and of the daily income that follows no schedule; never below 0. Stale as projected_balance is; needs 60 covered days.",
        basis: INCOME,
        value: |digest, _| Ok(bound(digest.forecast()?.income(), NORMAL_90)),
    },
    Entry {
        name: "income_forecast_low",
        tier: Tier::Extended,
        sources: "Plaid",
        unit: Unit::MinorPerMonth,
        windows: POINT,
        risk: Risk::Falls,
        reason: "income_amount",
        compliance: Compliance::ModelOk,
        definition: "Lower end of the interval that holds the income of the next 30 days with a probability of 80 % (the catalogue's income_forecast_interval): income_monthly_forecast less 1.2815515655 deviations, by the spread of the streams' amounts and days and of the daily income that follows no schedule; never below 0. Stale as projected_balance is; needs 60 covered days.",
        basis: INCOME,
        value: |digest, _| Ok(bound(digest.forecast()?.income(), -NORMAL_90)),
    },
    Entry {
        name: "income_monthly_forecast",
        tier: Tier::Extended,
        sources: "Plaid",
        unit: Unit::MinorPerMonth,
        windows: POINT,
        risk: Risk::Falls,
        reason: "income_amount",
        compliance: Compliance::ModelOk,
        definition: "Income expected in the next 30 days: the payments that active income streams with a cadence are due, those included that are late and may still come, at the usual amount each, weighed by its chance to be there within the 30 days (the share of the days on which it may come, from the lags of the stream's last payments, at most six), and the mean of the last 90 covered days of what active ones without a cadence paid, or others off their schedule. A month with three pay days of two weeks holds three. Overdue and stopped streams pay nothing more. 0 when no income stream is active; stale as projected_balance is; needs 60 covered days.",
        basis: INCOME,
        value: |digest, _| Ok(rounded(digest.forecast()?.income().month)),
    },
];

/// The standard normal's 90th percentile: nine tenths lie below it, and eight between it and its negative.
pub(super) const NORMAL_90: f64 = 1.281_551_565_544_600_4;

fn bound(income: Income, deviations: f64) -> Value {
    rounded_real((income.month.real() + deviations * income.month_variance.sqrt()).max(0.0))
}

const INCOME: Basis =
    Basis::TracedOver(Trace { name: "income to come", rows: income_rows }, crate::forecast::HISTORY_DAYS_MIN);

/// The payments of active income streams from which amounts are taken.
fn income_rows(digest: &Digest<'_>, _: Window) -> Vec<Evidence> {
    let Ok(forecast) = digest.forecast() else { return vec![] };
    let (streams, from) = (digest.streams(), forecast.residual_from());
    let active: Vec<&Stream> = streams.income().filter(|stream| stream.state.is_active()).collect();
    let scheduled = active.iter().flat_map(|stream| forecast::recent(streams, stream));
    let others = active.iter().flat_map(|stream| forecast::unscheduled(streams, stream, from));
    payment::rows_at(digest, scheduled.chain(others).flat_map(|one| streams.rows(one)))
}
