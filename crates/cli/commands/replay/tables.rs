//! The tables of a run side by side, an application at a time: all stand in one order, so nothing is held.

use std::{collections::BTreeSet, iter::Peekable};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    attribute::definition::Unit,
    engine::{Engine, Stored, Written},
    extent::Sufficiency,
    money::Currency,
    table::{self, Cell, Schema},
    time::Day,
    value::{Missing, Outcome, Value},
};
use cashline_io::written::{Rows, Run};

/// A row.
pub(super) type Cells = Vec<Cell<'static>>;
/// Application, applicant and T: what tells the rows of one decision.
type Key = (String, String, i64);

/// Names of codes that one replay may meet.
const CODES_MAX: usize = 4_096;

/// What a run kept and published of one application.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) application_id: String,
    pub(super) scores: Cells,
    pub(super) characteristics: Vec<Cells>,
    pub(super) reasons: Vec<Cells>,
    /// The values to start from; `None` without a score.
    pub(super) stored: Option<Stored>,
}

/// One table and where its keys and columns stand.
struct Side {
    name: &'static str,
    rows: Peekable<Rows>,
    names: Vec<String>,
    /// Where the parts of a key stand.
    keys: [usize; 3],
}

fn key(table: &str, keys: [usize; 3], row: &[Cell<'static>]) -> Result<Key> {
    match keys.map(|at| row.get(at).unwrap_or(&Cell::Null)) {
        [Cell::Text(application), Cell::Text(applicant), Cell::Instant(as_of)] => {
            Ok((application.to_string(), applicant.to_string(), *as_of))
        }
        _ => bail!("{table}: a row without its keys"),
    }
}

impl Side {
    fn open(run: &Run, schema: &Schema) -> Result<Option<Side>> {
        let names: Vec<String> = schema.columns.iter().map(|column| column.name.to_string()).collect();
        let at = |name: &str| names.iter().position(|known| known == name).unwrap_or(usize::MAX);
        let keys = ["application_id", "applicant_id", "as_of"].map(at);
        Ok(run.rows(schema)?.map(|rows| Side { name: schema.name, rows: rows.peekable(), names, keys }))
    }

    fn at(&self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or(usize::MAX)
    }

    fn cell<'a>(&self, row: &'a [Cell<'static>], name: &str) -> &'a Cell<'static> {
        row.get(self.at(name)).unwrap_or(&Cell::Null)
    }

    fn text<'a>(&self, row: &'a [Cell<'static>], name: &str) -> Option<&'a str> {
        match self.cell(row, name) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    fn key(&self, row: &[Cell<'static>]) -> Result<Key> {
        key(self.name, self.keys, row)
    }

    fn next(&mut self) -> Result<Option<Cells>> {
        Ok(self.rows.next().transpose()?)
    }

    /// The next rows, as far as they are of that key.
    fn of(&mut self, key: &Key) -> Result<Vec<Cells>> {
        let mut found = vec![];
        loop {
            let is_next = match self.rows.peek() {
                None => false,
                Some(Err(_)) => true,
                Some(Ok(row)) => self::key(self.name, self.keys, row)? == *key,
            };
            if !is_next {
                return Ok(found);
            }
            found.extend(self.next()?);
        }
    }
}

/// The tables of a run.
pub(super) struct Tables<'e> {
    engine: &'e Engine,
    scores: Side,
    characteristics: Side,
    reasons: Side,
    /// Runs of older versions have none.
    inputs: Option<Side>,
    codes: BTreeSet<&'static str>,
}

impl<'e> Tables<'e> {
    pub(super) fn open(run: &Run, engine: &'e Engine) -> Result<Tables<'e>> {
        let must = |schema: &Schema| {
            Side::open(run, schema)?.with_context(|| format!("the run has no table {}; nothing to replay", schema.name))
        };
        let inputs = Side::open(run, &table::inputs())?;
        if inputs.is_none() && !engine.policy().file().knockouts.is_empty() {
            bail!(
                "the run did not keep the values of its policy's knock-outs (table inputs): it is from a version before \
                 replay; score again"
            );
        }
        Ok(Tables {
            engine,
            scores: must(&table::scores())?,
            characteristics: must(&table::characteristics())?,
            reasons: must(&table::reasons())?,
            inputs,
            codes: BTreeSet::new(),
        })
    }

    /// The next application.
    pub(super) fn next(&mut self) -> Option<Result<Decided>> {
        self.step().transpose()
    }

    fn step(&mut self) -> Result<Option<Decided>> {
        let Some(scores) = self.scores.next()? else { return Ok(None) };
        let key = self.scores.key(&scores)?;
        let characteristics = self.characteristics.of(&key)?;
        let reasons = self.reasons.of(&key)?;
        let inputs = self.inputs.as_mut().map(|side| side.of(&key)).transpose()?.unwrap_or_default();
        let scored = matches!(self.scores.cell(&scores, "score"), Cell::Integer(_));
        if !scored && (!characteristics.is_empty() || !inputs.is_empty()) {
            bail!("application {} has values but no score: the run's tables do not belong together", key.0);
        }
        let stored = match scored {
            true => Some(self.stored(&key, &scores, &characteristics, &inputs)?),
            false => None,
        };
        Ok(Some(Decided { application_id: key.0, scores, characteristics, reasons, stored }))
    }

    /// No table may have rows of an application that the scores do not list, or in another order.
    pub(super) fn finish(&mut self) -> Result<()> {
        let sides = [Some(&mut self.characteristics), Some(&mut self.reasons), self.inputs.as_mut()];
        for side in sides.into_iter().flatten() {
            if side.next()?.is_some() {
                bail!("{} has rows of an application that the scores do not list there", side.name);
            }
        }
        Ok(())
    }

    fn stored(&mut self, key: &Key, scores: &[Cell<'static>], rows: &[Cells], inputs: &[Cells]) -> Result<Stored> {
        let currency = self.scores.text(scores, "currency").and_then(Currency::parse);
        let currency = currency.with_context(|| format!("application {} has a score but no currency", key.0))?;
        let mut exact: Vec<(String, Outcome)> = vec![];
        let mut knockouts = vec![];
        if let Some(side) = &self.inputs {
            for row in inputs {
                let text = |name: &str| side.text(row, name);
                let outcome = match (text("form"), text("value")) {
                    (Some("code"), Some(name)) => Some(Ok(Value::Code(code(&mut self.codes, name)?))),
                    (Some(form), Some(value)) => table::of_exact(form, value),
                    _ => None,
                };
                let (Some(outcome), Some(attribute)) = (outcome, text("attribute")) else {
                    bail!("application {}: a row of inputs that is none", key.0)
                };
                match text("rule") {
                    Some(rule) => knockouts.push((rule.to_owned(), outcome)),
                    None => exact.push((attribute.to_owned(), outcome)),
                }
            }
        }
        let mut characteristics = vec![];
        for row in rows {
            let attribute = self.characteristics.text(row, "attribute").unwrap_or_default().to_owned();
            let kept = exact.iter().find(|(name, _)| *name == attribute).map(|(_, outcome)| *outcome);
            let written = self.written(&attribute, row)?;
            let outcome = match kept {
                // The exact form speaks only for the number that stands there: a changed number is not hidden by it.
                Some(kept) if number(&kept) == number_of(&written) => kept,
                _ => self.engine.value_of(&attribute, written),
            };
            characteristics.push((attribute, outcome));
        }
        // What the model read without listing it.
        let others: Vec<(String, Outcome)> =
            exact.into_iter().filter(|(name, _)| characteristics.iter().all(|(known, _)| known != name)).collect();
        characteristics.extend(others);
        let (application_id, applicant_id, as_of) = key.clone();
        let text = |name: &str| self.scores.text(scores, name);
        let sufficiency = text("sufficiency").and_then(Sufficiency::parse);
        let sufficiency =
            sufficiency.with_context(|| format!("application {application_id} has a score but no sufficiency"))?;
        let segment = text("segment").map(str::to_owned);
        Ok(Stored { application_id, applicant_id, as_of, currency, sufficiency, segment, characteristics, knockouts })
    }

    fn written(&mut self, attribute: &str, row: &[Cell<'static>]) -> Result<Written> {
        let side = &self.characteristics;
        #[expect(clippy::cast_precision_loss, reason = "as the Parquet writer does")]
        let number = match side.cell(row, "value") {
            Cell::Real(number) => Some(*number),
            Cell::Integer(number) => Some(*number as f64),
            _ => None,
        };
        let registry = self.engine.registry();
        let is_date = registry.column(attribute).is_some_and(|at| registry.definition(at).unit == Unit::Date);
        match (number, side.text(row, "value_text"), side.text(row, "missing").and_then(Missing::parse)) {
            (Some(number), None, None) => Ok(Written::Number(number)),
            (None, None, Some(cause)) => Ok(Written::Missing(cause)),
            (None, Some(text), None) if is_date => {
                let date = text.parse::<chrono::NaiveDate>().with_context(|| format!("`{attribute}` holds no date"))?;
                let days = date.signed_duration_since(chrono::NaiveDate::default()).num_days();
                Ok(Written::Date(Day(i32::try_from(days).unwrap_or_default())))
            }
            (None, Some(text), None) => Ok(Written::Code(code(&mut self.codes, text)?)),
            _ => bail!("`{attribute}` has neither a value nor a cause, or both"),
        }
    }
}

/// A name that lives as long as the process: codes come from closed lists, so there are few.
fn code(codes: &mut BTreeSet<&'static str>, text: &str) -> Result<&'static str> {
    if let Some(known) = codes.get(text) {
        return Ok(known);
    }
    if CODES_MAX <= codes.len() {
        bail!("more than {CODES_MAX} different codes: these are no names from a closed list");
    }
    let known: &'static str = Box::leak(text.to_owned().into_boxed_str());
    codes.insert(known);
    Ok(known)
}

fn number(outcome: &Outcome) -> Option<u64> {
    outcome.ok().and_then(|value| value.number()).map(f64::to_bits)
}

fn number_of(written: &Written) -> Option<u64> {
    match written {
        Written::Number(number) => Some(number.to_bits()),
        _ => None,
    }
}

/// A cell for people.
pub(super) fn shown(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null => "nothing".to_owned(),
        Cell::Text(text) => format!("\"{text}\""),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Date(day) => day.to_string(),
        Cell::Instant(seconds) => cashline_io::write::instant(*seconds),
    }
}
