//! From the grammar as written to definitions: names resolved, units and measures married, what may not be is refused with its
//! place.

mod fair;

use std::collections::BTreeMap;

use toml::Spanned;

use super::{
    declared::{By, Expression, Measure},
    definition::{Compliance, Compute, Definition, Unit},
    grammar::{File, RawAttribute, RawFilter, RawFilterRef, nearest},
    registry::AttributeError,
};
use crate::{
    category::taxonomy::Taxonomy,
    digest::{
        filter::{Direction, Filter, IndexSet, Internal, RowTest},
        plan::{Plan, Span},
    },
    limits::{AMOUNT_MAX, HISTORY_DAYS_MAX},
    time::{Day, Window},
};

/// A filter with its meaning as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct NamedFilter {
    pub(super) filter: Filter,
    pub(super) canonical: String,
}

/// What a file is checked against.
#[derive(Debug)]
pub(super) struct Checker<'c> {
    pub(super) file: File<'c>,
    pub(super) taxonomy: &'c Taxonomy,
    pub(super) filters: &'c BTreeMap<String, NamedFilter>,
}

/// Months back that a window may name.
const MONTHS_MAX: u8 = 24;

impl Checker<'_> {
    /// A filter with its names resolved.
    pub(super) fn filter(&self, at: usize, raw: &RawFilter) -> Result<NamedFilter, AttributeError> {
        let lists = [
            ("purposes", &raw.purposes),
            ("groups", &raw.groups),
            ("except_purposes", &raw.except_purposes),
            ("except_groups", &raw.except_groups),
            ("instruments", &raw.instruments),
            ("roles", &raw.roles),
            ("weekdays", &raw.weekdays),
            ("text", &raw.text),
        ];
        if let Some((name, _)) = lists.iter().find(|(_, list)| list.as_ref().is_some_and(Vec::is_empty)) {
            return self.refuse(at, &format!("`{name}` is an empty list; name something, or leave it out"));
        }
        let mut direction = raw.direction.as_ref().map(|text| self.direction(text)).transpose()?;
        for (name, wanted) in [("counts_as_income", raw.counts_as_income), ("counts_as_revenue", raw.counts_as_revenue)]
        {
            if wanted == Some(true) {
                if direction == Some(Direction::Outflow) {
                    return self.refuse(at, &format!("`{name} = true` takes inflow; drop `direction = \"outflow\"`"));
                }
                direction = Some(Direction::Inflow);
            }
        }
        let filter = Filter {
            direction,
            internal: raw.internal.as_ref().map_or(Ok(Internal::Exclude), |text| self.internal(text))?,
            purposes: self.purposes(raw)?,
            instruments: match &raw.instruments {
                None => IndexSet::ALL,
                Some(names) => self.axis("instrument", names, self.taxonomy.instruments())?,
            },
            roles: match &raw.roles {
                None => IndexSet::ALL,
                Some(names) => self.axis("role", names, self.taxonomy.roles())?,
            },
            tests: self.tests(raw)?,
        };
        if self.taken(&filter) == IndexSet::EMPTY {
            return self.refuse(
                at,
                "no row can pass: none of these purposes is left, or money never goes this way under them",
            );
        }
        Ok(NamedFilter { filter, canonical: canonical(raw) })
    }

    /// A filter by name or in place.
    fn filter_ref(&self, raw: &Spanned<RawFilterRef>) -> Result<NamedFilter, AttributeError> {
        let at = raw.span().start;
        match raw.get_ref() {
            RawFilterRef::Inline(filter) => self.filter(at, filter),
            RawFilterRef::Name(name) => match self.filters.get(name) {
                Some(known) => Ok(known.clone()),
                None => {
                    let hint = self.hint(name, self.filters.keys().map(String::as_str));
                    self.refuse(at, &format!("no filter is named `{name}`{hint}"))
                }
            },
        }
    }

    fn purposes(&self, raw: &RawFilter) -> Result<IndexSet, AttributeError> {
        let infos = self.taxonomy.purposes();
        let names: Vec<String> = infos.iter().map(|info| info.name.clone()).collect();
        let mut groups: Vec<&str> = infos.iter().map(|info| info.group.as_str()).collect();
        groups.sort_unstable();
        groups.dedup();
        for list in [&raw.groups, &raw.except_groups].into_iter().flatten().flatten() {
            if groups.binary_search(&list.get_ref().as_str()).is_err() {
                let hint = self.hint(list.get_ref(), groups.iter().copied());
                return self
                    .refuse(list.span().start, &format!("`{}` is no group of the taxonomy{hint}", list.get_ref()));
            }
        }
        let purposes = raw.purposes.as_ref().map(|list| self.axis("purpose", list, &names)).transpose()?;
        let except = raw.except_purposes.as_ref().map(|list| self.axis("purpose", list, &names)).transpose()?;
        let within = |list: &Option<Vec<Spanned<String>>>, group: &str| {
            list.as_ref().is_some_and(|list| list.iter().any(|name| name.get_ref() == group))
        };
        let taken = IndexSet::select(infos.len(), |at| {
            let (info, index) = (&infos[at], u8::try_from(at).unwrap_or(u8::MAX));
            // Purposes and groups are one union; with neither, everything passes.
            let named = purposes.is_some_and(|set| set.contains(index)) || within(&raw.groups, &info.group);
            (named || (raw.purposes.is_none() && raw.groups.is_none()))
                && !except.is_some_and(|set| set.contains(index))
                && !within(&raw.except_groups, &info.group)
                && raw.counts_as_income.is_none_or(|wanted| wanted == info.counts_as_income)
                && raw.counts_as_revenue.is_none_or(|wanted| wanted == info.counts_as_revenue)
        });
        // A filter that takes every purpose reads none.
        Ok(if taken == IndexSet::select(infos.len(), |_| true) { IndexSet::ALL } else { taken })
    }

    /// The purposes whose money can go the filter's way.
    fn taken(&self, filter: &Filter) -> IndexSet {
        let infos = self.taxonomy.purposes();
        IndexSet::select(infos.len(), |at| {
            let goes = match filter.direction {
                None => true,
                Some(Direction::Inflow) => infos[at].direction.takes_inflow(),
                Some(Direction::Outflow) => infos[at].direction.takes_outflow(),
            };
            goes && u8::try_from(at).is_ok_and(|at| filter.purposes.contains(at))
        })
    }

    /// The indices of names; `kind:*` takes `kind` and what stands below it.
    fn axis(&self, axis: &str, names: &[Spanned<String>], known: &[String]) -> Result<IndexSet, AttributeError> {
        let mut set = IndexSet::EMPTY;
        for name in names {
            let stem = name.get_ref().strip_suffix(":*");
            let fits = |known: &str| match stem {
                Some(stem) => known.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')),
                None => known == name.get_ref(),
            };
            let mut met = false;
            for (at, _) in known.iter().enumerate().filter(|(_, known)| fits(known)) {
                set.insert(u8::try_from(at).unwrap_or(u8::MAX));
                met = true;
            }
            if !met {
                let hint = self.hint(name.get_ref(), known.iter().map(String::as_str));
                return self
                    .refuse(name.span().start, &format!("`{}` is no {axis} of the taxonomy{hint}", name.get_ref()));
            }
        }
        Ok(set)
    }

    fn tests(&self, raw: &RawFilter) -> Result<Vec<RowTest>, AttributeError> {
        let mut tests = vec![];
        if let Some(range) = &raw.amount {
            let (at, range) = (range.span().start, range.get_ref());
            let (min, max) = (range.min.unwrap_or(0), range.max.unwrap_or(AMOUNT_MAX + 1));
            if range.min.is_none() && range.max.is_none() && range.multiple_of.is_none() {
                return self.refuse(at, "`amount` says nothing; give `min`, `max` or `multiple_of`, or leave it out");
            }
            if AMOUNT_MAX < min {
                return self.refuse(at, &format!("`min` lies above the largest amount, {AMOUNT_MAX}; no row can pass"));
            }
            if min < 0 || max <= min {
                return self
                    .refuse(at, "amounts are magnitudes in minor units; `min` is at least 0 and less than `max`");
            }
            if range.min.is_some() || range.max.is_some() {
                tests.push(RowTest::Amount { min, max });
            }
            match range.multiple_of {
                Some(unit) if unit <= 0 => return self.refuse(at, "`multiple_of` is above 0"),
                Some(unit) if (max - 1) / unit * unit < min.max(1) => {
                    return self.refuse(at, "no multiple of `multiple_of` lies between `min` and `max`");
                }
                Some(unit) => tests.push(RowTest::Multiple(unit)),
                None => {}
            }
        }
        if let Some(days) = &raw.weekdays {
            let mut bits = 0_u8;
            for day in days {
                let known = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
                match known.iter().position(|known| known == day.get_ref()) {
                    Some(bit) => bits |= 1 << bit,
                    None => return self.refuse(day.span().start, "weekdays are mon, tue, wed, thu, fri, sat, sun"),
                }
            }
            tests.push(RowTest::Weekdays(bits));
        }
        if let Some(texts) = &raw.text {
            if let Some(empty) = texts.iter().find(|text| text.get_ref().trim().is_empty()) {
                return self.refuse(empty.span().start, "an empty text is in every description; drop it");
            }
            let mut needles: Vec<String> = texts.iter().map(|text| text.get_ref().to_ascii_lowercase()).collect();
            needles.sort();
            needles.dedup();
            tests.push(RowTest::Text(needles));
        }
        tests.sort();
        Ok(tests)
    }

    fn direction(&self, text: &Spanned<String>) -> Result<Direction, AttributeError> {
        match text.get_ref().as_str() {
            "inflow" => Ok(Direction::Inflow),
            "outflow" => Ok(Direction::Outflow),
            other => {
                self.refuse(text.span().start, &format!("`{other}` is no direction; use inflow or outflow, or none"))
            }
        }
    }

    fn internal(&self, text: &Spanned<String>) -> Result<Internal, AttributeError> {
        match text.get_ref().as_str() {
            "exclude" => Ok(Internal::Exclude),
            "include" => Ok(Internal::Include),
            "only" => Ok(Internal::Only),
            other => self.refuse(text.span().start, &format!("`{other}` is not exclude, include or only")),
        }
    }

    /// A whole attribute; its filters and windows go into the plan.
    pub(super) fn attribute(&self, raw: &Spanned<RawAttribute>, plan: &mut Plan) -> Result<Definition, AttributeError> {
        let (at, raw) = (raw.span().start, raw.get_ref());
        self.named(raw)?;
        let windows = self.windows(&raw.windows)?;
        let measure = self.measure(raw)?;
        self.unit(raw, measure, &windows)?;
        let of = self.filter_ref(&raw.of)?;
        let over = raw.over.as_ref().map(|over| self.filter_ref(over)).transpose()?;
        self.operands(raw, measure, &of.filter, over.as_ref().map(|over| &over.filter), &windows)?;
        if raw.compliance == Compliance::ModelOk {
            self.fair(raw.of.span().start, &of.filter)?;
            if let (Some(raw), Some(over)) = (&raw.over, &over) {
                self.fair(raw.span().start, &over.filter)?;
                self.fair_apart(raw.span().start, &of.filter, &over.filter)?;
            }
        }
        let full = |_| self.file.refuse(at, &crate::digest::plan::TooManyRowTests.to_string());
        let expression = Expression {
            measure,
            of: plan.filter(&of.filter).map_err(full)?,
            over: over.as_ref().map(|over| plan.filter(&over.filter)).transpose().map_err(full)?,
            by: raw.by.as_ref().map_or(By::Sum, |by| (*by.get_ref()).into()),
        };
        for &window in &windows {
            plan.window(window);
            let halves = super::declared::halves(Span::of(window, Day(0))).filter(|_| measure == Measure::Trend);
            if let (Some((newer, _)), Window::Days { near, .. }) = (halves, window) {
                plan.window(Window::Days { far: u16::try_from(newer.far).unwrap_or(u16::MAX), near });
            }
        }
        let needs_days = raw.needs_days.as_ref().map(|days| *days.get_ref());
        let over_text = over.map_or(String::new(), |over| format!(" over {{{}}}", over.canonical));
        Ok(Definition {
            name: raw.name.get_ref().clone(),
            family: raw.family.get_ref().clone(),
            unit: *raw.unit.get_ref(),
            windows,
            risk: raw.risk,
            reason: raw.reason.as_ref().map(|reason| reason.get_ref().clone()),
            compliance: raw.compliance,
            tier: raw.tier,
            sources: raw.sources.clone(),
            definition: raw.definition.get_ref().clone(),
            needs_days,
            needs_each: &[],
            needs_events: raw.needs_events.as_ref().map_or(0, |events| *events.get_ref()),
            compute: Compute::Declared(expression),
            canonical: format!(
                "declared {} by {:?} of {{{}}}{over_text}",
                raw.measure.get_ref(),
                expression.by,
                of.canonical
            ),
        })
    }

    fn named(&self, raw: &RawAttribute) -> Result<(), AttributeError> {
        let codes = [Some(&raw.name), Some(&raw.family), raw.reason.as_ref()];
        for code in codes.into_iter().flatten() {
            if !is_code(code.get_ref()) {
                let what = format!("`{}` is no name; use a-z, 0-9 and _, a letter first, at most 64", code.get_ref());
                return self.refuse(code.span().start, &what);
            }
        }
        if !is_sentence(raw.definition.get_ref()) {
            return self.refuse(
                raw.definition.span().start,
                "a definition is one or more full sentences; end it with a full stop",
            );
        }
        if raw.compliance == Compliance::ModelOk && raw.reason.is_none() {
            let what = format!("`{}` may be used by a model, so it needs a `reason`", raw.name.get_ref());
            return self.refuse(raw.name.span().start, &what);
        }
        Ok(())
    }

    fn windows(&self, raw: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Window>, AttributeError> {
        let mut windows: Vec<Window> = vec![];
        for text in raw.get_ref() {
            let Some(window) = window(text.get_ref()) else {
                let what = format!(
                    "`{}` is no window; use 30d, 31-60d, m1, history or point; at most {HISTORY_DAYS_MAX} days or m{MONTHS_MAX}",
                    text.get_ref()
                );
                return self.refuse(text.span().start, &what);
            };
            // Point and history share the bare name.
            if windows.iter().any(|known| known.suffix() == window.suffix()) {
                return self.refuse(text.span().start, "the same window twice; drop one");
            }
            windows.push(window);
        }
        if windows.is_empty() {
            return self.refuse(raw.span().start, "an attribute needs a window, for example \"90d\"");
        }
        Ok(windows)
    }

    fn measure(&self, raw: &RawAttribute) -> Result<Measure, AttributeError> {
        let text = raw.measure.get_ref().as_str();
        let plain = MEASURES.iter().find(|(name, _)| *name == text).map(|(_, measure)| *measure);
        let percent = text.strip_prefix("percentile(").and_then(|rest| rest.strip_suffix(')'));
        let percent = percent.and_then(|digits| digits.parse().ok()).filter(|percent| *percent <= 100);
        plain.or(percent.map(Measure::Percentile)).map_or_else(
            || {
                let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
                let what =
                    format!("`{text}` is no measure; use percentile(0) to percentile(100), {}", names.join(", "));
                self.refuse(raw.measure.span().start, &what)
            },
            Ok,
        )
    }

    fn unit(&self, raw: &RawAttribute, measure: Measure, windows: &[Window]) -> Result<(), AttributeError> {
        let by_count = raw.by.as_ref().is_some_and(|by| By::from(*by.get_ref()) == By::Count);
        let units: &[Unit] = match measure {
            Measure::Count => &[Unit::Count, Unit::Flag],
            Measure::Sum => &[Unit::Minor, Unit::MinorPerMonth, Unit::MinorPerDay],
            Measure::Difference if by_count => &[Unit::Count],
            Measure::Difference
            | Measure::Mean
            | Measure::Sd
            | Measure::Min
            | Measure::Max
            | Measure::Median
            | Measure::Percentile(_) => &[Unit::Minor],
            Measure::DaysSince | Measure::DistinctDays => &[Unit::Days],
            Measure::DistinctCounterparties => &[Unit::Count],
            Measure::Share | Measure::Ratio | Measure::Trend => &[Unit::Ratio],
        };
        let (at, unit) = (raw.unit.span().start, *raw.unit.get_ref());
        if !units.contains(&unit) {
            let names: Vec<&str> = units.iter().map(|unit| unit.code()).collect();
            return self.refuse(at, &format!("`{}` has the unit {}", raw.measure.get_ref(), names.join(" or ")));
        }
        let open = windows.iter().any(|window| matches!(window, Window::Point | Window::History));
        if open && matches!(unit, Unit::MinorPerDay | Unit::MinorPerMonth) {
            return self.refuse(at, "a rate needs windows of a known length; drop history and point");
        }
        Ok(())
    }

    fn operands(
        &self,
        raw: &RawAttribute,
        measure: Measure,
        of: &Filter,
        over: Option<&Filter>,
        windows: &[Window],
    ) -> Result<(), AttributeError> {
        let at = raw.measure.span().start;
        let compares = matches!(measure, Measure::Share | Measure::Ratio | Measure::Difference);
        match over {
            None if compares => return self.refuse(at, "share, ratio and difference need `over`"),
            Some(_) if !compares => return self.refuse(at, "only share, ratio and difference have `over`; drop it"),
            Some(over) if measure == Measure::Share && !is_part(of, over) => {
                return self.refuse(at, "a share's `of` must be a part of its `over`; else it is a ratio");
            }
            _ => {}
        }
        if let Some(by) = raw.by.as_ref().filter(|_| !compares && measure != Measure::Trend) {
            return self.refuse(by.span().start, "only share, ratio, difference and trend have `by`; drop it");
        }
        let even = |window: &Window| matches!(window, Window::Days { far, near } if (far - near) % 2 == 0);
        if measure == Measure::Trend && !windows.iter().all(even) {
            return self
                .refuse(raw.windows.span().start, "a trend compares halves; use windows of an even number of days");
        }
        Ok(())
    }

    fn hint<'n>(&self, wrong: &str, known: impl Iterator<Item = &'n str>) -> String {
        nearest(wrong, known).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
    }

    fn refuse<T>(&self, at: usize, what: &str) -> Result<T, AttributeError> {
        Err(self.file.refuse(at, what))
    }
}

