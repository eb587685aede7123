//! `cashline catalogue rules --test FILE`: how well the rules label texts whose purpose is known; `--audit`: what is wrong
//! with the rules themselves.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use anyhow::{Context as _, Result, bail};
use cashline_core::{
    category::{
        accuracy::{Accuracy, Counts, Labelled, measure},
        audit::audit,
        categoriser::Categoriser,
        vocabulary::{VOCABULARIES, Vocabulary},
    },
    row::AccountCategory,
};
use serde_json::{Value, json};

use super::rule::ACCOUNTS;
use crate::screen;

/// Confusions that a page lists; JSON lists all.
const CONFUSIONS_SHOWN: usize = 40;

/// The measure of the rules on a file with the columns `description`, `amount_minor`, `label` and, optional, `account`.
///
/// A label is a purpose or a code of a vocabulary. The page names lines, never texts.
pub(super) fn page(categoriser: &Categoriser, path: &Path, format: &str) -> Result<String> {
    let (texts, lines) = read(path)?;
    let vocabularies: Vec<Vocabulary> =
        VOCABULARIES.iter().filter_map(|(name, _)| Vocabulary::builtin(name, categoriser.taxonomy())).collect();
    let measured = measure(categoriser, &vocabularies, &texts).map_err(|unknown| {
        let line = lines.get(unknown.at).copied().unwrap_or_default();
        anyhow::anyhow!(
            "{}:{line}: no purpose and no code of a vocabulary is called {:?}; see `cashline catalogue taxonomy`",
            path.display(),
            unknown.label
        )
    })?;
    Ok(if format == "json" { to_json(&measured, &lines)? } else { in_tables(&measured, &lines) })
}

