//! All attributes of a run, ours and the lender's, and their columns.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

use super::{
    check::{Checker, NamedFilter, is_code},
    declared::{Expression, Needs},
    definition::{Compute, ComputeFn, Definition, Tiers, Unit},
    families::{self, Basis},
    grammar::File,
    standard::Standard,
};
use crate::{
    category::taxonomy::Taxonomy,
    digest::{
        Digest, Frame,
        plan::{Plan, Span, TooManyRowTests},
    },
    time::{Day, Window},
    value::{Missing, Outcome},
};

/// Index of a column of the matrix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ColumnId(pub u16);

/// One column: an attribute at a window.
#[derive(Clone, Debug)]
pub struct Column {
    /// The attribute's name and the window's suffix.
    pub name: String,
    /// Index of the definition.
    pub definition: u16,
    /// The window.
    pub window: Window,
}

/// What an attribute's value rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Evidence {
    /// A row of the history, by [`crate::ledger::LedgerRow::index`].
    Row(u32),
    /// A day, for balances and gaps.
    Day(Day),
    /// The days `first` to `last` that were looked through: for an absence, and for what rests on all of them.
    Window {
        /// The first day.
        first: Day,
        /// The last day, inclusive.
        last: Day,
    },
}

/// The registry of a run.
#[derive(Clone, Debug)]
pub struct Registry {
    definitions: Vec<Definition>,
    columns: Vec<Column>,
    by_name: FxHashMap<String, u16>,
    // Definitions that ship with the engine; a lender's stand after them, and where each of them was declared.
    shipped: usize,
    places: Vec<String>,
    filters: BTreeMap<String, NamedFilter>,
    plan: Plan,
    // The windows of all columns, each once.
    windows: Vec<Window>,
    // What is done for each column, side by side: a matrix asks for all of them.
    steps: Vec<Step>,
}

/// How a column is computed, without what is only said of it.
#[derive(Clone, Copy, Debug)]
struct Step {
    kind: Kind,
    // The place of its window among all.
    place: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Declared(Expression, Unit, Needs),
    Computed(ComputeFn),
    Unavailable,
}

/// Why an attributes file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// The text is no valid file of attributes; the message is `file:line:column: what is wrong and the way out`.
    #[error("{message}")]
    Invalid {
        /// What is wrong and where.
        message: String,
    },
}

/// Our own files: the filters first, since the others name them.
pub const FILES: [(&str, &str); 9] = [
    ("filters.toml", include_str!("../../defaults/attributes/filters.toml")),
    ("flows.toml", include_str!("../../defaults/attributes/flows.toml")),
    ("income.toml", include_str!("../../defaults/attributes/income.toml")),
    ("spend.toml", include_str!("../../defaults/attributes/spend.toml")),
    ("debt.toml", include_str!("../../defaults/attributes/debt.toml")),
    ("short_term_credit.toml", include_str!("../../defaults/attributes/short_term_credit.toml")),
    ("fees.toml", include_str!("../../defaults/attributes/fees.toml")),
    ("risk.toml", include_str!("../../defaults/attributes/risk.toml")),
    ("business.toml", include_str!("../../defaults/attributes/business.toml")),
];

impl Registry {
    /// The attributes shipped with the engine.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] when a declared attribute names a purpose that the taxonomy lacks.
    pub fn builtin(taxonomy: &Taxonomy) -> Result<Registry, AttributeError> {
        Registry::with_shipped(&FILES, taxonomy)
    }

    /// Our own attributes from other texts than this build's: those of another release, as a bundle keeps them. Each is a name
    /// and its text, the filters first; the computed attributes are this build's.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] when a text is no valid file, or contradicts a computed attribute.
    pub fn with_shipped(files: &[(&str, &str)], taxonomy: &Taxonomy) -> Result<Registry, AttributeError> {
        let mut registry = Registry {
            definitions: vec![],
            columns: vec![],
            by_name: FxHashMap::default(),
            shipped: 0,
            places: vec![],
            filters: BTreeMap::new(),
            plan: Plan::new(),
            windows: vec![],
            steps: vec![],
        };
        let mut definitions = vec![];
        for &(name, text) in files {
            definitions.extend(registry.read(File { name, text }, taxonomy)?);
            if name == "filters.toml" {
                registry.append_standard()?;
            }
        }
        definitions.extend(families::definitions(&registry.filters).into_iter().map(|computed| (computed, 0)));
        definitions.sort_by(|(a, _), (b, _)| (&a.family, &a.name).cmp(&(&b.family, &b.name)));
        // The buckets of 30 days and the months that variation is measured on.
        (1..=12).for_each(|buckets| registry.plan.window(Window::days(30 * buckets)));
        registry.plan.window(Window::Month(12));
        registry.add(definitions, File { name: "built in", text: "" })?;
        registry.shipped = registry.definitions.len();
        Ok(registry)
    }

