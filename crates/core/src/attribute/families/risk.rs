//! Behaviour beyond single measures.

use super::{bills::months_with, *};

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "gambling_months_active",
    tier: Tier::Extended,
    sources: "Nordigen (monthly_regularity_of_gambling)",
    unit: Unit::Count,
    windows: &[Window::days(365)],
    risk: Risk::Rises,
    reason: "gambling_share",
    compliance: Compliance::ModelOk,
    definition: "Calendar months that lie wholly in the window, eleven as a rule and twelve at most, in which money was paid to gambling.",
    basis: Basis::MonthRows(&[Standard::Gambling], &[]),
    value: |digest, window| months_with(digest, window, Standard::Gambling),
}];
