//! The names of the three axes and what each purpose means for a lender. Data: `defaults/taxonomy.toml`.
use super::label::{Instrument, Purpose, Role};

/// What a purpose means for a lender.
#[derive(Clone, Debug)]
pub struct PurposeInfo {
    /// Unique name in snake case, such as `income_salary`.
    pub name: String,
    /// Income, essential, discretionary, debt, transfer, fee, risk, other: `group` filters of attributes name it.
    pub group: String,
    /// Whether an inflow of this purpose counts as income.
    pub counts_as_income: bool,
    /// Whether an inflow of this purpose counts as a business's revenue.
    pub counts_as_revenue: bool,
    /// Whether the purpose reveals what a lender may not use: never a model's input by itself.
    pub sensitive: bool,
}

/// The three axes.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    purposes: Vec<PurposeInfo>,
    instruments: Vec<String>,
    roles: Vec<String>,
}

impl Taxonomy {
    /// The taxonomy shipped with the engine.
    #[must_use]
    pub fn builtin() -> Taxonomy {
        let unknown = PurposeInfo {
            name: "unknown".to_owned(),
            group: "other".to_owned(),
            counts_as_income: false,
            counts_as_revenue: false,
            sensitive: false,
        };
        Taxonomy { purposes: vec![unknown], instruments: vec!["other".to_owned()], roles: vec!["unknown".to_owned()] }
    }

    /// All purposes; [`Purpose`] indexes them.
    #[must_use]
    pub fn purposes(&self) -> &[PurposeInfo] {
        &self.purposes
    }

    /// All instruments; [`Instrument`] indexes them.
    #[must_use]
    pub fn instruments(&self) -> &[String] {
        &self.instruments
    }

    /// All roles; [`Role`] indexes them. A subtype is written after a colon: `lender:payday`.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// The purpose of that name.
    #[must_use]
    pub fn purpose(&self, name: &str) -> Option<Purpose> {
        index(self.purposes.iter().position(|info| info.name == name)).map(Purpose)
    }

    /// The instrument of that name.
    #[must_use]
    pub fn instrument(&self, name: &str) -> Option<Instrument> {
        index(self.instruments.iter().position(|known| known == name)).map(Instrument)
    }

    /// The role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Role> {
        index(self.roles.iter().position(|known| known == name)).map(Role)
    }
}

fn index(position: Option<usize>) -> Option<u8> {
    position.and_then(|at| u8::try_from(at).ok())
}
