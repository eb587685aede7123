//! The filters that computed attributes read. Their meaning is data: `defaults/attributes/filters.toml`.

use crate::digest::{
    Digest, Sums,
    plan::{FilterId, Span},
};

/// A named filter of `filters.toml` that computed attributes rely on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "`filters.toml` says what each takes")]
pub enum Standard {
    Posted,
    Flow,
    Inflow,
    Outflow,
    Income,
    Spend,
    Essential,
    DebtPayment,
    ShortTermProceeds,
    ShortTermPayment,
    NsfFee,
    OverdraftFee,
    NsfOverdraftFee,
    NsfOverdraftReversal,
    SavingsOut,
    SavingsIn,
    Discretionary,
    LoanProceeds,
    Revenue,
    Gambling,
    Rent,
    Mortgage,
    Housing,
    Utility,
    Telecom,
    CardPayment,
    AutoLoan,
    StudentLoan,
    PersonalLoan,
    OtherLoan,
    Salary,
    EwaPayment,
    ReturnedItem,
    McaIn,
    McaOut,
    OperatingExpense,
    PayrollOut,
    UnauthorisedReturn,
    OtherCauseReturn,
    LoanFine,
    OwnTransfer,
    NamedCustomer,
    SupplierExpense,
    RegularIncome,
}

impl Standard {
    /// All of them; a filter's place is its id in every plan.
    pub const ALL: [Standard; 44] = [
        Standard::Posted,
        Standard::Flow,
        Standard::Inflow,
        Standard::Outflow,
        Standard::Income,
        Standard::Spend,
        Standard::Essential,
        Standard::DebtPayment,
        Standard::ShortTermProceeds,
        Standard::ShortTermPayment,
        Standard::NsfFee,
        Standard::OverdraftFee,
        Standard::NsfOverdraftFee,
        Standard::NsfOverdraftReversal,
        Standard::SavingsOut,
        Standard::SavingsIn,
        Standard::Discretionary,
        Standard::LoanProceeds,
        Standard::Revenue,
        Standard::Gambling,
        Standard::Rent,
        Standard::Mortgage,
        Standard::Housing,
        Standard::Utility,
        Standard::Telecom,
        Standard::CardPayment,
        Standard::AutoLoan,
        Standard::StudentLoan,
        Standard::PersonalLoan,
        Standard::OtherLoan,
        Standard::Salary,
        Standard::EwaPayment,
        Standard::ReturnedItem,
        Standard::McaIn,
        Standard::McaOut,
        Standard::OperatingExpense,
        Standard::PayrollOut,
        Standard::UnauthorisedReturn,
        Standard::OtherCauseReturn,
        Standard::LoanFine,
        Standard::OwnTransfer,
        Standard::NamedCustomer,
        Standard::SupplierExpense,
        Standard::RegularIncome,
    ];

    /// Its name in `filters.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Standard::Posted => "posted",
            Standard::Flow => "flow",
            Standard::Inflow => "inflow",
            Standard::Outflow => "outflow",
            Standard::Income => "income",
            Standard::Spend => "spend",
            Standard::Essential => "essential",
            Standard::DebtPayment => "debt_payment",
            Standard::ShortTermProceeds => "short_term_proceeds",
            Standard::ShortTermPayment => "short_term_payment",
            Standard::NsfFee => "nsf_fee",
            Standard::OverdraftFee => "overdraft_fee",
            Standard::NsfOverdraftFee => "nsf_overdraft_fee",
            Standard::NsfOverdraftReversal => "nsf_overdraft_reversal",
            Standard::SavingsOut => "savings_out",
            Standard::SavingsIn => "savings_in",
            Standard::Discretionary => "discretionary",
            Standard::LoanProceeds => "loan_proceeds",
            Standard::Revenue => "revenue",
            Standard::Gambling => "gambling",
            Standard::Rent => "rent",
            Standard::Mortgage => "mortgage",
            Standard::Housing => "housing",
            Standard::Utility => "utility",
            Standard::Telecom => "telecom",
            Standard::CardPayment => "card_payment",
            Standard::AutoLoan => "auto_loan",
            Standard::StudentLoan => "student_loan",
            Standard::PersonalLoan => "personal_loan",
            Standard::OtherLoan => "other_loan",
            Standard::Salary => "salary",
            Standard::EwaPayment => "ewa_payment",
            Standard::ReturnedItem => "returned_item",
            Standard::McaIn => "mca_in",
            Standard::McaOut => "mca_out",
            Standard::OperatingExpense => "operating_expense",
            Standard::PayrollOut => "payroll_out",
            Standard::UnauthorisedReturn => "unauthorised_return",
            Standard::OtherCauseReturn => "other_cause_return",
            Standard::LoanFine => "loan_fine",
            Standard::OwnTransfer => "own_transfer",
            Standard::NamedCustomer => "named_customer",
            Standard::SupplierExpense => "supplier_expense",
            Standard::RegularIncome => "regular_income",
        }
    }

    /// Its id in every plan that a registry made.
    #[must_use]
    pub fn id(self) -> FilterId {
        FilterId(self as u16)
    }

    /// Rows and money that it takes in a span.
    #[must_use]
    pub fn sums(self, digest: &Digest<'_>, span: Span) -> Sums {
        digest.sums(self.id(), span)
    }

    /// Money that it takes in a span.
    #[must_use]
    pub fn sum(self, digest: &Digest<'_>, span: Span) -> i128 {
        self.sums(digest, span).sum
    }
}
