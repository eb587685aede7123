//! Transactions of a typed table, column by column. Nearly every row of an export is plain: each value is of the column's
//! usual type and within the limits. Such rows are checked a block at a time and handed on together, their texts borrowed
//! from the unpacked pages. Any other row goes cell by cell through [`Plan::emit`], which alone knows defects and their words,
//! so a row means the same whichever way it went.

use arrow_array::{BooleanArray, StringViewArray};
use arrow_buffer::NullBuffer;
use cashline_core::{
    defect::Source,
    field,
    limits::{AMOUNT_MAX, SECONDS_END, SECONDS_MIN},
    money::Currency,
    row::{TransactionRow, TransactionStatus},
};

use crate::{
    error::Error,
    read::{
        Batch, Batches, Table, assemble, cell,
        columns::{Column, Columns, Values},
        hand_over,
        table::Plan,
        words,
    },
};

/// Rows that are checked and handed on together: few enough that what was checked is still in the first-level cache.
const BLOCK: usize = 128;

/// The columns of a batch of transactions, all of types that plain rows have.
pub(super) struct PlainRows<'b> {
    plan: &'b Plan,
    columns: &'b Columns,
    id: Texts<'b>,
    account: Texts<'b>,
    currency: Texts<'b>,
    status: Texts<'b>,
    description: Option<Texts<'b>>,
    object: Option<Texts<'b>>,
    livemode: Option<(&'b BooleanArray, Option<&'b NullBuffer>)>,
    amount: Numbers<'b>,
    transacted_at: Numbers<'b>,
    posted_at: Numbers<'b>,
    void_at: Numbers<'b>,
    updated: Numbers<'b>,
}

