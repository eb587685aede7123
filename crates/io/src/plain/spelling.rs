//! Columns under a misspelt name.

use super::PlainTable;
use crate::{error::Error, read::near::is_misspelt};

impl PlainTable {
    /// Refuses a table that lacks a column which may be left out but has one of that name with a slip: read over, its cells would be
    /// taken as not given. `others` are wanted names and what else people call them.
    ///
    /// # Errors
    ///
    /// [`Error::Unusable`] naming the column and what looks like it.
    pub fn refuse_misspelt(&self, wanted: &[&str], others: &[(&str, &str)]) -> Result<(), Error> {
        let is_read = |name: &str| wanted.contains(&name);
        let missing = |name: &str| !self.names.iter().any(|known| known == name);
        let unread = || self.names.iter().filter(|name| !is_read(name));
        let called = others
            .iter()
            .filter(|(name, _)| missing(name))
            .find_map(|(name, other)| unread().find(|found| is_misspelt(found, other)).map(|found| (*name, found)));
        let spelt = || {
            let mut absent = wanted.iter().filter(|name| missing(name));
            absent.find_map(|name| unread().find(|found| is_misspelt(found, name)).map(|found| (*name, found)))
        };
        match called.or_else(spelt) {
            Some((name, found)) => Err(self.unusable(format!(
                "holds no column `{name}`; `{found}` looks like it: names are exact, rename it or take it out"
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_may_be_left_out_is_refused_under_a_misspelt_name_and_not_beside_the_right_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = |header: &str| {
            let path = folder.path().join("t.csv");
            std::fs::write(&path, format!("{header}\na,0\n")).expect("written");
            let table = PlainTable::read(&path).expect("a table");
            let wanted = ["application_id", "observed_at", "weight", "name"];
            table.refuse_misspelt(&wanted, &[("name", "full_name")]).err().map(|error| error.to_string())
        };
        let told = refused("application_id,Observed_At").expect("a slip");
        assert!(told.contains("no column `observed_at`; `Observed_At` looks like it"), "{told}");
        assert!(refused("application_id,weights").expect("a letter more").contains("no column `weight`"));
        assert!(refused("application_id,Full Name").expect("another word").contains("no column `name`"));
        for header in ["application_id,observed_at", "application_id,fname", "application_id,vintage"] {
            assert_eq!(refused(header), None, "{header}");
        }
    }
}