    /// Adds a lender's file of declared attributes. Their columns stand after ours, in the file's order, and no id of ours
    /// changes. A file that is refused adds nothing.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] with line and column.
    pub fn extend(&mut self, file_name: &str, toml: &str, taxonomy: &Taxonomy) -> Result<(), AttributeError> {
        let file = File { name: file_name, text: toml };
        let mut larger = self.clone();
        let definitions = larger.read(file, taxonomy)?;
        larger.places.extend(definitions.iter().map(|(_, at)| file.place(*at)));
        larger.add(definitions, file)?;
        *self = larger;
        Ok(())
    }

    /// Reads a file's filters and attributes, each with the byte at which its name stands; the filters and the plan take them up.
    fn read(&mut self, file: File<'_>, taxonomy: &Taxonomy) -> Result<Vec<(Definition, usize)>, AttributeError> {
        let raw = file.read()?;
        for (name, filter) in &raw.filter {
            let at = filter.span().start;
            if !is_code(name) {
                return Err(file.refuse(at, &format!("`{name}` is no name; use a-z, 0-9 and _, a letter first")));
            }
            if self.filters.contains_key(name) {
                return Err(file.refuse(at, &format!("a filter is already named `{name}`; choose a new name")));
            }
            let checker = Checker { file, taxonomy, filters: &self.filters };
            let checked = checker.filter(at, filter.get_ref())?;
            self.filters.insert(name.clone(), checked);
        }
        let checker = Checker { file, taxonomy, filters: &self.filters };
        let mut definitions: Vec<(Definition, usize)> = vec![];
        for attribute in &raw.attribute {
            let name = &attribute.get_ref().name;
            let new = checker.attribute(attribute, &mut self.plan)?;
            let before = definitions.iter().map(|(known, _)| known);
            let known = before.chain(&self.definitions).any(|known| known.name == new.name);
            if known {
                let what = format!("an attribute is already named `{}`; choose a new name", new.name);
                return Err(file.refuse(name.span().start, &what));
            }
            let column = |window: &Window| format!("{}{}", new.name, window.suffix());
            if let Some(column) = new.windows.iter().map(column).find(|column| is_taken(column)) {
                let what = format!("`{column}` is what another column of the same table is called; choose a new name");
                return Err(file.refuse(name.span().start, &what));
            }
            definitions.push((new, name.span().start));
        }
        Ok(definitions)
    }

    fn append_standard(&mut self) -> Result<(), AttributeError> {
        for standard in Standard::ALL {
            let missing = || AttributeError::Invalid {
                message: format!("filters.toml: computed attributes need the filter `{}`; add it", standard.name()),
            };
            let named = self.filters.get(standard.name()).ok_or_else(missing)?;
            let full = |error: TooManyRowTests| AttributeError::Invalid { message: format!("filters.toml: {error}") };
            self.plan.append(&named.filter).map_err(full)?;
        }
        Ok(())
    }

    /// Gives definitions their columns.
    fn add(&mut self, definitions: Vec<(Definition, usize)>, file: File<'_>) -> Result<(), AttributeError> {
        for (definition, span) in definitions {
            let at = u16::try_from(self.definitions.len()).map_err(|_| file.refuse(span, "too many attributes"))?;
            for &window in &definition.windows {
                self.plan.window(window);
                let name = format!("{}{}", definition.name, window.suffix());
                let id = u16::try_from(self.columns.len()).map_err(|_| file.refuse(span, "too many columns"))?;
                if self.by_name.insert(name.clone(), id).is_some() {
                    return Err(file.refuse(span, &format!("two attributes make the column `{name}`; rename one")));
                }
                let place = self.windows.iter().position(|known| *known == window).unwrap_or(self.windows.len());
                if place == self.windows.len() {
                    self.windows.push(window);
                }
                let kind = match definition.compute {
                    Compute::Declared(expression) => {
                        let needs = Needs { days: definition.needs_days, events: definition.needs_events };
                        Kind::Declared(expression, definition.unit, needs)
                    }
                    Compute::Computed { value, .. } => Kind::Computed(value),
                    Compute::Unavailable(_) => Kind::Unavailable,
                };
                self.steps.push(Step { kind, place });
                self.columns.push(Column { name, definition: at, window });
            }
            self.definitions.push(definition);
        }
        self.plan.tabulate();
        Ok(())
    }