/// Labelled texts and the line of each.
fn read(path: &Path) -> Result<(Vec<Labelled>, Vec<u64>)> {
    // What the user named cannot be used: usage, not a failure of the system.
    let reader = csv::Reader::from_path(path);
    let mut reader = reader.map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", path.display()))?;
    let header =
        reader.headers().map_err(|error| anyhow::anyhow!("{} has no header: {error}", path.display()))?.clone();
    let column = |name: &str| header.iter().position(|found| found == name);
    let needed = |name: &str| {
        column(name).with_context(|| {
            format!("{} has no column {name}; it needs description, amount_minor, label", path.display())
        })
    };
    let (description, amount, label) = (needed("description")?, needed("amount_minor")?, needed("label")?);
    let account = column("account");
    let (mut texts, mut lines) = (vec![], vec![]);
    for record in reader.records() {
        let record = record.map_err(|error| anyhow::anyhow!("{} is no CSV: {error}", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let Ok(amount) = cell(amount).parse::<i64>() else {
            bail!("{}:{line}: amount_minor is no integer of minor units", path.display());
        };
        let kind = account.map_or("", cell);
        let known = ACCOUNTS.iter().find(|one| one.0 == kind || kind.is_empty()).map(|one| one.1);
        let Some(account) = known else {
            let names: Vec<&str> = ACCOUNTS.iter().map(|one| one.0).collect();
            bail!("{}:{line}: no kind of account is called {kind:?}; kinds are {}", path.display(), names.join(", "));
        };
        let account: AccountCategory = account;
        let description = record.get(description).unwrap_or_default().to_owned();
        texts.push(Labelled { description, amount, account, label: cell(label).to_owned() });
        lines.push(line);
    }
    if texts.is_empty() {
        bail!("{} holds no labelled text", path.display());
    }
    Ok((texts, lines))
}

fn in_tables(measured: &Accuracy, lines: &[u64]) -> String {
    let mut page = format!(
        "{} texts, {} with the right label, macro F1 {}\n",
        measured.texts,
        shown(measured.hit_rate()),
        shown(measured.macro_f1())
    );
    page += &format!(
        "\nClasses that move credit; >= is the lower end of the 95 % Wilson interval\n{}\n",
        table(&measured.classes)
    );
    page += &format!("\nLabels\n{}\n", table(&measured.labels));
    let mut pairs: BTreeMap<(&str, &str, &str), Vec<u64>> = BTreeMap::new();
    for one in &measured.confusions {
        let at = lines.get(one.at).copied().unwrap_or_default();
        pairs.entry((&one.expected, &one.found, &one.rule)).or_default().push(at);
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(_, at)| std::cmp::Reverse(at.len()));
    let left = pairs.len().saturating_sub(CONFUSIONS_SHOWN);
    let rows = pairs.into_iter().take(CONFUSIONS_SHOWN).map(|((expected, found, rule), at)| {
        let places: Vec<String> = at.iter().take(5).map(u64::to_string).collect();
        let more = if places.len() < at.len() { ", …" } else { "" };
        let rule = if rule.is_empty() { "no rule" } else { rule };
        let [expected, found, rule] = [expected, found, rule].map(str::to_owned);
        vec![expected, found, rule, at.len().to_string(), format!("{}{more}", places.join(", "))]
    });
    let header = ["label", "found instead", "by", "texts", "lines"];
    page += &format!("\nConfusions\n{}\n", screen::table(&header, &[3], rows));
    if 0 < left {
        let _ = writeln!(page, "and {left} more kinds; --format json lists all");
    }
    page
}

fn table(counts: &BTreeMap<String, Counts>) -> String {
    let rows = counts.iter().map(|(name, one)| {
        let [precision, recall] = one.lower_bounds().map(shown);
        vec![
            name.clone(),
            one.positives().to_string(),
            shown(one.precision()),
            precision,
            shown(one.recall()),
            recall,
            shown(one.f1()),
        ]
    });
    screen::table(&["name", "positives", "precision", ">=", "recall", ">=", "F1"], &[1, 2, 3, 4, 5, 6], rows)
}

fn shown(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"))
}

fn to_json(measured: &Accuracy, lines: &[u64]) -> Result<String> {
    let counts = |one: &Counts| -> Value {
        let [precision, recall] = one.lower_bounds();
        json!({
            "hits": one.hits, "missed": one.missed, "false_alarms": one.false_alarms,
            "precision": one.precision(), "precision_lower": precision,
            "recall": one.recall(), "recall_lower": recall, "f1": one.f1(),
        })
    };
    let of = |map: &BTreeMap<String, Counts>| -> BTreeMap<String, Value> {
        map.iter().map(|(name, one)| (name.clone(), counts(one))).collect()
    };
    let confusions = measured
        .confusions
        .iter()
        .map(|one| json!({ "line": lines.get(one.at), "label": one.expected, "found": one.found, "rule": one.rule }));
    let all = json!({
        "texts": measured.texts,
        "hit_rate": measured.hit_rate(),
        "macro_f1": measured.macro_f1(),
        "classes": of(&measured.classes),
        "labels": of(&measured.labels),
        "confusions": confusions.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

/// What is wrong with the rules, a line each, and the exit code.
pub(super) fn faults(categoriser: &Categoriser) -> (String, u8) {
    let findings = audit(categoriser);
    let mut page: String = findings.iter().map(|one| format!("{one}\n")).collect();
    let rules = categoriser.rules().count();
    let _ = writeln!(page, "{rules} rules, {} faults", findings.len());
    (page, u8::from(!findings.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    #[test]
    fn a_page_counts_by_class_and_names_lines_but_no_texts() {
        let text = "description,amount_minor,label\nACME CORP PAYROLL PPD,120000,income_salary\n\
                    ZZYZX QWV,-500,rent\nNSF FEE,-3500,nsf\n";
        let page = page(&Categoriser::builtin(), file(text).path(), "table").expect("valid");
        assert!(page.starts_with("3 texts, 0.667 with the right label"), "{page}");
        assert!(page.contains("payroll") && page.contains("no rule      1  3"), "{page}");
        assert!(!page.contains("ZZYZX"), "{page}");
    }

    #[test]
    fn a_label_that_nobody_knows_and_a_missing_column_are_refused_by_name() {
        let categoriser = Categoriser::builtin();
        let unknown = file("description,amount_minor,label\nA,1,no_such\n");
        let error = page(&categoriser, unknown.path(), "table").expect_err("unknown label").to_string();
        assert!(error.contains(":2: ") && error.contains("no_such"), "{error}");
        let error = page(&categoriser, file("description,label\nA,rent\n").path(), "table").expect_err("no amount");
        assert!(error.to_string().contains("amount_minor"), "{error}");
    }
}
