//! One version of a transaction, packed: a pool holds millions of them, and its texts stand in one arena.

use std::cmp::Ordering;

use crate::{
    category::label::{Instrument, Label, Purpose, Role, RuleId},
    defect::Source,
    limits::SECONDS_END,
    money::Currency,
    row::{TransactionRow, TransactionStatus},
};

// Times are packed into 32 bits, and zero stands for "none" because no accepted time is zero.
const _: () = assert!(SECONDS_END <= u32::MAX as i64 && 1 <= crate::limits::SECONDS_MIN);
const _: () = assert!(crate::limits::ID_BYTES_MAX <= u8::MAX as usize);
const _: () = assert!(crate::limits::DESCRIPTION_BYTES_MAX <= u16::MAX as usize);

/// What a row's label says about its being one leg of a transfer between own accounts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Hint {
    /// The label says transfer between own accounts.
    Transfer,
    /// The label says payment of a card: a leg when the other account is a card.
    CardPayment,
    /// The label speaks neither for nor against, and is surer than the text: money to a person, cash, a cheque.
    Mute,
    /// No label, or a guess: the text may tell.
    Neutral,
    /// The label says something else, such as rent or salary.
    Contradicts,
}

/// A version of a transaction whose values passed the limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    pub(crate) amount: i64,
    pub(crate) label: Label,
    // The id starts here, the description follows it.
    text: usize,
    line: u64,
    file: u32,
    transacted: u32,
    posted: u32,
    void: u32,
    updated: u32,
    // When another account first claimed the same id, as `updated` has it; `NO_RIVAL` when none did.
    rival: u32,
    // Index of the account: in order of appearance while building, by id in a history.
    pub(crate) account: u32,
    description_bytes: u16,
    id_bytes: u8,
    pub(crate) currency: Currency,
    pub(crate) status: TransactionStatus,
    pub(crate) livemode: Option<bool>,
    pub(crate) hint: Hint,
    // Another row has the same id and `updated` but other content.
    pub(crate) conflict: bool,
    // The versions of one id stand together, `updated` ascending; this is the latest.
    pub(crate) last: bool,
    // Posted on a known date, of an amount and never void. In a history also the only row of its id: known once T has passed
    // its dates, it is what it is at every T.
    pub(super) plain: bool,
}

impl Version {
    /// Packs a row whose times, lengths and amount lie within the limits; its texts go to the arena.
    #[inline]
    pub(crate) fn pack(row: &TransactionRow<'_>, account: u32, arena: &mut String) -> Version {
        let text = arena.len();
        arena.push_str(row.id);
        arena.push_str(row.description);
        Version {
            amount: row.amount,
            label: UNLABELLED,
            text,
            line: row.source.line,
            file: row.source.file,
            transacted: pack(Some(row.transacted_at)),
            posted: pack(row.posted_at),
            void: pack(row.void_at),
            updated: pack(row.updated),
            rival: NO_RIVAL,
            account,
            description_bytes: u16::try_from(row.description.len()).unwrap_or(u16::MAX),
            id_bytes: u8::try_from(row.id.len()).unwrap_or(u8::MAX),
            currency: row.currency,
            status: row.status,
            livemode: row.livemode,
            hint: Hint::Neutral,
            conflict: false,
            last: true,
            plain: (row.status == TransactionStatus::Posted)
                & row.posted_at.is_some()
                & row.void_at.is_none()
                & (row.amount != 0),
        }
    }

    pub(crate) fn transacted(&self) -> i64 {
        i64::from(self.transacted)
    }

    pub(crate) fn posted(&self) -> Option<i64> {
        unpack(self.posted)
    }

    pub(crate) fn void(&self) -> Option<i64> {
        unpack(self.void)
    }

    pub(crate) fn updated(&self) -> Option<i64> {
        unpack(self.updated)
    }

    /// The posting, else the transaction: where the row stands in time.
    pub(crate) fn time(&self) -> u32 {
        if self.posted == 0 { self.transacted } else { self.posted }
    }

    /// The latest second that this version bears witness to.
    pub(crate) fn witnessed(&self) -> i64 {
        i64::from(self.transacted.max(self.posted).max(self.updated))
    }

    /// Another account claims this id too, in a version that was known before T or before this one. An id without
    /// `updated` was always known.
    pub(crate) fn has_rival(&self, t: i64) -> bool {
        self.rival != NO_RIVAL && (i64::from(self.rival) < t || self.rival < self.updated)
    }