    /// What every digest for these attributes is built with.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// All attributes: ours by family and name, then the lender's in the order of the file.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// All columns, in the order of the matrix.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns of a choice of tiers, in the order of the matrix: a lender's own are always among them, those that the
    /// input cannot hold never.
    #[must_use]
    pub fn chosen(&self, tiers: Tiers) -> Vec<ColumnId> {
        let taken = |column: &Column| {
            let definition = &self.definitions[usize::from(column.definition)];
            let own = self.shipped <= usize::from(column.definition);
            let core = definition.is_core(column.window);
            definition.unavailable().is_none() && (own || tiers == Tiers::All || core == (tiers == Tiers::Core))
        };
        (0..=u16::MAX).zip(&self.columns).filter(|(_, column)| taken(column)).map(|(at, _)| ColumnId(at)).collect()
    }

    /// The columns of these names, in their order and each once.
    ///
    /// # Errors
    ///
    /// The first name that no column has, or that the input cannot hold.
    pub fn named(&self, names: &[String]) -> Result<Vec<ColumnId>, UnknownColumn> {
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let known = self.column(name).filter(|column| self.definition(*column).unavailable().is_none());
            let column = known.ok_or_else(|| UnknownColumn { name: name.clone() })?;
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Ok(columns)
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<ColumnId> {
        self.by_name.get(name).copied().map(ColumnId)
    }

    /// What is documented of a column.
    #[must_use]
    pub fn definition(&self, column: ColumnId) -> &Definition {
        &self.definitions[usize::from(self.columns[usize::from(column.0)].definition)]
    }

    /// Where a lender's attribute was declared, as `file:line:column`; `None` for ours.
    #[must_use]
    pub fn declared_at(&self, name: &str) -> Option<&str> {
        let at = self.definitions.iter().skip(self.shipped).position(|own| own.name == name)?;
        self.places.get(at).map(String::as_str)
    }

    /// The digest of what a column means: a model keeps it and is refused when the meaning has changed.
    #[must_use]
    pub fn definition_digest(&self, column: ColumnId) -> [u8; 32] {
        let (at, meant) = (&self.columns[usize::from(column.0)], self.definition(column));
        let text = format!(
            "attribute\nname {}\nunit {}\nwindow {:?}\nneeds {:?}\nmeaning {}\n",
            at.name,
            meant.unit.code(),
            at.window,
            meant.needs_days,
            meant.canonical
        );
        // Only where it is asked for, so that older digests stand.
        let events = if meant.needs_events == 0 { String::new() } else { format!("events {}\n", meant.needs_events) };
        // Flows of a calendar month once needed nine tenths of it.
        let is_whole =
            matches!(at.window, Window::Month(_)) && meant.needs_days.is_none() && meant.family != "balances_liquidity";
        let months = if is_whole { "months whole\n" } else { "" };
        Sha256::digest((text + &events + months).as_bytes()).into()
    }

    /// The digest of all columns: what a run's attributes meant, the lender's own included.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for column in (0..=u16::MAX).map(ColumnId).take(self.columns.len()) {
            hasher.update(self.definition_digest(column));
        }
        hasher.finalize().into()
    }

    /// Computes one column. The digest is one of this registry's [`Registry::plan`].
    ///
    /// # Errors
    ///
    /// The cause for which there is no value.
    pub fn compute(&self, column: ColumnId, digest: &Digest<'_>) -> Outcome {
        let step = &self.steps[usize::from(column.0)];
        let window = self.windows[step.place];
        match &step.kind {
            Kind::Declared(expression, unit, needs) => expression.compute(*unit, *needs, &digest.frame(window), digest),
            Kind::Computed(value) => value(digest, window),
            Kind::Unavailable => Err(Missing::NotApplicable),
        }
    }

    /// Computes columns in the order in which they are named.
    #[must_use]
    pub fn compute_these(&self, columns: &[ColumnId], digest: &Digest<'_>) -> Vec<Outcome> {
        // Many columns share a few windows.
        if columns.len() < self.windows.len() {
            return columns.iter().map(|column| self.compute(*column, digest)).collect();
        }
        self.compute_steps(columns.iter().map(|column| &self.steps[usize::from(column.0)]), digest)
    }

    /// Computes every column, in the order of the matrix.
    #[must_use]
    pub fn compute_all(&self, digest: &Digest<'_>) -> Vec<Outcome> {
        self.compute_steps(self.steps.iter(), digest)
    }

    fn compute_steps<'s>(&self, steps: impl ExactSizeIterator<Item = &'s Step>, digest: &Digest<'_>) -> Vec<Outcome> {
        let frames: Vec<(Window, Frame)> = self.windows.iter().map(|window| (*window, digest.frame(*window))).collect();
        let mut outcomes = Vec::with_capacity(steps.len());
        for step in steps {
            let (window, frame) = &frames[step.place];
            // Each kind stores its own: an outcome that is stored for all kinds at one place gets there in pieces.
            match &step.kind {
                Kind::Declared(expression, unit, needs) => {
                    outcomes.push(expression.compute(*unit, *needs, frame, digest));
                }
                Kind::Computed(value) => outcomes.push(value(digest, *window)),
                Kind::Unavailable => outcomes.push(Err(Missing::NotApplicable)),
            }
        }
        outcomes
    }

    /// The rows or days that a column's value rests on, by replaying its definition: the same selection that computes it.
    /// Ascending and without repeats.
    #[must_use]
    pub fn evidence(&self, column: ColumnId, digest: &Digest<'_>) -> Vec<Evidence> {
        let window = self.columns[usize::from(column.0)].window;
        let mut evidence = match self.definition(column).compute {
            Compute::Declared(expression) => expression.evidence(self.definition(column).risk, window, digest),
            Compute::Computed { basis, .. } => basis.evidence(window, digest),
            Compute::Unavailable(_) => vec![],
        };
        evidence.sort_unstable();
        evidence.dedup();
        evidence
    }
}

