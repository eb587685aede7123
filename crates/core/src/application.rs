//! One application: the applicants whose ledgers are pooled, T, and what is asked for.

use crate::{
    defect::DefectKind,
    field,
    limits::APPLICANTS_PER_APPLICATION_MAX,
    money::Currency,
    row::{ApplicantRole, ApplicationRow, AsOf},
    time::Zone,
};

/// An application, from one row or several that share its id.
#[derive(Clone, PartialEq, Debug)]
pub struct Application {
    /// Its id.
    pub application_id: String,
    /// In any order, none twice; one of them is primary.
    pub applicants: Vec<Applicant>,
    /// T in seconds (UTC), exclusive.
    pub as_of: i64,
    /// Minor units.
    pub requested_amount: Option<i64>,
    /// Months.
    pub term_months: Option<u32>,
    /// Minor units a month.
    pub instalment_amount: Option<i64>,
    /// Minor units a month.
    pub stated_income: Option<i64>,
    /// The currency to score in; `None` takes the accounts' majority.
    pub currency: Option<Currency>,
    /// Extra numeric columns that the run declared, by name, ascending.
    pub extras: Vec<(String, f64)>,
}

/// One applicant of an application.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applicant {
    /// The holder of bank accounts.
    pub id: String,
    /// Primary, co, guarantor.
    pub role: ApplicantRole,
    /// Consented accounts, in any order; empty means all.
    pub account_ids: Vec<String>,
}

/// Why rows do not make an application.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplicationError {
    /// No row, or more applicants than `limits::APPLICANTS_PER_APPLICATION_MAX`.
    #[error("an application needs between 1 and 16 applicants")]
    ApplicantCount,
    /// Neither the row nor the run says when.
    #[error("the application has no as_of and the run gives none")]
    NoAsOf,
    /// Rows of one application differ in an application-level field.
    #[error("rows of one application differ in `{field}`")]
    Disagree {
        /// The field.
        field: &'static str,
    },
    /// A row that names the application was set aside, so that who applies, or for what, is not known.
    #[error("a row of the application was set aside")]
    SetAside,
    /// The same applicant twice with different content.
    #[error("the same applicant stands twice in the application with different content")]
    SameApplicant,
}

impl Application {
    /// The primary applicant's id: the smallest id among the primaries, else among all.
    #[must_use]
    pub fn primary(&self) -> &str {
        let least = self.applicants.iter().min_by_key(|one| (one.role != ApplicantRole::Primary, one.id.as_str()));
        least.map_or("", |applicant| applicant.id.as_str())
    }

    /// The first thing about it that no door would let through, by the column it would stand in: an engine answers such an
    /// application `rejected_input`.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, DefectKind)> {
        self.check().err()
    }

    fn check(&self) -> Result<(), (&'static str, DefectKind)> {
        fn in_column<T>(
            column: &'static str,
            checked: Result<T, DefectKind>,
        ) -> Result<(), (&'static str, DefectKind)> {
            checked.map(drop).map_err(|kind| (column, kind))
        }
        in_column("application_id", field::id(&self.application_id))?;
        if !(1..=APPLICANTS_PER_APPLICATION_MAX).contains(&self.applicants.len()) {
            return Err(("applicant_id", DefectKind::OutOfRange));
        }
        for (at, applicant) in self.applicants.iter().enumerate() {
            in_column("applicant_id", field::id(&applicant.id))?;
            if self.applicants[..at].iter().any(|before| before.id == applicant.id) {
                return Err(("applicant_id", DefectKind::ConflictingApplication));
            }
            applicant.account_ids.iter().try_for_each(|id| in_column("account_ids", field::id(id)))?;
        }
        in_column("as_of", field::seconds(self.as_of))?;
        let amounts = [
            ("requested_amount", self.requested_amount),
            ("instalment_amount", self.instalment_amount),
            ("stated_income", self.stated_income),
        ];
        for (column, amount) in amounts {
            in_column(column, amount.map_or(Ok(0), field::magnitude))?;
        }
        in_column("term_months", self.term_months.map_or(Ok(0), |months| field::term_months(months.into())))
    }

    /// Joins the rows of one application; exact repeats count once.
    ///
    /// # Errors
    ///
    /// [`ApplicationError`] when the rows contradict each other or T is nowhere given.
    pub fn from_rows(
        rows: &[ApplicationRow<'_>],
        run_as_of: Option<AsOf>,
        zone: &Zone,
    ) -> Result<Application, ApplicationError> {
        let first = rows.first().ok_or(ApplicationError::ApplicantCount)?;
        for row in rows {
            agree(first, row)?;
        }
        let as_of = match first.as_of.or(run_as_of).ok_or(ApplicationError::NoAsOf)? {
            AsOf::Date(day) => zone.midnight(day),
            AsOf::Instant(seconds) => seconds,
        };
        let mut applicants: Vec<Applicant> = rows.iter().map(applicant).collect();
        applicants.sort_by(|a, b| a.id.cmp(&b.id));
        applicants.dedup();
        if applicants.windows(2).any(|pair| pair[0].id == pair[1].id) {
            return Err(ApplicationError::SameApplicant);
        }
        if APPLICANTS_PER_APPLICATION_MAX < applicants.len() {
            return Err(ApplicationError::ApplicantCount);
        }
        let mut extras: Vec<(String, f64)> =
            first.extras.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        extras.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Application {
            application_id: first.application_id.to_owned(),
            applicants,
            as_of,
            requested_amount: first.requested_amount,
            term_months: first.term_months,
            instalment_amount: first.instalment_amount,
            stated_income: first.stated_income,
            currency: first.currency,
            extras,
        })
    }
}

