//! The names of the three axes and what each purpose means for a lender. Data: `defaults/taxonomy.toml`.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    label::{Instrument, Purpose, Role},
    rule::{RuleError, Source},
};
use crate::limits::TAXONOMY_NAMES_MAX;

/// The taxonomy shipped with the engine, as text.
pub const BUILTIN: &str = include_str!("../../defaults/taxonomy.toml");

/// The groups that a purpose may belong to; filters of attributes name them.
pub const GROUPS: [&str; 9] =
    ["income", "essential", "discretionary", "debt", "transfer", "fee", "risk", "business", "other"];

/// Which way the money of a purpose moves, seen from the account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Direction {
    In,
    Out,
    Both,
}

impl Direction {
    /// Whether money may come in under the purpose.
    #[must_use]
    pub fn takes_inflow(self) -> bool {
        matches!(self, Direction::In | Direction::Both)
    }

    /// Whether money may go out under the purpose.
    #[must_use]
    pub fn takes_outflow(self) -> bool {
        matches!(self, Direction::Out | Direction::Both)
    }
}

/// What a decision may do with an attribute of this purpose alone. Income of every kind counts alike in totals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplianceUse {
    /// A model may use it.
    #[default]
    ModelOk,
    /// Only as an obligation of the applicant, never to rank people.
    ObligationOnly,
    /// Only to verify what was stated.
    VerifyOnly,
    /// Never in a decision by itself.
    Prohibited,
}

/// What a recurring series of rows is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StreamKind {
    Payroll,
    Gig,
    Benefit,
    Pension,
    SelfEmployed,
    /// Income of another kind: interest, dividends, rent, support.
    OtherIncome,
    /// Money that comes in and is no income.
    OtherInflow,
    Rent,
    Mortgage,
    Loan,
    Card,
    Utility,
    Telecom,
    Insurance,
    Subscription,
    /// Another obligation: tax instalments, tuition, childcare, support paid, a gym.
    OtherBill,
    /// Wages, suppliers, taxes of a business.
    Business,
    /// Money that goes out and is no obligation.
    OtherOutflow,
    /// Between accounts, persons and cash, in either direction.
    Transfer,
}

impl StreamKind {
    /// The name that files use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            StreamKind::Payroll => "payroll",
            StreamKind::Gig => "gig",
            StreamKind::Benefit => "benefit",
            StreamKind::Pension => "pension",
            StreamKind::SelfEmployed => "self_employed",
            StreamKind::OtherIncome => "other_income",
            StreamKind::OtherInflow => "other_inflow",
            StreamKind::Rent => "rent",
            StreamKind::Mortgage => "mortgage",
            StreamKind::Loan => "loan",
            StreamKind::Card => "card",
            StreamKind::Utility => "utility",
            StreamKind::Telecom => "telecom",
            StreamKind::Insurance => "insurance",
            StreamKind::Subscription => "subscription",
            StreamKind::OtherBill => "other_bill",
            StreamKind::Business => "business",
            StreamKind::OtherOutflow => "other_outflow",
            StreamKind::Transfer => "transfer",
        }
    }

    /// Whether it is income of the applicant.
    #[must_use]
    pub fn is_income(self) -> bool {
        self <= StreamKind::OtherIncome
    }

    /// Whether it is an obligation of the applicant: a bill that is due again.
    #[must_use]
    pub fn is_obligation(self) -> bool {
        StreamKind::Rent <= self && self <= StreamKind::OtherBill
    }
}

/// What a purpose means for a lender.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeInfo {
    /// Unique name in snake case, such as `income_salary`.
    pub name: String,
    /// One of [`GROUPS`]: `group` filters of attributes name it.
    pub group: String,
    /// Which way its money moves.
    pub direction: Direction,
    /// Whether an inflow of this purpose counts as income.
    #[serde(default)]
    pub counts_as_income: bool,
    /// Whether an inflow of this purpose counts as a business's revenue.
    #[serde(default)]
    pub counts_as_revenue: bool,
    /// Whether the purpose reveals what a lender may not use: never a model's input by itself.
    #[serde(default)]
    pub sensitive: bool,
    /// What a decision may do with the purpose alone.
    #[serde(default)]
    pub compliance: ComplianceUse,
    /// What a recurring series of such rows is; where nothing is said, `counts_as_income` and the group decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamKind>,
    /// The primary category of Plaid's Personal Finance Categories v2 that it rolls up to.
    pub pfc: String,
    /// One line for the catalogue.
    pub about: String,
}

impl PurposeInfo {
    /// What a recurring series of rows of this purpose is, by the direction of its money.
    #[must_use]
    pub fn stream(&self, direction: crate::money::Direction) -> StreamKind {
        let inflow = direction == crate::money::Direction::Inflow;
        match self.stream {
            Some(kind) if (kind < StreamKind::Rent) == inflow || kind == StreamKind::Transfer => kind,
            _ if inflow && self.counts_as_income => StreamKind::OtherIncome,
            _ if self.group == "transfer" => StreamKind::Transfer,
            _ if inflow => StreamKind::OtherInflow,
            _ if self.group == "debt" => StreamKind::Loan,
            _ if self.group == "business" => StreamKind::Business,
            _ => StreamKind::OtherOutflow,
        }
    }
}