/// The measures without a parameter, as files write them.
pub(super) const MEASURES: [(&str, Measure); 14] = [
    ("count", Measure::Count),
    ("sum", Measure::Sum),
    ("mean", Measure::Mean),
    ("sd", Measure::Sd),
    ("min", Measure::Min),
    ("max", Measure::Max),
    ("median", Measure::Median),
    ("days_since", Measure::DaysSince),
    ("distinct_days", Measure::DistinctDays),
    ("distinct_counterparties", Measure::DistinctCounterparties),
    ("share", Measure::Share),
    ("ratio", Measure::Ratio),
    ("difference", Measure::Difference),
    ("trend", Measure::Trend),
];

/// A window as files write it.
#[must_use]
pub(super) fn window(text: &str) -> Option<Window> {
    let days = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let days: u16 = text.parse().ok().filter(|_| plain)?;
        (i32::from(days) <= HISTORY_DAYS_MAX).then_some(days)
    };
    match text {
        "point" => return Some(Window::Point),
        "history" => return Some(Window::History),
        _ => {}
    }
    if let Some(back) = text.strip_prefix('m') {
        let back: u8 = back.parse().ok().filter(|_| back == "0" || days(back).is_some())?;
        return (back <= MONTHS_MAX).then_some(Window::Month(back));
    }
    let text = text.strip_suffix('d')?;
    match text.split_once('-') {
        None => days(text).map(Window::days),
        Some((first, last)) => {
            let (first, far) = (days(first)?, days(last)?);
            (first <= far).then_some(Window::Days { far, near: first - 1 })
        }
    }
}