fn applicant(row: &ApplicationRow<'_>) -> Applicant {
    let mut account_ids: Vec<String> = row.account_ids.iter().map(|id| (*id).to_owned()).collect();
    account_ids.sort();
    account_ids.dedup();
    Applicant { id: row.applicant_id.to_owned(), role: row.role, account_ids }
}

fn agree(a: &ApplicationRow<'_>, b: &ApplicationRow<'_>) -> Result<(), ApplicationError> {
    let checks = [
        ("application_id", a.application_id == b.application_id),
        ("as_of", a.as_of == b.as_of),
        ("requested_amount", a.requested_amount == b.requested_amount),
        ("term_months", a.term_months == b.term_months),
        ("instalment_amount", a.instalment_amount == b.instalment_amount),
        ("stated_income", a.stated_income == b.stated_income),
        ("currency", a.currency == b.currency),
        ("extra columns", same_extras(a, b)),
    ];
    match checks.iter().find(|check| !check.1) {
        None => Ok(()),
        Some((field, _)) => Err(ApplicationError::Disagree { field }),
    }
}

fn same_extras(a: &ApplicationRow<'_>, b: &ApplicationRow<'_>) -> bool {
    a.extras.len() == b.extras.len()
        && a.extras.iter().zip(&b.extras).all(|(x, y)| x.0 == y.0 && x.1.to_bits() == y.1.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{defect::Source, time::Day};

    fn row<'a>(applicant: &'a str, role: ApplicantRole) -> ApplicationRow<'a> {
        ApplicationRow {
            application_id: "app_1",
            applicant_id: applicant,
            as_of: Some(AsOf::Date(Day(1))),
            role,
            requested_amount: Some(5),
            term_months: None,
            instalment_amount: None,
            stated_income: None,
            currency: None,
            account_ids: vec![],
            extras: vec![],
            source: Source::default(),
        }
    }

    #[test]
    fn a_couple_is_one_application_whatever_the_order_of_its_rows() {
        let (one, two) = (row("cus_b", ApplicantRole::Primary), row("cus_a", ApplicantRole::Co));
        let zone = Zone::utc();
        let there = Application::from_rows(&[one.clone(), two.clone(), one.clone()], None, &zone).expect("agrees");
        let back = Application::from_rows(&[two, one], None, &zone).expect("agrees");
        assert_eq!(there, back);
        assert_eq!(there.primary(), "cus_b");
        assert_eq!(there.as_of, 86_400);
    }

    #[test]
    fn what_no_door_lets_through_is_a_fault_of_its_column() {
        let sound =
            Application::from_rows(&[row("cus_a", ApplicantRole::Primary)], None, &Zone::utc()).expect("one row");
        assert_eq!(sound.fault(), None);
        let applicant = |id: &str, accounts: &[&str]| Applicant {
            id: id.to_owned(),
            role: ApplicantRole::Primary,
            account_ids: accounts.iter().map(|id| (*id).to_owned()).collect(),
        };
        let many = |count: usize| (0..count).map(|at| applicant(&format!("cus_{at}"), &[])).collect::<Vec<_>>();
        assert_eq!(Application { applicants: many(16), ..sound.clone() }.fault(), None);
        let at = |as_of: i64| Application { as_of, ..sound.clone() };
        for (application, fault) in [
            (Application { application_id: String::new(), ..sound.clone() }, ("application_id", "missing_value")),
            (Application { applicants: vec![], ..sound.clone() }, ("applicant_id", "out_of_range")),
            (Application { applicants: many(17), ..sound.clone() }, ("applicant_id", "out_of_range")),
            (
                Application { applicants: vec![applicant("cus_a", &[]), applicant("cus_a", &[])], ..sound.clone() },
                ("applicant_id", "conflicting_application"),
            ),
            (
                Application { applicants: vec![applicant("cus_a ", &[])], ..sound.clone() },
                ("applicant_id", "id_not_allowed"),
            ),
            (
                Application { applicants: vec![applicant("cus_a", &[""])], ..sound.clone() },
                ("account_ids", "missing_value"),
            ),
            (at(1_790_000_000_000), ("as_of", "milliseconds_not_seconds")),
            (at(0), ("as_of", "out_of_range")),
            (at(i64::MIN), ("as_of", "out_of_range")),
            (at(i64::MAX), ("as_of", "milliseconds_not_seconds")),
            (Application { requested_amount: Some(-1), ..sound.clone() }, ("requested_amount", "out_of_range")),
            (Application { instalment_amount: Some(i64::MAX), ..sound.clone() }, ("instalment_amount", "out_of_range")),
            (Application { stated_income: Some(i64::MIN), ..sound.clone() }, ("stated_income", "out_of_range")),
            (Application { term_months: Some(0), ..sound.clone() }, ("term_months", "out_of_range")),
            (Application { term_months: Some(4_000_000_000), ..sound.clone() }, ("term_months", "out_of_range")),
        ] {
            assert_eq!(application.fault().map(|(column, kind)| (column, kind.code())), Some(fault));
        }
    }

    #[test]
    fn rows_that_disagree_make_no_application() {
        let one = row("cus_a", ApplicantRole::Primary);
        let other = ApplicationRow { requested_amount: Some(6), ..row("cus_b", ApplicantRole::Co) };
        let zone = Zone::utc();
        let error = Application::from_rows(&[one.clone(), other], None, &zone).expect_err("differs");
        assert_eq!(error, ApplicationError::Disagree { field: "requested_amount" });
        let twice = ApplicationRow { account_ids: vec!["fca_1"], ..one.clone() };
        assert_eq!(Application::from_rows(&[one.clone(), twice], None, &zone), Err(ApplicationError::SameApplicant));
        let undated = ApplicationRow { as_of: None, ..one };
        assert_eq!(Application::from_rows(&[undated], None, &zone), Err(ApplicationError::NoAsOf));
    }
}
