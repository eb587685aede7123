//! Text, direction and account kind in, [`Label`] out: compiled rules and a bounded memo a thread.

use super::{label::Label, taxonomy::Taxonomy};
use crate::row::AccountCategory;

/// Compiled rules over a taxonomy.
#[derive(Clone, Debug)]
pub struct Categoriser {
    taxonomy: Taxonomy,
}

/// What one thread remembers of the texts it has seen; bounded, and never changes an answer.
#[derive(Clone, Debug, Default)]
pub struct Memo {}

impl Categoriser {
    /// The rules shipped with the engine.
    #[must_use]
    pub fn builtin() -> Categoriser {
        Categoriser { taxonomy: Taxonomy::builtin() }
    }

    /// The names that labels index.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// Labels one transaction.
    #[must_use]
    pub fn label(&self, memo: &mut Memo, description: &str, amount: i64, account: AccountCategory) -> Label {
        let _ = (memo, description, amount, account);
        Label {
            purpose: super::label::Purpose(0),
            instrument: super::label::Instrument(0),
            role: super::label::Role(0),
            rule: super::label::RuleId::NONE,
            confidence: 0,
            counterparty: 0,
        }
    }
}