/// A name of letters, digits and underscores.
#[must_use]
pub(super) fn is_code(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= 64 && name.bytes().all(letters) && name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
}

/// Full sentences: a capital first, a full stop last.
#[must_use]
pub(super) fn is_sentence(text: &str) -> bool {
    text.ends_with('.') && text.chars().next().is_some_and(|first| !first.is_lowercase() && !first.is_whitespace())
}

/// Whether every row that `part` takes is also taken by `whole`.
fn is_part(part: &Filter, whole: &Filter) -> bool {
    let within = |part: &IndexSet, whole: &IndexSet| (0..=u8::MAX).all(|at| !part.contains(at) || whole.contains(at));
    (whole.direction.is_none() || part.direction == whole.direction)
        && (whole.internal == Internal::Include || part.internal == whole.internal)
        && within(&part.purposes, &whole.purposes)
        && within(&part.instruments, &whole.instruments)
        && within(&part.roles, &whole.roles)
        && whole.tests.iter().all(|whole| part.tests.iter().any(|part| is_narrower(part, whole)))
}

/// Whether every row that passes one test also passes the other.
fn is_narrower(part: &RowTest, whole: &RowTest) -> bool {
    match (part, whole) {
        (RowTest::Amount { min, max }, RowTest::Amount { min: least, max: most }) => least <= min && max <= most,
        (RowTest::Multiple(part), RowTest::Multiple(whole)) => 0 < *whole && part % whole == 0,
        (RowTest::Weekdays(part), RowTest::Weekdays(whole)) => part & !whole == 0,
        (RowTest::Text(part), RowTest::Text(whole)) => {
            part.iter().all(|part| whole.iter().any(|whole| part.contains(whole.as_str())))
        }
        _ => false,
    }
}

