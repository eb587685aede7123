//! The answer of the categoriser.

use serde::Serialize;

/// Index of a purpose in the taxonomy; 0 is always `unknown`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
pub struct Purpose(pub u8);

/// Index of an instrument in the taxonomy; 0 is always `other`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
pub struct Instrument(pub u8);

/// Index of a counterparty role in the taxonomy; 0 is always `unknown`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
pub struct Role(pub u8);

/// Index of the rule that decided; [`RuleId::NONE`] when none did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct RuleId(pub u32);

impl RuleId {
    /// No rule knew the text.
    pub const NONE: RuleId = RuleId(u32::MAX);
    /// The first of the ids of context rules; below stand those of rules for texts.
    const CONTEXT: u32 = 0x8000_0000;

    /// The id of a context rule, by its position.
    #[must_use]
    pub fn context(at: usize) -> RuleId {
        RuleId(u32::try_from(at).map_or(u32::MAX, |at| RuleId::CONTEXT.saturating_add(at)))
    }

    /// The position of a context rule, if it is one's id.
    #[must_use]
    pub fn as_context(self) -> Option<usize> {
        let at = self.0.checked_sub(RuleId::CONTEXT).filter(|_| self < RuleId::CORRECTION)?;
        usize::try_from(at).ok()
    }
    /// No rule: a human's correction decided.
    pub const CORRECTION: RuleId = RuleId(u32::MAX - 1);
}

/// Confidence below which a label counts as doubtful in data-quality attributes.
///
/// Every rule for income stands at or above it, so that the kind of income never moves a quality measure.
pub const CONFIDENT: u8 = 60;

/// What a transaction is, on three axes that do not compete, and which rule said so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label {
    /// What the money is for.
    pub purpose: Purpose,
    /// How it moved.
    pub instrument: Instrument,
    /// Who stands on the other side.
    pub role: Role,
    /// The rule that decided the purpose.
    pub rule: RuleId,
    /// Confidence in percent; 0 when no rule matched.
    pub confidence: u8,
    /// Hash of the counterparty's key (see [`super::merchant`]), the same on every platform.
    pub counterparty: u64,
}

impl Label {
    /// Whether a rule of at least [`CONFIDENT`] percent decided.
    #[must_use]
    pub fn is_confident(&self) -> bool {
        CONFIDENT <= self.confidence
    }
}
