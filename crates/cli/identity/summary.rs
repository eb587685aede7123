//! What goes back into a run: numbers for each application, declared as extra columns that only a policy may read.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cashline_core::table::{Cell, Column, Kind as CellKind, Schema};
use cashline_identity::Verdict;
use cashline_io::plain::PlainTable;

use super::{
    claims::Claims,
    listed::Listed,
    signals::{self, Signal},
    tables::Table,
    weigh::{Comparison, Weighed},
};

/// The columns. A model may read none of them: core refuses it by the prefix.
pub(crate) const COLUMNS: [&str; 7] = [
    "ownership_score",
    "ownership_name_score",
    "ownership_accounts",
    "ownership_accounts_mismatched",
    "ownership_accounts_without_owners",
    "ownership_shared_accounts",
    "ownership_linked_days",
];

/// One claim over all accounts of its applicant; of several applicants, over all of theirs.
#[derive(Clone, Default)]
pub(crate) struct Line {
    /// The lowest over accounts with owners: one account of another's is one too many.
    score: Option<u32>,
    name_score: Option<u32>,
    accounts: u32,
    mismatched: u32,
    without_owners: u32,
    /// Accounts that somebody outside the application holds too.
    shared: u32,
    /// From the newest link to the day asked about.
    linked_days: Option<i64>,
}

/// Lines by applicant and application.
pub(crate) type Lines<'a> = BTreeMap<(&'a str, Option<&'a str>), Line>;

/// A line for each claim; one without accounts has zeros, and no score. With the table of applications an applicant's claim for
/// all of them has a line for each, of the accounts that it may look at.
pub(crate) fn lines<'a>(
    claims: &'a Claims,
    comparison: &Comparison<'a>,
    listed: Option<&Listed<'a>>,
    found: &[Signal],
    as_of: Option<i64>,
) -> Lines<'a> {
    let shared = found.iter().filter(|one| one.kind == signals::Kind::SharedAccount);
    let holders: BTreeMap<&str, &BTreeSet<String>> =
        shared.flat_map(|one| one.accounts.iter().map(|id| (id.as_str(), &one.applicants))).collect();
    let mut lines = Lines::new();
    let mut parties: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (applicant, application) in claims.keys() {
        lines.insert((applicant, application.as_deref()), Line::default());
        if let Some(application) = application {
            parties.entry(application).or_default().insert(applicant);
        }
    }
    let mut of_all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (applicant, _) in claims.keys().filter(|key| key.1.is_none()) {
        let applications = listed.into_iter().flat_map(|listed| listed.applications(applicant));
        let without_own = applications.filter(|id| !lines.contains_key(&(applicant.as_str(), Some(*id))));
        of_all.insert(applicant, without_own.collect());
    }
    for (applicant, applications) in &of_all {
        lines.extend(applications.iter().map(|id| ((*applicant, Some(*id)), Line::default())));
    }
    for row in &comparison.rows {
        let party = row.application.and_then(|application| parties.get(application));
        let is_inside = |one: &str| one == row.applicant || party.is_some_and(|party| party.contains(one));
        let holders = holders.get(row.account.id.as_str());
        let is_shared = holders.is_some_and(|holders| holders.iter().any(|holder| !is_inside(holder)));
        let line = Line::of(row, is_shared, as_of);
        let one = std::iter::once(row.application);
        let each = row.application.is_none().then(|| of_all.get(row.applicant)).flatten().into_iter().flatten();
        let may_look = |id: &&&str| listed.is_some_and(|listed| listed.reads(row.applicant, id, &row.account.id));
        for application in one.chain(each.filter(may_look).map(|id| Some(*id))) {
            if let Some(total) = lines.get_mut(&(row.applicant, application)) {
                total.add(&line);
            }
        }
    }
    lines
}

impl Line {
    fn of(row: &Weighed<'_>, is_shared: bool, as_of: Option<i64>) -> Line {
        let linked = row.account.facts.created.zip(as_of);
        Line {
            score: row.found.score,
            name_score: row.found.name.score,
            accounts: 1,
            mismatched: u32::from(row.found.verdict == Verdict::Mismatch),
            without_owners: u32::from(row.found.owners == 0),
            shared: u32::from(is_shared),
            linked_days: linked.and_then(|(at, as_of)| signals::days_before(at, as_of)),
        }
    }

