//! What is worked out over a ledger's rows once an attribute asks for it, and then kept.

use std::cell::OnceCell;

use super::Digest;
use crate::{
    forecast::Forecast,
    stream::{
        Streams,
        advance::{self, Advances},
        position::{self, Positions},
        recurring,
        returned::{self, Returns},
    },
    value::Missing,
};

/// Days ahead with what they are ranked by, the best first.
type DebitDays = Result<Box<[(i64, u8)]>, Missing>;

/// Rows, each with the row that stands for it, where there is one.
type Paired = Box<[(u32, Option<u32>)]>;

/// Nothing yet of everything that may be asked.
#[derive(Debug, Default)]
pub(super) struct Structure {
    streams: OnceCell<Streams>,
    returns: OnceCell<Returns>,
    advances: OnceCell<Advances>,
    positions: OnceCell<Positions>,
    forecast: OnceCell<Result<Forecast, Missing>>,
    debit_days: OnceCell<DebitDays>,
    unpaid_items: OnceCell<Paired>,
}

impl Digest<'_> {
    /// The recurring streams of the ledger.
    pub fn streams(&self) -> &Streams {
        self.structure.streams.get_or_init(|| recurring::streams_of(self.ledger, self.parties(), self.taxonomy))
    }

    /// What came back unpaid or was given back, and the events that fees charge for.
    pub fn returns(&self) -> &Returns {
        self.structure.returns.get_or_init(|| returned::returns(self.ledger, self.taxonomy))
    }

    /// The advances of the ledger, and what was paid back on them.
    pub fn advances(&self) -> &Advances {
        self.structure.advances.get_or_init(|| advance::advances(self.ledger, self.taxonomy, self.returns()))
    }

    /// The positions of merchant cash advances.
    pub fn positions(&self) -> &Positions {
        self.structure.positions.get_or_init(|| position::positions(self.ledger, self.taxonomy))
    }

    /// The forecast of the days after the ledger's.
    ///
    /// # Errors
    ///
    /// As [`Digest::history_days`], and [`Missing::NotEnoughHistory`] when too few days are covered.
    pub fn forecast(&self) -> Result<&Forecast, Missing> {
        let forecast = || Forecast::of(self.ledger, self.streams(), self.covered?);
        self.structure.forecast.get_or_init(forecast).as_ref().map_err(|&missing| missing)
    }

    /// Items that came back unpaid with the fee that stands for each, paired by the family that asks, once for all its columns.
    pub fn unpaid_items(&self, pair: impl FnOnce() -> Vec<(u32, Option<u32>)>) -> &[(u32, Option<u32>)] {
        self.structure.unpaid_items.get_or_init(|| pair().into_boxed_slice())
    }

    /// The days on which an instalment may be debited, ranked by the family that asks, once for all its columns.
    ///
    /// # Errors
    ///
    /// Those of the ranking.
    pub fn debit_days(&self, rank: impl FnOnce() -> Result<Vec<(i64, u8)>, Missing>) -> Result<&[(i64, u8)], Missing> {
        let ranked = || rank().map(Vec::into_boxed_slice);
        self.structure.debit_days.get_or_init(ranked).as_deref().map_err(|&missing| missing)
    }
}
