//! What readers have to say of files that spoils nothing: once a run, for exports of thousands of pages say it of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::PathBuf,
};

use super::InputFile;

/// Something that a file lacks, or holds beside what is read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Remark {
    /// What is the matter, and what becomes of it.
    pub what: &'static str,
    /// Of which table, or what else it is told of.
    pub of: String,
    /// The fields that it is told of.
    pub fields: BTreeSet<String>,
    /// How many rows or objects; 0 where none is counted.
    pub count: u64,
}

/// The remarks of a run's files.
#[derive(Debug, Default)]
pub(super) struct Remarks(BTreeMap<u32, (PathBuf, Vec<Remark>)>);

/// One remark of all files that it is told of.
#[derive(PartialEq, Eq, Debug)]
struct Told<'a> {
    what: &'static str,
    of: &'a str,
    fields: BTreeSet<&'a str>,
    count: u64,
    files: u64,
    first: &'a PathBuf,
}

impl Remarks {
    /// Takes what a file's reading said, in the place of what an earlier reading of it did.
    pub(super) fn note(&mut self, file: &InputFile, remarks: &[Remark]) {
        if !remarks.is_empty() {
            self.0.insert(file.index, (file.path.clone(), remarks.to_vec()));
        }
    }

    fn all(&self) -> Vec<Told<'_>> {
        let mut all: BTreeMap<(&'static str, &str), Told<'_>> = BTreeMap::new();
        for (first, remarks) in self.0.values() {
            let mut seen = BTreeSet::new();
            for Remark { what, of, fields, count } in remarks {
                let new = Told { what, of, fields: BTreeSet::new(), count: 0, files: 0, first };
                let told = all.entry((what, of)).or_insert(new);
                told.fields.extend(fields.iter().map(String::as_str));
                told.count += count;
                told.files += u64::from(seen.insert((what, of)));
            }
        }
        all.into_values().collect()
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.of, self.what)?;
        if !self.fields.is_empty() {
            write!(out, " ({})", self.fields.iter().copied().collect::<Vec<_>>().join(", "))?;
        }
        if self.count != 0 {
            write!(out, ": {} of them", self.count)?;
        }
        match self.files {
            1 => write!(out, ", in {}", self.first.display()),
            files => write!(out, ", in {files} files, {} first", self.first.display()),
        }
    }
}

impl Drop for Remarks {
    fn drop(&mut self) {
        for told in self.all() {
            tracing::warn!("{told}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Packing;

    #[test]
    fn what_many_files_say_is_told_once_with_their_number_and_the_first() {
        let file = |index: u32| InputFile {
            path: format!("page-{index:04}.json").into(),
            index,
            table: None,
            layout: 0,
            packing: Packing::Plain,
        };
        let remark = |what, field: &str, count| Remark {
            what,
            of: "accounts".to_owned(),
            fields: BTreeSet::from([field.to_owned()]),
            count,
        };
        let mut remarks = Remarks::default();
        // In any order, and a file that is read twice says it once.
        for index in (0..3_000).rev().chain([7]) {
            let field = if index == 9 { "last4" } else { "status" };
            remarks.note(&file(index), &[remark("words unknown", field, 2), remark("words unknown", "category", 1)]);
        }
        remarks.note(&file(3_000), &[remark("keys unmet", "status", 0)]);
        remarks.note(&file(3_001), &[]);
        let told: Vec<String> = remarks.all().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "accounts: keys unmet (status), in page-3000.json",
                "accounts: words unknown (category, last4, status): 9000 of them, in 3000 files, page-0000.json first",
            ]
        );
    }
}
