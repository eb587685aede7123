//! Which accounts an application may look at: where its applicant listed some, those alone, as in scoring.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use cashline_io::{plain::PlainTable, read::listed};

/// The column.
const ACCOUNT_IDS: &str = "account_ids";

/// Of the table of applications: by applicant and application the accounts listed; none where he listed none.
pub(crate) struct Listed<'a>(BTreeMap<(&'a str, &'a str), Option<BTreeSet<String>>>);

impl<'a> Listed<'a> {
    /// Reads the table.
    ///
    /// # Errors
    ///
    /// No `application_id` or `applicant_id`, or a cell of `account_ids` that is no list: by row and column, never by value.
    pub(crate) fn of(applications: &'a PlainTable) -> Result<Listed<'a>> {
        let (ids, applicants) = (applications.wanted("application_id")?, applications.wanted("applicant_id")?);
        let lists = applications.texts(ACCOUNT_IDS);
        let mut found: BTreeMap<(&'a str, &'a str), Option<BTreeSet<String>>> = BTreeMap::new();
        for (row, (id, applicant)) in ids.iter().zip(applicants).enumerate() {
            let list = list(lists.and_then(|lists| lists[row].as_deref())).ok_or_else(|| {
                let (path, row) = (applications.path().display(), row + 1);
                anyhow!("{path}: row {row}, column `{ACCOUNT_IDS}`: is no list of ids such as [\"fca_1\"]")
            })?;
            let (Some(id), Some(applicant)) = (id.as_deref(), applicant.as_deref()) else { continue };
            let key = [applicant, id].map(|text| applications.copied(text.trim()));
            let known = found.entry((key[0], key[1])).or_insert_with(|| list.clone());
            // Rows that list different accounts contradict each other, and scoring refuses them: here all of them are read.
            *known = known.take().zip(list).map(|(one, other)| one.union(&other).cloned().collect());
        }
        Ok(Listed(found))
    }

    /// Whether an application may look at an account of an applicant.
    pub(crate) fn reads(&self, applicant: &str, application: &str, account: &str) -> bool {
        let list = self.0.get(&(applicant, application)).and_then(Option::as_ref);
        list.is_none_or(|list| list.contains(account))
    }

    /// The applications of an applicant.
    pub(crate) fn applications(&self, applicant: &'a str) -> impl Iterator<Item = &'a str> {
        let of_applicant = self.0.range((applicant, "")..).take_while(move |((one, _), _)| *one == applicant);
        of_applicant.map(|((_, application), _)| *application)
    }
}

/// A cell's ids, in every notation that scoring reads; an empty list names none, as no list does. None where it is no list of
/// texts.
fn list(cell: Option<&str>) -> Option<Option<BTreeSet<String>>> {
    let ids = cell.map_or(Ok(None), listed).ok()?;
    Some(ids.filter(|ids| !ids.is_empty()).map(|ids| ids.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_in_every_notation_and_nothing_else_is_one() {
        let ids = |ids: &[&str]| Some(Some(ids.iter().map(|id| (*id).to_owned()).collect()));
        for cell in [r#"["fca_1","fca_2"]"#, "['fca_1', 'fca_2']", "[fca_2, fca_1]", "fca_1;fca_2", "fca_1, fca_2"] {
            assert_eq!(list(Some(cell)), ids(&["fca_1", "fca_2"]), "{cell}");
        }
        for cell in [None, Some(""), Some("[]"), Some("null"), Some("nan")] {
            assert_eq!(list(cell), Some(None), "{cell:?}");
        }
        assert_eq!(list(Some("fca_1")), ids(&["fca_1"]));
        for cell in ["{\"a\":1}", "[\"fca_1\""] {
            assert_eq!(list(Some(cell)), None, "{cell}");
        }
    }
}