/// A column was asked for by a name that none has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "no attribute makes a column `{name}`; `cashline catalogue attributes` lists them with their windows, and which are unavailable"
)]
pub struct UnknownColumn {
    /// The name.
    pub name: String,
}

/// What the matrix begins with, before the first attribute.
pub(crate) const MATRIX_KEYS: [&str; 4] = ["application_id", "applicant_id", "as_of", "currency"];
/// What columns of the applications begin with where `extra:` cannot be written, as in the feature names of a foreign model: LightGBM
/// refuses the colon.
pub const EXTRA_ALIAS: &str = "extra__";

/// Whether a column that is no attribute has the name.
fn is_taken(column: &str) -> bool {
    MATRIX_KEYS.contains(&column) || column.starts_with(EXTRA_ALIAS)
}

/// Evidence of nothing: the days that were looked through, as far back as there is any history.
#[must_use]
pub fn absence(digest: &Digest<'_>, span: Span) -> Evidence {
    let (first, end) = span.range(digest.ledger.end);
    let oldest = digest.history_days().ok().and_then(|days| i32::try_from(days).ok());
    let oldest = oldest.map_or(first, |days| digest.ledger.end.plus(-days));
    let last = end.plus(-1);
    Evidence::Window { first: first.max(oldest).min(last), last }
}

/// What a basis reads, for the meaning of a computed attribute.
pub(super) fn reads(basis: Basis, filters: &BTreeMap<String, NamedFilter>) -> String {
    // Which part of it is evidence, is no part of a meaning.
    let (standards, others): (&[Standard], &[Standard]) = match basis {
        Basis::Rows(standards) | Basis::BucketRows(_, standards) => (standards, &[]),
        Basis::MonthRows(of_months, of_all) => (of_months, of_all),
        Basis::EachBalance => return format!("{:?}", Basis::Balances),
        Basis::NegativeAmong(_) => return format!("{:?}", Basis::NegativeDays),
        _ => return format!("{basis:?}"),
    };
    let said = standards.iter().chain(others).map(|standard| {
        let canonical = filters.get(standard.name()).map_or("", |named| named.canonical.as_str());
        format!("{} {{{canonical}}}", standard.name())
    });
    said.collect::<Vec<_>>().join(", ")
}
