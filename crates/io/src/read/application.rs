//! Applications: who asks for what, as of when. The one table that a lender writes for us, and the one place where columns
//! that a score may never see could slip in.

use std::path::Path;

use cashline_core::{
    defect::{DefectKind, Source, Whose},
    model::prohibited::{is_named_for_a_basis, is_never_input, is_prohibited},
    row::ApplicationRow,
};

use crate::{
    error::Error,
    read::{
        Item, ReadOptions, Sink, Table,
        cell::{self, Cell},
        csv, near,
        nested::Nested,
        table::{self, Cells, Fault},
        tables::{self, Nature},
        words,
    },
};

/// Slots of [`crate::read::tables::APPLICATIONS`].
mod slot {
    pub(super) const APPLICATION_ID: usize = 0;
    pub(super) const APPLICANT_ID: usize = 1;
    pub(super) const AS_OF: usize = 2;
    pub(super) const ROLE: usize = 3;
    pub(super) const REQUESTED_AMOUNT: usize = 4;
    pub(super) const TERM_MONTHS: usize = 5;
    pub(super) const INSTALMENT_AMOUNT: usize = 6;
    pub(super) const STATED_INCOME: usize = 7;
    pub(super) const CURRENCY: usize = 8;
    pub(super) const ACCOUNT_IDS: usize = 9;
}

/// Checks one column name of an applications table or object, whatever file it comes from.
///
/// # Errors
///
/// The column is a prohibited basis and not dropped by name.
pub(crate) fn check_column(name: &str, options: &ReadOptions) -> Result<(), String> {
    let dropped = options.drop_columns.iter().any(|drop| drop == name);
    if dropped || !is_named_for_a_basis(name) {
        return Ok(());
    }
    let why = prohibited_column(name).unwrap_or_default();
    Err(format!("{why}; remove it, or drop it by name with `--drop-column {name}`"))
}

/// Why no applications table may have a column of that name, if so: it names a prohibited basis. Other doors ask here too.
#[must_use]
pub fn prohibited_column(name: &str) -> Option<String> {
    is_named_for_a_basis(name).then(|| {
        format!("applications: column `{name}` names a prohibited basis or a stand-in for one, which no score may see")
    })
}

/// Checks what the run declares about columns, before any file is read.
///
/// # Errors
///
/// A declared extra column is an outcome, a prohibited basis or dropped.
pub(crate) fn check_options(options: &ReadOptions) -> Result<(), String> {
    for name in &options.extra_columns {
        let why = if is_never_input(name) {
            "is an outcome, a weight or another score by its name, which a model never reads"
        } else if is_prohibited(name) {
            "names a prohibited basis or a stand-in for one, which no model may read"
        } else if options.drop_columns.contains(name) {
            "is declared and dropped at once"
        } else {
            continue;
        };
        return Err(format!("extra column `{name}` {why}; take it out of the declaration"));
    }
    Ok(())
}

/// Checks a header; gives the declared extra columns with their places, ascending by name.
pub(crate) fn check_columns(names: &[&str], options: &ReadOptions) -> Result<Vec<(String, usize)>, String> {
    check_options(options)?;
    for name in names {
        check_column(name, options)?;
    }
    let mut extras = Vec::new();
    for name in &options.extra_columns {
        let Some(at) = names.iter().position(|found| found == name) else {
            return Err(format!("applications: the declared extra column `{name}` is missing"));
        };
        extras.push((name.clone(), at));
    }
    extras.sort();
    extras.dedup();
    Ok(extras)
}

/// An application's row out of its cells; `extras` are the declared columns, ascending by name.
pub(crate) fn row<'r>(
    cells: &Cells<'r>,
    extras: &[(&'r str, Cell<'r>)],
    source: Source,
) -> Result<ApplicationRow<'r>, Fault> {
    let role =
        words::role(cells.read(slot::ROLE, cell::word_or_null)?).map_err(|kind| cells.fault(slot::ROLE, kind))?;
    let currency = match cells.get(slot::CURRENCY).nullable() {
        Cell::Null => None,
        _ => Some(cells.read(slot::CURRENCY, cell::currency)?),
    };
    let account_ids = cells.read(slot::ACCOUNT_IDS, cell::words_or_null)?.unwrap_or_default();
    for id in &account_ids {
        cell::id_text(id).map_err(|kind| cells.fault(slot::ACCOUNT_IDS, kind))?;
    }
    let mut values = Vec::with_capacity(extras.len());
    for (name, cell) in extras {
        // The declared name is the run's own, not a field of ours: the fault names the table's extra columns as one.
        let value = cell::number_or_null(*cell).map_err(|kind| Fault { column: "extra_columns", kind })?;
        values.extend(value.map(|value| (*name, value)));
    }
    Ok(ApplicationRow {
        application_id: cells.read(slot::APPLICATION_ID, cell::id)?,
        applicant_id: cells.read(slot::APPLICANT_ID, cell::id)?,
        as_of: cells.read(slot::AS_OF, cell::as_of_or_null)?,
        role,
        requested_amount: cells.read(slot::REQUESTED_AMOUNT, cell::magnitude_or_null)?,
        term_months: cells.read(slot::TERM_MONTHS, cell::term_or_null)?,
        instalment_amount: cells.read(slot::INSTALMENT_AMOUNT, cell::magnitude_or_null)?,
        stated_income: cells.read(slot::STATED_INCOME, cell::magnitude_or_null)?,
        currency,
        account_ids,
        extras: values,
        source,
    })
}