impl<'b> PlainRows<'b> {
    /// The columns of a batch; `None` when it holds no transactions, or a column is of a type that only cells can tell.
    pub(super) fn new(plan: &'b Plan, columns: &'b Columns) -> Option<PlainRows<'b>> {
        use assemble::slot_transaction as slot;
        let places = plan.flat(Table::Transactions)?;
        // A column without any value is as good as none.
        let column = |slot: usize| -> Option<&'b Column> {
            columns.leaf(places[slot]?).filter(|column| !matches!(column.values, Values::Null))
        };
        let text = |slot: usize| column(slot).map(Texts::of);
        let number = |slot: usize| column(slot).map_or(Some(Numbers::Nothing), Numbers::of);
        let livemode = match column(slot::LIVEMODE) {
            None => None,
            Some(Column { values: Values::Bool(array), nulls }) => Some((array, nulls.as_ref())),
            Some(_) => return None,
        };
        Some(PlainRows {
            plan,
            columns,
            id: text(slot::ID)??,
            account: text(slot::ACCOUNT)??,
            currency: text(slot::CURRENCY)??,
            status: text(slot::STATUS)??,
            description: text(slot::DESCRIPTION).map_or(Some(None), |text| text.map(Some))?,
            object: text(slot::OBJECT).map_or(Some(None), |text| text.map(Some))?,
            livemode,
            amount: number(slot::AMOUNT)?,
            transacted_at: number(slot::TRANSACTED_AT)?,
            posted_at: number(slot::POSTED_AT)?,
            void_at: number(slot::VOID_AT)?,
            updated: number(slot::UPDATED)?,
        })
    }

    /// Hands on so many rows, of which the first has this source.
    ///
    /// # Errors
    ///
    /// Those of `sink`.
    pub(super) fn emit(&self, rows: usize, first: Source, sink: &mut Batches<'_>) -> Result<(), Error> {
        let mut ready: Vec<TransactionRow<'b>> = Vec::with_capacity(BLOCK.min(rows));
        let mut block = Block::new();
        let mut known = Known::default();
        for from in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - from);
            self.numbers(from, count, &mut block);
            for step in 0..count {
                let source = Source { line: first.line + (from + step) as u64, ..first };
                if let Some(row) = self.row(from, step, &block, &mut known, source) {
                    ready.push(row);
                    continue;
                }
                hand_over(&mut ready, sink)?;
                let get = |leaf| self.columns.cell(leaf, from + step);
                self.plan.emit(get, &[], source, &mut |item| sink(Batch::Item(item)))?;
            }
            hand_over(&mut ready, sink)?;
        }
        Ok(())
    }

    fn numbers(&self, from: usize, count: usize, block: &mut Block) {
        let Block { plain, amount, transacted_at, posted_at, void_at, updated } = block;
        plain[..count].fill(true);
        let times = SECONDS_MIN..=SECONDS_END - 1;
        self.amount.read(from, Need::Value, -AMOUNT_MAX..=AMOUNT_MAX, &mut amount[..count], plain);
        self.transacted_at.read(from, Need::Value, times.clone(), &mut transacted_at[..count], plain);
        self.posted_at.read(from, Need::Nothing, times.clone(), &mut posted_at[..count], plain);
        self.void_at.read(from, Need::Nothing, times.clone(), &mut void_at[..count], plain);
        self.updated.read(from, Need::Nothing, times, &mut updated[..count], plain);
    }

    /// The row, when it is plain.
    #[inline]
    fn row(
        &self,
        from: usize,
        step: usize,
        block: &Block,
        known: &mut Known<'b>,
        source: Source,
    ) -> Option<TransactionRow<'b>> {
        let at = from + step;
        if !block.plain[step] {
            return None;
        }
        if let Some(object) = &self.object {
            let is_transaction = |text: &str| (text == assemble::TRANSACTION_OBJECT).then_some(());
            object.is_null(at).then_some(()).or_else(|| object.known(at, &mut known.object, is_transaction))?;
        }
        let description = match &self.description {
            Some(texts) => texts.get(at).unwrap_or(""),
            None => "",
        };
        field::text(description).ok()?;
        let livemode = self.livemode.filter(|(_, nulls)| !nulls.is_some_and(|nulls| nulls.is_null(at)));
        let time = |seconds: i64| (seconds != NO_TIME).then_some(seconds);
        Some(TransactionRow {
            id: self.id.get(at).and_then(|id| cell::id_text(id).ok())?,
            account: self.account.word(at, &mut known.account, |text| cell::id_text(text).ok())?,
            amount: block.amount[step],
            currency: self.currency.word(at, &mut known.currency, Currency::parse)?,
            description,
            livemode: livemode.map(|(array, _)| array.value(at)),
            status: self.status.word(at, &mut known.status, words::transaction_status)?,
            transacted_at: block.transacted_at[step],
            posted_at: time(block.posted_at[step]),
            void_at: time(block.void_at[step]),
            updated: time(block.updated[step]),
            source,
        })
    }
}

/// Stands for a time that is null: no accepted time is zero.
const NO_TIME: i64 = 0;
const _: () = assert!(NO_TIME < SECONDS_MIN);

/// The numbers of a block of rows, and the rows whose numbers are all plain.
struct Block {
    plain: [bool; BLOCK],
    amount: [i64; BLOCK],
    transacted_at: [i64; BLOCK],
    posted_at: [i64; BLOCK],
    void_at: [i64; BLOCK],
    updated: [i64; BLOCK],
}

impl Block {
    fn new() -> Block {
        let none = [NO_TIME; BLOCK];
        let plain = [true; BLOCK];
        Block { plain, amount: none, transacted_at: none, posted_at: none, void_at: none, updated: none }
    }
}

/// The words of the row before, which few rows change: the view of each in its column, and what it means.
#[derive(Default)]
struct Known<'b> {
    object: Option<(u128, Option<()>)>,
    account: Option<(u128, Option<&'b str>)>,
    currency: Option<(u128, Option<Currency>)>,
    status: Option<(u128, Option<TransactionStatus>)>,
}