/// The three axes.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    purposes: Vec<PurposeInfo>,
    /// Attributes ask for purposes by name, many times an application.
    by_name: FxHashMap<String, Purpose>,
    instruments: Vec<String>,
    roles: Vec<String>,
    digest: [u8; 32],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTaxonomy {
    version: toml::Spanned<u32>,
    instruments: Vec<toml::Spanned<String>>,
    roles: Vec<toml::Spanned<String>>,
    purposes: Vec<toml::Spanned<PurposeInfo>>,
}

impl Taxonomy {
    /// The taxonomy shipped with the engine.
    #[must_use]
    pub fn builtin() -> Taxonomy {
        Taxonomy::parse("taxonomy.toml", BUILTIN).expect("a test reads the shipped taxonomy")
    }

    /// Reads a taxonomy; `file` is named in errors.
    ///
    /// # Errors
    ///
    /// [`RuleError`] with line and column when the text is no taxonomy, a name is repeated or ill formed, a list does not
    /// begin with the name that index 0 stands for, or a list is longer than [`TAXONOMY_NAMES_MAX`].
    pub fn parse(file: &str, toml: &str) -> Result<Taxonomy, RuleError> {
        let source = Source { file, text: toml };
        let raw: RawTaxonomy = source.read()?;
        if *raw.version.get_ref() != 1 {
            return Err(source.error(raw.version.span(), "unknown version of the taxonomy", "write version = 1"));
        }
        let instruments = source.names(&raw.instruments, "instrument", "other")?;
        let roles = source.names(&raw.roles, "role", "unknown")?;
        let names: Vec<toml::Spanned<String>> =
            raw.purposes.iter().map(|info| toml::Spanned::new(info.span(), info.get_ref().name.clone())).collect();
        source.names(&names, "purpose", "unknown")?;
        for info in &raw.purposes {
            let PurposeInfo { name, group, direction, counts_as_income, counts_as_revenue, .. } = info.get_ref();
            if !GROUPS.contains(&group.as_str()) {
                let problem = format!("purpose {name} names the group {group}, which there is not");
                return Err(source.error(info.span(), &problem, &format!("use one of {}", GROUPS.join(", "))));
            }
            if (*counts_as_income || *counts_as_revenue) && !direction.takes_inflow() {
                let problem = format!("purpose {name} counts as income or revenue, but money only goes out under it");
                return Err(source.error(info.span(), &problem, "set direction to in or both, or drop the flag"));
            }
        }
        let purposes: Vec<PurposeInfo> = raw.purposes.into_iter().map(toml::Spanned::into_inner).collect();
        let by_name = purposes.iter().zip(0..).map(|(info, at)| (info.name.clone(), Purpose(at))).collect();
        Ok(Taxonomy { purposes, by_name, instruments, roles, digest: Sha256::digest(toml.as_bytes()).into() })
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

    /// What the purpose means; `unknown` for an index of another taxonomy.
    #[must_use]
    pub fn info(&self, purpose: Purpose) -> &PurposeInfo {
        self.purposes.get(usize::from(purpose.0)).unwrap_or(&self.purposes[0])
    }

    /// The purpose of that name.
    #[must_use]
    pub fn purpose(&self, name: &str) -> Option<Purpose> {
        self.by_name.get(name).copied()
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

    /// SHA-256 of the text it was read from.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

impl Source<'_> {
    fn names(&self, names: &[toml::Spanned<String>], what: &str, first: &str) -> Result<Vec<String>, RuleError> {
        let mut seen = BTreeSet::new();
        for name in names {
            let text = name.get_ref().as_str();
            let well_formed =
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b"_0123456789:".contains(&b));
            if !well_formed {
                return Err(self.error(
                    name.span(),
                    &format!("{what} {text:?} is not in snake case"),
                    "use a-z, 0-9 and _",
                ));
            }
            if !seen.insert(text) {
                return Err(self.error(name.span(), &format!("{what} {text} stands here a second time"), "remove one"));
            }
        }
        let at = names.first().map_or(0..0, toml::Spanned::span);
        if names.first().is_none_or(|name| name.get_ref() != first) {
            return Err(self.error(at, &format!("the first {what} is not {first}"), &format!("begin with {first}")));
        }
        if TAXONOMY_NAMES_MAX < names.len() {
            let problem = format!("{} {what}s, at most {TAXONOMY_NAMES_MAX} fit", names.len());
            return Err(self.error(at, &problem, "merge some"));
        }
        Ok(names.iter().map(|name| name.get_ref().clone()).collect())
    }
}

fn index(position: Option<usize>) -> Option<u8> {
    position.and_then(|at| u8::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
version = 1
instruments = ["other", "ach"]
roles = ["unknown", "lender:payday"]
purposes = [
    { name = "unknown", group = "other", direction = "both", pfc = "OTHER", about = "no rule knew it" },
    { name = "rent", group = "essential", direction = "out", pfc = "RENT_AND_UTILITIES", about = "rent" },
]
"#;

    fn refused(from: &str, to: &str) -> RuleError {
        assert!(SMALL.contains(from), "the edit {from:?} applies");
        Taxonomy::parse("mine.toml", &SMALL.replace(from, to)).expect_err("refused")
    }

    #[test]
    fn names_are_found_by_index_and_back() {
        let small = Taxonomy::parse("mine.toml", SMALL).expect("valid");
        assert_eq!(small.purpose("rent"), Some(Purpose(1)));
        assert_eq!(small.info(Purpose(1)).name, "rent");
        assert_eq!(small.role("lender:payday"), Some(Role(1)));
        assert_eq!(small.instrument("ach"), Some(Instrument(1)));
        assert_eq!(small.purpose("mortgage"), None);
        assert_eq!(small.info(Purpose(200)).name, "unknown");
    }

    #[test]
    fn a_faulty_taxonomy_is_refused_with_its_line() {
        let error = refused("name = \"rent\"", "name = \"unknown\"");
        assert_eq!((error.file.as_str(), error.line), ("mine.toml", 7));
        assert!(error.to_string().contains("second time"), "{error}");
        assert_eq!(refused("pfc = \"OTHER\"", "pcf = \"OTHER\"").line, 6);
        assert_eq!(refused("\"other\", \"ach\"", "\"ach\", \"other\"").line, 3);
        assert_eq!(refused("\"essential\"", "\"housing\"").line, 7);
        assert_eq!(refused("direction = \"out\"", "direction = \"out\", counts_as_income = true").line, 7);
        assert_eq!(refused("version = 1", "version = 2").line, 2);
        assert_eq!(refused("lender:payday", "Lender Payday").line, 4);
    }

    #[test]
    fn more_names_than_the_index_holds_are_refused() {
        let roles: Vec<String> =
            (0..256).map(|n| if n == 0 { "\"unknown\"".into() } else { format!("\"r{n}\"") }).collect();
        let error = refused("\"unknown\", \"lender:payday\"", &roles.join(", "));
        assert!(error.to_string().contains("256 roles, at most 255"), "{error}");
    }

    #[test]
    fn the_shipped_taxonomy_holds_what_the_recommendation_asks_for() {
        let builtin = Taxonomy::parse("taxonomy.toml", BUILTIN).expect("valid");
        assert!((90..=140).contains(&builtin.purposes().len()), "{}", builtin.purposes().len());
        assert_eq!(builtin.instruments().len(), 10);
        // Market study, section 5.4: sixteen kinds of lender and thirteen other roles.
        assert_eq!(builtin.roles().iter().filter(|role| role.starts_with("lender:")).count(), 15);
        let primaries: BTreeSet<&str> = builtin.purposes().iter().map(|info| info.pfc.as_str()).collect();
        // The eighteen primaries of Plaid's list, section 5.1, each the target of at least one purpose.
        let plaid = [
            "INCOME",
            "LOAN_DISBURSEMENTS",
            "LOAN_PAYMENTS",
            "TRANSFER_IN",
            "TRANSFER_OUT",
            "BANK_FEES",
            "ENTERTAINMENT",
            "FOOD_AND_DRINK",
            "GENERAL_MERCHANDISE",
            "HOME_IMPROVEMENT",
            "MEDICAL",
            "PERSONAL_CARE",
            "GENERAL_SERVICES",
            "GOVERNMENT_AND_NON_PROFIT",
            "TRANSPORTATION",
            "TRAVEL",
            "RENT_AND_UTILITIES",
            "OTHER",
        ];
        assert_eq!(primaries, BTreeSet::from(plaid));
    }

    // Regulation B, 12 CFR 1002.6(b)(2) and (5): the kind of income may not lower its worth.
    #[test]
    fn every_kind_of_income_counts_alike() {
        let builtin = Taxonomy::builtin();
        for info in builtin.purposes().iter().filter(|info| info.group == "income") {
            // A tax refund is the applicant's own money coming back once a year.
            assert_eq!(info.counts_as_income, info.name != "income_tax_refund", "{}", info.name);
            assert_eq!(info.direction, Direction::In, "{}", info.name);
        }
    }

    #[test]
    fn what_the_law_protects_is_marked() {
        let builtin = Taxonomy::builtin();
        for name in [
            "income_unemployment",
            "income_disability",
            "income_pension",
            "income_support",
            "income_benefits",
            "medical",
            "pharmacy",
            "childcare",
            "education",
            "religious_donation",
            "union_dues",
            "child_support_payment",
            "alimony_payment",
        ] {
            let info = builtin.info(builtin.purpose(name).expect(name));
            assert!(info.sensitive, "{name}");
            assert_ne!(info.compliance, ComplianceUse::ModelOk, "{name}");
        }
        for info in builtin.purposes().iter().filter(|info| info.sensitive) {
            assert_ne!(info.compliance, ComplianceUse::ModelOk, "{}", info.name);
        }
    }
}