/// Which application a faulty row speaks of, and whom.
pub(crate) fn whose(cells: &Cells<'_>) -> Whose {
    cell::id(cells.get(slot::APPLICATION_ID)).map_or(Whose::Unknown, |id| Whose::Application {
        id: id.to_owned(),
        applicant: cell::id(cells.get(slot::APPLICANT_ID)).ok().map(str::to_owned),
    })
}

/// Reads an application that stands as a JSON object: the same columns, grammars and refusals as a table's.
///
/// # Errors
///
/// A key names a prohibited basis that is not dropped, or is near to a field that no key fills, or the sink's.
pub(crate) fn object(
    text: &str,
    path: &Path,
    source: Source,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    let unusable = |message| Error::Unusable { path: path.to_owned(), message };
    check_options(options).map_err(unusable)?;
    let Some(object) = table::json_object(text) else {
        let fault = Fault { column: "", kind: DefectKind::BadJson };
        return sink(Item::Defect(table::defect(fault, source, Whose::Unknown)));
    };
    let object = with_lists(object);
    let mut cells = Cells::new(tables::APPLICATIONS);
    let mut extras = Vec::new();
    let (mut filled, mut unused) = ([false; tables::APPLICATIONS.len()], Vec::new());
    for (key, value) in object.entries() {
        check_column(key, options).map_err(unusable)?;
        if options.drop_columns.iter().any(|drop| drop == key) {
            continue;
        }
        match tables::APPLICATIONS.iter().position(|column| column.path == key) {
            Some(slot) => {
                cells.set(slot, Cell::Node(value));
                filled[slot] = true;
            }
            None if options.extra_columns.iter().any(|extra| extra == key) => {
                extras.push((key.as_ref(), Cell::Node(value)));
            }
            None => unused.push(key.as_ref()),
        }
    }
    near::check(Table::Applications.info(), unused.into_iter(), &|slot| filled[slot]).map_err(unusable)?;
    extras.sort_by_key(|extra| extra.0);
    table::emit(Table::Applications, &cells, &extras, source, sink)
}