/// A column of texts.
struct Texts<'b> {
    array: &'b StringViewArray,
    views: &'b [u128],
    nulls: Option<&'b NullBuffer>,
}

impl<'b> Texts<'b> {
    fn of(column: &'b Column) -> Option<Texts<'b>> {
        let Values::Text(array) = &column.values else { return None };
        Some(Texts { array, views: array.views(), nulls: nulls(column) })
    }

    fn is_null(&self, at: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(at))
    }

    fn get(&self, at: usize) -> Option<&'b str> {
        (!self.is_null(at)).then(|| self.array.value(at))
    }

    /// What a text means, if anything.
    fn word<T: Copy>(
        &self,
        at: usize,
        known: &mut Option<(u128, Option<T>)>,
        read: impl Fn(&'b str) -> Option<T>,
    ) -> Option<T> {
        if self.is_null(at) { None } else { self.known(at, known, read) }
    }

    /// Equal views of one column are equal texts, so a text that repeats is read once.
    #[inline]
    fn known<T: Copy>(
        &self,
        at: usize,
        known: &mut Option<(u128, Option<T>)>,
        read: impl Fn(&'b str) -> Option<T>,
    ) -> Option<T> {
        let view = self.views[at];
        match known {
            Some((of, value)) if *of == view => *value,
            _ => {
                let value = read(self.array.value(at));
                *known = Some((view, value));
                value
            }
        }
    }
}

/// A column of numbers.
enum Numbers<'b> {
    Nothing,
    Int(&'b [i64], Option<&'b NullBuffer>),
    Real(&'b [f64], Option<&'b NullBuffer>),
}

/// Whether a plain row must have the number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Value,
    Nothing,
}

impl<'b> Numbers<'b> {
    fn of(column: &'b Column) -> Option<Numbers<'b>> {
        match &column.values {
            Values::Int(array) => Some(Numbers::Int(array.values(), nulls(column))),
            Values::Real(array) => Some(Numbers::Real(array.values(), nulls(column))),
            _ => None,
        }
    }

    /// Reads numbers from a row on, [`NO_TIME`] for none; a row whose number is not as it should be is not plain.
    fn read(&self, from: usize, need: Need, range: std::ops::RangeInclusive<i64>, out: &mut [i64], plain: &mut [bool]) {
        let count = out.len();
        let none = need == Need::Nothing;
        let rows = out.iter_mut().zip(plain);
        match self {
            Numbers::Nothing => rows.for_each(|(out, plain)| (*out, *plain) = (NO_TIME, *plain & none)),
            Numbers::Int(values, None) => {
                for ((out, plain), value) in rows.zip(&values[from..from + count]) {
                    *out = *value;
                    *plain &= range.contains(value);
                }
            }
            Numbers::Int(values, Some(nulls)) => {
                let valid = nulls.inner().slice(from, count);
                for (((out, plain), value), valid) in rows.zip(&values[from..from + count]).zip(&valid) {
                    *out = if valid { *value } else { NO_TIME };
                    *plain &= if valid { range.contains(value) } else { none };
                }
            }
            Numbers::Real(values, nulls) => {
                for ((at, (out, plain)), value) in (from..).zip(rows).zip(&values[from..from + count]) {
                    // Data frames write null as NaN.
                    let is_null = value.is_nan() || nulls.is_some_and(|nulls| nulls.is_null(at));
                    let whole = if is_null { None } else { cell::integral(*value).ok() };
                    *out = whole.unwrap_or(NO_TIME);
                    *plain &= if is_null { none } else { whole.is_some_and(|value| range.contains(&value)) };
                }
            }
        }
    }
}

/// The column's nulls, when it has any.
fn nulls(column: &Column) -> Option<&NullBuffer> {
    column.nulls.as_ref().filter(|nulls| nulls.null_count() != 0)
}

#[cfg(test)]
mod tests;