/// A filter's meaning as text: every key in a fixed order, lists sorted.
fn canonical(raw: &RawFilter) -> String {
    let list = |names: &Option<Vec<Spanned<String>>>| {
        // A text may hold the sign between two.
        let escaped = |name: &Spanned<String>| name.get_ref().replace('\\', "\\\\").replace('|', "\\|");
        let mut names: Vec<String> = names.iter().flatten().map(escaped).collect();
        names.sort_unstable();
        names.dedup();
        names.join("|")
    };
    let word = |text: &Option<Spanned<String>>| text.as_ref().map_or(String::new(), |text| text.get_ref().clone());
    let flag = |flag: Option<bool>| flag.map_or(String::new(), |flag| flag.to_string());
    let amount = raw.amount.as_ref().map_or(String::new(), |amount| {
        let amount = amount.get_ref();
        format!("{:?}..{:?} in {:?}", amount.min, amount.max, amount.multiple_of)
    });
    let keys = [
        ("direction", word(&raw.direction)),
        ("purposes", list(&raw.purposes)),
        ("groups", list(&raw.groups)),
        ("except_purposes", list(&raw.except_purposes)),
        ("except_groups", list(&raw.except_groups)),
        ("instruments", list(&raw.instruments)),
        ("roles", list(&raw.roles)),
        ("counts_as_income", flag(raw.counts_as_income)),
        ("counts_as_revenue", flag(raw.counts_as_revenue)),
        ("internal", word(&raw.internal)),
        ("amount", amount),
        ("weekdays", list(&raw.weekdays)),
        ("text", list(&raw.text)),
    ];
    let said = keys.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}
