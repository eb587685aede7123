//! What the two logistics of a payment model may read: a closed list, each of the size of one, so that coefficients compare.

use serde::{Serialize, Serializer};

/// Which of the two questions an input, a reason or a return code belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Not enough money: R01, R09.
    Insufficient,
    /// Closed, unknown, frozen, not a transaction account, or the customer says no: R02, R03, R04, R07, R08, R10, R11, R16, R20, R29.
    Account,
}

/// How an input moves when the amount rises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WithAmount {
    /// It never falls.
    Rises,
    /// It never rises.
    Falls,
    /// It does not read the amount.
    Still,
}

/// An input of a payment model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the table INPUTS says what each is")]
pub enum Input {
    Shortfall,
    AmountOverBalance,
    BelowAmountShare,
    Elsewhere,
    ReturnedItems,
    ReturnedRecency,
    NegativeShare,
    DaysAhead,
    NoIncomeBefore,
    IrregularIncome,
    StatusInactive,
    StatusDisconnected,
    NotTransactionAccount,
    Savings,
    UnknownKind,
    BalanceAge,
    YoungAccount,
    Quiet,
    UnauthorisedReturns,
    NoAchDebit,
    NumberOver,
}

/// What is documented of an input.
#[derive(Clone, Copy, Debug)]
pub struct InputInfo {
    /// The input.
    pub input: Input,
    /// What files call it.
    pub name: &'static str,
    /// Which logistic may read it.
    pub class: Class,
    /// How it moves with the amount.
    pub amount: WithAmount,
    /// How it is computed and where it lies.
    pub about: &'static str,
}

const fn info(input: Input, name: &'static str, class: Class, amount: WithAmount, about: &'static str) -> InputInfo {
    InputInfo { input, name, class, amount, about }
}

/// How many inputs there are.
pub const COUNT: usize = 21;

/// All inputs, in the order of [`Input`].
pub const INPUTS: [InputInfo; COUNT] = {
    use Class::{Account, Insufficient};
    use WithAmount::{Falls, Rises, Still};
    [
        info(
            Input::Shortfall,
            "shortfall",
            Insufficient,
            Rises,
            "deviations by which the expected closing balance of the account on the day lies below the amount, by the forecast; -6 to 6",
        ),
        info(
            Input::AmountOverBalance,
            "amount_over_balance",
            Insufficient,
            Rises,
            "natural logarithm of (amount + 1,000) / (balance at T, at least 0, + 1,000), minor units; -5 to 5",
        ),
        info(
            Input::BelowAmountShare,
            "below_amount_share",
            Insufficient,
            Rises,
            "share of the last 60 covered days that closed below the amount; 0 to 1",
        ),
        info(
            Input::Elsewhere,
            "elsewhere",
            Insufficient,
            Falls,
            "share of the amount that the other deposit accounts of the application hold at T; 0 to 1",
        ),
        info(
            Input::ReturnedItems,
            "returned_items",
            Insufficient,
            Still,
            "natural logarithm of 1 + nsf_od_event_count_90d of the account, which counts no return for another cause than funds; 0 to 4",
        ),
        info(
            Input::ReturnedRecency,
            "returned_recency",
            Insufficient,
            Still,
            "exp(-days / 30) since the last of these, 0 without one; 0 to 1",
        ),
        info(
            Input::NegativeShare,
            "negative_share",
            Insufficient,
            Still,
            "share_days_below_zero_30d of the account; 0 to 1",
        ),
        info(Input::DaysAhead, "days_ahead", Insufficient, Still, "days from T to the day of the debit / 30; 0 to 1"),
        info(
            Input::NoIncomeBefore,
            "no_income_before",
            Insufficient,
            Still,
            "1 when no payment of an income stream with a cadence is expected by the day, else 0",
        ),
        info(
            Input::IrregularIncome,
            "irregular_income",
            Insufficient,
            Still,
            "1 when no income stream of the account has a cadence and is active, else 0",
        ),
        info(
            Input::StatusInactive,
            "status_inactive",
            Account,
            Still,
            "1 when the account's status is inactive, else 0",
        ),
        info(
            Input::StatusDisconnected,
            "status_disconnected",
            Account,
            Still,
            "1 when the account's status is disconnected, else 0",
        ),
        info(
            Input::NotTransactionAccount,
            "not_transaction_account",
            Account,
            Still,
            "1 for a credit, loan or investment account, 0 for a deposit account",
        ),
        info(Input::Savings, "savings", Account, Still, "1 for a savings account, else 0"),
        info(
            Input::UnknownKind,
            "unknown_kind",
            Account,
            Still,
            "1 when neither category nor subcategory is known, else 0",
        ),
        info(
            Input::BalanceAge,
            "balance_age",
            Account,
            Still,
            "days from the newest balance at or before T to T / 30, 0 when it is from T or later; 0 to 1",
        ),
        info(
            Input::YoungAccount,
            "young_account",
            Account,
            Still,
            "1 - days from the account's first row to T / 90, at least 0: 1 for an account of today",
        ),
        info(Input::Quiet, "quiet", Account, Still, "days from the account's newest row to T / 60; 0 to 1"),
        info(
            Input::UnauthorisedReturns,
            "unauthorised_returns",
            Account,
            Still,
            "natural logarithm of 1 + unauthorised_return_count_90d of the account; 0 to 3",
        ),
        info(
            Input::NoAchDebit,
            "no_ach_debit",
            Account,
            Still,
            "1 when supported_payment_method_types lacks us_bank_account, else 0; missing when the export does not say",
        ),
        info(
            Input::NumberOver,
            "number_over",
            Account,
            Still,
            "1 when by the end of the day (UTC) every account number has expired or was deactivated, else 0; missing without account_numbers",
        ),
    ]
};

impl Input {
    /// What is documented of it.
    #[must_use]
    pub fn info(self) -> &'static InputInfo {
        &INPUTS[self as usize]
    }

    /// The input of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Input> {
        INPUTS.iter().find(|info| info.name == name).map(|info| info.input)
    }
}

impl Serialize for Input {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.info().name)
    }
}

/// The values of all inputs; `None` where there is none.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Inputs(pub(super) [Option<f64>; COUNT]);

impl Inputs {
    /// The value of an input.
    #[must_use]
    pub fn get(&self, input: Input) -> Option<f64> {
        self.0[input as usize]
    }

    /// Puts a value, within its range; a number that is not finite is none.
    pub fn put(&mut self, input: Input, value: f64, low: f64, high: f64) {
        self.0[input as usize] = (!value.is_nan()).then(|| value.clamp(low, high) + 0.0);
    }
}