/// The object with lists for the texts in which tables write them.
fn with_lists(object: Nested<'_>) -> Nested<'_> {
    let Nested::Map(entries) = object else { return object };
    let is_list =
        |key: &str| tables::APPLICATIONS.iter().any(|column| column.path == key && column.nature == Nature::List);
    let entries = entries.into_iter().map(|(key, value)| match &value {
        Nested::Text(text) if is_list(&key) => match csv::listed(text) {
            Ok(words) => {
                let words = words.unwrap_or_default().into_iter().map(|word| Nested::Text(word.into()));
                (key, Nested::List(words.collect()))
            }
            // What is no list is told where cells are read.
            Err(_) => (key, value),
        },
        _ => (key, value),
    });
    Nested::Map(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name that one of two former lists had, one of models and one of tables.
    const BASES: &str = "\
        accent address addressline1 addressline2 age ageatapplication ageband agegroup ageinyears ageyears ancestry \
        birth birthcountry birthdate birthday birthmonth birthplace birthyear born browser caste ccpacomplaint \
        censusblock censustract child childbearing children church citizen citizenship city civilstatus color colour \
        country countryofbirth county dateofbirth denomination dependants dependents device deviceid devicemodel \
        devicetype disability disabled disputesfiled divorced dob elderly email emaildomain ethnic ethnicgroup ethnicity \
        faith familyname familystatus female firstname foodstamps foreignworker forename fullname gender genderidentity \
        geo geohash givenname hispanic homeaddress honorific household immigrant immigration immigrationstatus ip \
        ipaddress isdisabled isfemale isforeigner ishispanic ismale ismarried isover62 language lastname latino latitude \
        locale longitude maiden maidenname male marital maritalstatus married maternity medicaid middlename \
        militarystatus minority name nationality nationalorigin neighborhood neighbourhood numberofchildren numchildren \
        numdependents onwelfare personalstatus personalstatussex phone phonenumber photo placeofbirth postal postalcode \
        postcode preferredlanguage pregnancy pregnant primarylanguage pronoun pronouns publicassistance race racecode \
        racial religion religious salutation sex sexatbirth sexual sexualorientation skincolor snap socialsecuritynumber \
        spouse spouseincome spousename ssi ssn state street streetaddress surname tanf taxid title tract tribe useragent \
        veteran visastatus welfare widowed yearofbirth yob zip zip3 zip4 zip5 zipcode";

    #[test]
    fn a_basis_is_refused_at_every_door_under_every_name_that_one_door_ever_knew() {
        let bases: Vec<&str> = BASES.split_whitespace().collect();
        assert_eq!(bases.len(), 167);
        for basis in bases {
            for name in [basis.to_owned(), format!("applicant_{basis}"), basis.to_uppercase()] {
                // What an engine refuses to be told of, and what a run may not declare.
                assert!(is_prohibited(&name), "{name}");
                let declared = ReadOptions { extra_columns: vec![name.clone()], ..ReadOptions::default() };
                assert!(check_options(&declared).expect_err(&name).contains("prohibited basis"), "{name}");
                // What a table may not hold though nobody declares it, but for two that banks have for ends of their own.
                let is_common = ["country", "state"].contains(&basis);
                assert_eq!(check_column(&name, &ReadOptions::default()).is_ok(), is_common, "{name}");
            }
        }
    }

    #[test]
    fn prohibited_bases_are_refused_in_any_spelling_unless_dropped_by_name() {
        for name in [
            "age",
            "Age",
            "AGE",
            "dob",
            "date_of_birth",
            "DateOfBirth",
            "sex",
            "gender",
            "race",
            "ethnicity",
            "religion",
            "national_origin",
            "marital_status",
            "zip",
            "zipcode",
            "postal_code",
            "first_name",
            "language",
            "applicant_age",
            "borrower-zip",
            "customer.dob",
        ] {
            let error = check_column(name, &ReadOptions::default()).expect_err(name);
            assert!(error.contains(&format!("`{name}`")) && error.contains("--drop-column"), "{error}");
            let options = ReadOptions { drop_columns: vec![name.to_owned()], ..ReadOptions::default() };
            assert_eq!(check_column(name, &options), Ok(()));
        }
        // An account's age is no person's, and words that merely hold one of ours are no name of it.
        for name in [
            "account_age_days",
            "average_balance",
            "usage",
            "language_model_id",
            "message",
            "outcome",
            "state",
            "snap_date",
        ] {
            assert_eq!(check_column(name, &ReadOptions::default()), Ok(()), "{name}");
        }
    }

    #[test]
    fn an_application_in_json_reads_as_the_same_row_in_a_table() {
        let options = ReadOptions { extra_columns: vec!["dti".to_owned()], ..ReadOptions::default() };
        let read = |text: &str| {
            let mut seen = Vec::new();
            let result = object(text, Path::new("a.json"), Source::default(), &options, &mut |item| {
                seen.push(format!("{item:?}"));
                Ok(())
            });
            result.map(|()| seen)
        };
        let text = r#"{"application_id":"l1","applicant_id":"c1","as_of":"2026-01-01","requested_amount":5000,
            "account_ids":["fca_1","fca_2"],"role":null,"dti":0.4,"outcome":1}"#;
        let seen = read(text).expect("no prohibited basis");
        for part in [
            "requested_amount: Some(5000)",
            r#"account_ids: ["fca_1", "fca_2"]"#,
            "Date(Day(20454))",
            r#"extras: [("dti", 0.4)]"#,
            "role: Primary",
        ] {
            assert!(seen[0].contains(part), "{part} in {}", seen[0]);
        }
        assert!(read(r#"{"application_id":"l1","applicant_id":"c1","zip":"x"}"#).is_err());
        let near = read(r#"{"application_id":"l1","applicant_id":"c1","accountIds":["fca_1"]}"#).expect_err("near");
        assert!(near.to_string().contains("`accountIds` looks like it"), "{near}");
        assert!(
            read(r#"{"application_id":"l1","applicant_id":"c1","account_ids":null,"accountIds":["fca_1"]}"#).is_ok()
        );
        for bad in [r#"{"application_id":'l1'}"#, r#"{"application_id":5,"applicant_id":"c1","as_of":"May"}"#] {
            assert!(read(bad).expect("a defect")[0].starts_with("Defect"), "{bad}");
        }
    }

    #[test]
    fn a_declared_column_may_not_be_an_outcome_or_a_prohibited_basis() {
        for name in ["outcome", "Label", "default", "sample_weight", "fico_score", "age", "zip"] {
            let options = ReadOptions { extra_columns: vec![name.to_owned()], ..ReadOptions::default() };
            let error = check_options(&options).expect_err(name);
            assert!(error.starts_with(&format!("extra column `{name}`")), "{error}");
        }
        let options = ReadOptions { extra_columns: vec!["b".into(), "a".into()], ..ReadOptions::default() };
        assert_eq!(check_columns(&["a", "x", "b"], &options), Ok(vec![("a".into(), 0), ("b".into(), 2)]));
        assert!(check_columns(&["a"], &options).expect_err("missing").contains("`b` is missing"));
    }
}