    fn add(&mut self, other: &Line) {
        let least = |one: Option<u32>, other: Option<u32>| one.into_iter().chain(other).min();
        self.score = least(self.score, other.score);
        self.name_score = least(self.name_score, other.name_score);
        self.accounts += other.accounts;
        self.mismatched += other.mismatched;
        self.without_owners += other.without_owners;
        self.shared += other.shared;
        self.linked_days = self.linked_days.into_iter().chain(other.linked_days).min();
    }

    /// In the order of [`COLUMNS`].
    pub(crate) fn numbers(&self) -> [Option<i64>; 7] {
        let number = |one: u32| Some(i64::from(one));
        [
            self.score.map(i64::from),
            self.name_score.map(i64::from),
            number(self.accounts),
            number(self.mismatched),
            number(self.without_owners),
            number(self.shared),
            self.linked_days,
        ]
    }
}

/// The lines as a table of their own.
pub(crate) fn alone(lines: &Lines<'_>) -> Table {
    let text = ["applicant_id", "application_id"].map(|name| Column { name: name.into(), kind: CellKind::Text });
    let columns = text.into_iter().chain(numeric()).collect();
    let rows = lines.iter().map(|((applicant, application), line)| {
        let application = application.map_or(Cell::Null, |id| Cell::from(id.to_owned()));
        let mut row = vec![Cell::from((*applicant).to_owned()), application];
        row.extend(line.numbers().map(|number| number.map_or(Cell::Null, Cell::Integer)));
        row
    });
    let rows = rows.collect();
    Table { schema: Schema { name: "ownership_summary", columns }, rows }
}

/// The applications with the columns beside their own. All applicants of an application give one line: the least score, the
/// counts added. Where one of them made no claim the columns are empty, so that a policy's `on_missing` decides.
///
/// # Errors
///
/// No `application_id` or `applicant_id`, or a column of ours is there already.
pub(crate) fn beside(applications: &PlainTable, lines: &Lines<'_>) -> Result<Vec<u8>> {
    if let Some(name) = applications.names().iter().find(|name| COLUMNS.contains(&name.as_str())) {
        bail!("the applications hold a column `{name}` already; take it out");
    }
    let (ids, applicants) = (applications.wanted("application_id")?, applications.wanted("applicant_id")?);
    let mut of_application: BTreeMap<Option<&str>, Option<Line>> = BTreeMap::new();
    let mut seen: BTreeSet<(Option<&str>, Option<&str>)> = BTreeSet::new();
    for (id, applicant) in ids.iter().zip(applicants) {
        let [id, applicant] = [id, applicant].map(|cell| cell.as_deref().map(|text| applications.copied(text.trim())));
        if !seen.insert((id, applicant)) {
            continue;
        }
        let line = applicant.and_then(|applicant| lines.get(&(applicant, id)));
        let total = of_application.entry(id).or_insert_with(|| Some(Line::default()));
        match (total.as_mut(), line) {
            (Some(total), Some(line)) => total.add(line),
            _ => *total = None,
        }
    }
    // Not by our own writer, which would guard the lender's cells against spreadsheets.
    let mut out = csv::Writer::from_writer(vec![]);
    out.write_record(applications.names().iter().map(String::as_str).chain(COLUMNS))?;
    let texts: Vec<_> = applications.names().iter().filter_map(|name| applications.texts(name)).collect();
    for (at, id) in ids.iter().enumerate() {
        let id = id.as_deref().map(|text| applications.copied(text.trim()));
        let line = of_application.get(&id).and_then(Option::as_ref);
        let numbers = line.map_or([None; 7], Line::numbers);
        let own = texts.iter().map(|column| column[at].as_deref().unwrap_or("").to_owned());
        out.write_record(
            own.chain(numbers.map(|number| number.map_or_else(String::new, |number| number.to_string()))),
        )?;
    }
    Ok(out.into_inner()?)
}

fn numeric() -> impl Iterator<Item = Column> {
    COLUMNS.iter().map(|name| Column { name: (*name).into(), kind: CellKind::Integer })
}
