//! Portfolios to files: the export through `cashline_io::export`, and beside it what was planted.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use cashline_io::{
    error::Error,
    export::{Damage, ExportOptions, Exported, Exporter},
};

use crate::{
    case::Case,
    draw::{Domain, Draw},
    portfolio::cases,
    spec::{DamagePlan, Spec},
};

/// What was written, and how much.
#[derive(Clone, Debug)]
pub struct Written {
    /// The export's files and its spoiled rows.
    pub exported: Exported,
    /// `_truth.csv`: what was planted, a line for each application.
    pub truth: PathBuf,
    /// `_damage.csv`: where the spoiled rows stand; only when some were asked for.
    pub damage: Option<PathBuf>,
    /// Applications.
    pub applications: u64,
    /// Accounts.
    pub accounts: u64,
    /// Versions of transactions, spoiled ones included.
    pub transactions: u64,
    /// Bad outcomes.
    pub bad: u64,
}

/// Writes a portfolio into a directory that exists. Memory holds one case at a time.
///
/// # Errors
///
/// [`Error::Write`] when the disk refuses.
pub fn write(spec: &Spec, dir: &Path, layout: &ExportOptions) -> Result<Written, Error> {
    let layout = ExportOptions { outcome: spec.outcome, ..*layout };
    write_cases(cases(spec), spec.damage.as_ref().map(|damage| (damage, spec.seed)), dir, &layout)
}

/// Writes any cases; `damage` comes with the seed that picks the rows.
///
/// # Errors
///
/// [`Error::Write`] when the disk refuses.
pub fn write_cases(
    cases: impl Iterator<Item = Case>,
    damage: Option<(&DamagePlan, u64)>,
    dir: &Path,
    options: &ExportOptions,
) -> Result<Written, Error> {
    let mut exporter = Exporter::create(dir, options)?;
    let mut truth = Text::create(dir.join("_truth.csv"))?;
    truth.line(
        "application_id,population,true_probability,outcome,income,cadence,monthly_income_minor,stressed,borrows,gambles,relinked",
    )?;
    let kinds: Vec<Damage> = damage
        .iter()
        .flat_map(|(plan, _)| &plan.kinds)
        .copied()
        .filter(|kind| kind.fits(options.layout.family))
        .collect();
    let (mut applications, mut accounts, mut transactions, mut bad) = (0, 0, 0, 0);
    for (index, case) in (0_u64..).zip(cases) {
        applications += 1;
        accounts += case.accounts.len() as u64;
        transactions += case.transactions.len() as u64;
        bad += u64::from(case.truth.outcome);
        truth.line(&truth_line(&case))?;
        for row in &case.applications {
            exporter.application(row)?;
        }
        for row in &case.accounts {
            exporter.account(row)?;
        }
        let mut spoil = damage
            .filter(|_| !kinds.is_empty())
            .map(|(plan, seed)| (plan.share, Draw::of(seed, index, Domain::Damage)));
        for row in &case.transactions {
            let chosen = spoil.as_mut().and_then(|(share, draw)| draw.chance(*share).then(|| *draw.pick(&kinds)));
            match chosen {
                Some(kind) => exporter.damaged(row, kind)?,
                None => exporter.transaction(row)?,
            }
        }
    }
    let exported = exporter.finish()?;
    let damage = if damage.is_some() { Some(damage_file(dir, &exported)?) } else { None };
    Ok(Written { exported, truth: truth.finish()?, damage, applications, accounts, transactions, bad })
}

fn truth_line(case: &Case) -> String {
    let truth = &case.truth;
    let id = case.applications.first().map_or("", |row| &row.application_id);
    format!(
        "{id},{},{:.6},{},{},{},{},{},{},{},{}",
        truth.population,
        truth.probability,
        u8::from(truth.outcome),
        truth.income,
        truth.cadence,
        truth.monthly_income_minor,
        u8::from(truth.stressed),
        u8::from(truth.borrows),
        u8::from(truth.gambles),
        u8::from(truth.relinked)
    )
}

fn damage_file(dir: &Path, exported: &Exported) -> Result<PathBuf, Error> {
    let mut file = Text::create(dir.join("_damage.csv"))?;
    file.line("file,line,damage,kind,column")?;
    for row in &exported.damaged {
        let (name, kind) = (row.damage.name(), row.kind.code());
        file.line(&format!("{},{},{name},{kind},{}", row.file, row.line, row.column))?;
    }
    file.finish()
}

/// A small table that needs no quoting.
struct Text {
    path: PathBuf,
    out: BufWriter<File>,
}

impl Text {
    fn create(path: PathBuf) -> Result<Text, Error> {
        match File::create(&path) {
            Ok(file) => Ok(Text { path, out: BufWriter::new(file) }),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    fn line(&mut self, text: &str) -> Result<(), Error> {
        writeln!(self.out, "{text}").map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    fn finish(mut self) -> Result<PathBuf, Error> {
        match self.out.flush() {
            Ok(()) => Ok(self.path),
            Err(source) => Err(Error::Write { path: self.path, source }),
        }
    }
}