    /// When it was posted, of a row of a history about which nothing is left to settle as of T, as about nearly every one: plain,
    /// and known before T in all that it says. `t` is T within 32 bits ([`bound`]).
    #[inline]
    pub(crate) fn plainly_posted(&self, t: u32) -> Option<u32> {
        let is_known = self.posted.max(self.transacted).max(self.updated) < t;
        (self.plain & is_known).then_some(self.posted)
    }

    /// Another account claims this id too.
    pub(super) fn is_contested(&self) -> bool {
        self.rival != NO_RIVAL
    }

    /// Notes that another account claims this id in a version of its own.
    pub(super) fn contest(&mut self, other: &Version) {
        self.rival = self.rival.min(other.updated);
    }

    pub(crate) fn source(&self) -> Source {
        Source { file: self.file, line: self.line }
    }

    pub(crate) fn id<'a>(&self, arena: &'a str) -> &'a str {
        &arena[self.text..self.text + usize::from(self.id_bytes)]
    }

    /// The same, for those who only compare it.
    #[inline]
    pub(super) fn id_bytes<'a>(&self, arena: &'a str) -> &'a [u8] {
        &arena.as_bytes()[self.text..self.text + usize::from(self.id_bytes)]
    }

    pub(crate) fn description<'a>(&self, arena: &'a str) -> &'a str {
        let start = self.text + usize::from(self.id_bytes);
        &arena[start..start + usize::from(self.description_bytes)]
    }

    /// Orders by all that makes two versions the same, without the source.
    pub(crate) fn compare_content(&self, other: &Version, arena: &str) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| self.description(arena).cmp(other.description(arena)))
    }

    /// The same payment further on its way, pending to posted to void, with nothing else changed but the dates of that way.
    /// An export without `updated` still tells which of the two is later: no payment goes back.
    pub(super) fn is_progress_of(&self, earlier: &Version, arena: &str) -> bool {
        let payment = |version: &Version| {
            (version.account, version.updated, version.amount, version.currency, version.livemode, version.transacted)
        };
        earlier.status < self.status
            && payment(self) == payment(earlier)
            && self.description(arena) == earlier.description(arena)
    }

    fn key(&self) -> (u32, u32, i64, Currency, TransactionStatus, Option<bool>, u32, u32, u32) {
        (
            self.account,
            self.updated,
            self.amount,
            self.currency,
            self.status,
            self.livemode,
            self.transacted,
            self.posted,
            self.void,
        )
    }

    /// Whether two versions of two histories are the same row; arenas may be laid out differently.
    pub(super) fn same(&self, arena: &str, other: &Version, other_arena: &str) -> bool {
        self.key() == other.key()
            && (self.source(), self.label, self.hint, self.conflict, self.rival, self.last)
                == (other.source(), other.label, other.hint, other.conflict, other.rival, other.last)
            && self.id(arena) == other.id(other_arena)
            && self.description(arena) == other.description(other_arena)
    }
}

const NO_RIVAL: u32 = u32::MAX;

/// What a row carries until the categoriser has seen it.
const UNLABELLED: Label = Label {
    purpose: Purpose(0),
    instrument: Instrument(0),
    role: Role(0),
    rule: RuleId::NONE,
    confidence: 0,
    counterparty: 0,
};

/// An instant within the 32 bits of packed times, all of which lie on the same side of it.
pub(crate) fn bound(t: i64) -> u32 {
    u32::try_from(t).unwrap_or(if t < 0 { 0 } else { u32::MAX })
}

fn pack(seconds: Option<i64>) -> u32 {
    seconds.and_then(|value| u32::try_from(value).ok()).unwrap_or(0)
}

fn unpack(seconds: u32) -> Option<i64> {
    (seconds != 0).then_some(i64::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_version_gives_back_what_was_put_in() {
        let mut arena = "before".to_owned();
        let row = TransactionRow {
            void_at: Some(SECONDS_END - 1),
            posted_at: None,
            updated: Some(7),
            description: "café",
            source: Source { file: 3, line: u64::from(u32::MAX) + 9 },
            ..TransactionRow::posted("fctxn_1", "fca_1", -5, 4)
        };
        let version = Version::pack(&row, 2, &mut arena);
        assert_eq!((version.id(&arena), version.description(&arena)), ("fctxn_1", "café"));
        assert_eq!((version.transacted(), version.posted(), version.updated()), (4, None, Some(7)));
        assert_eq!(version.void(), Some(SECONDS_END - 1));
        assert_eq!(version.source(), row.source);
        // 600 rows of an applicant then fit a first-level cache beside their texts.
        assert!(std::mem::size_of::<Version>() <= 80);
    }
}
