//! The auditor's part of the model card: what the file says about purpose, data and evidence, and what it leaves unsaid.

use std::fmt::Write as _;

use cashline_core::model::{
    Model,
    calibration::Calibration,
    document::{Documentation, Figure, Validation, ValidationKind},
    file::{ModelFile, ScoreBasis},
    trees::file::Monotone,
};

use super::cell;

const NOT_SAID: &str = "The model file does not say.";

pub(super) fn purpose(file: &ModelFile) -> String {
    let said = file.documentation.as_ref();
    let mut page = "\n## Purpose\n\n".to_owned();
    let _ = writeln!(page, "{}\n", said.map_or(NOT_SAID, |said| said.purpose.as_str()));
    let of = |text: Option<&String>| text.map_or("not stated".to_owned(), Clone::clone);
    let owner = of(said.and_then(|said| said.owner.as_ref()));
    let materiality = of(said.and_then(|said| said.materiality.as_ref()));
    let _ = writeln!(page, "Owner: {owner}. Materiality: {materiality}.");
    page += "\n### Not to be used for\n\n";
    page += &list(said.map(|said| said.non_uses.as_slice()));
    page += "\n### Limits\n\n";
    page += &list(said.map(|said| said.limits.as_slice()));
    page
}

fn list(items: Option<&[String]>) -> String {
    match items {
        None | Some([]) => format!("{NOT_SAID}\n"),
        Some(items) => items.iter().map(|item| format!("- {item}\n")).collect(),
    }
}

pub(super) fn development(file: &ModelFile) -> String {
    let mut page = "\n## Development sample\n\n".to_owned();
    let sample = file.documentation.as_ref().and_then(|said| said.development.as_ref());
    let Some(sample) = sample else {
        page += match file.score_basis {
            ScoreBasis::ExpertUncalibrated => {
                "None: the points were set by judgement. Each characteristic names its source.\n"
            }
            ScoreBasis::FittedUncalibrated | ScoreBasis::FittedCalibrated => {
                "The model file does not say, though it was fitted.\n"
            }
        };
        return page;
    };
    let whose = if sample.own_applicants { "the lender's own" } else { "pooled or another lender's" };
    page += &table(&[
        ("source", sample.source.clone()),
        ("applicants", whose.to_owned()),
        ("applied", format!("{} to {}", sample.first_day, sample.last_day)),
        ("bad outcome", sample.bad.clone()),
        ("goods", sample.goods.to_string()),
        ("bads", sample.bads.to_string()),
        ("indeterminate, not fitted", sample.indeterminates.to_string()),
        ("excluded", sample.excluded.to_string()),
        ("method", sample.method.clone()),
    ]);
    page
}

fn table(rows: &[(&str, String)]) -> String {
    let mut page = "| fact | value |\n| --- | --- |\n".to_owned();
    for (name, value) in rows {
        let _ = writeln!(page, "| {name} | {} |", cell(value));
    }
    page
}

pub(super) fn calibration(file: &ModelFile) -> String {
    let mut page = "\n## Calibration\n\n".to_owned();
    let Some(calibration) = &file.calibration else {
        page += "None: no probability may be read from the score.\n";
        return page;
    };
    let curve = match calibration {
        Calibration::Logistic { intercept, slope, .. } => {
            format!("p(bad) = 1 / (1 + exp(-({intercept} + {slope} · score)))")
        }
        Calibration::Steps { from, .. } => format!("{} steps, falling with the score", from.len()),
    };
    let sample = calibration.sample();
    page += &table(&[
        ("curve", curve),
        ("applicants", sample.applicants.to_string()),
        ("bads", sample.bads.to_string()),
        ("window", sample.window.clone()),
        ("method", sample.method.clone()),
    ]);
    page
}

pub(super) fn segments(model: &Model) -> String {
    let Model::Segmented(model) = model else { return String::new() };
    let mut page = "\n## Segments\n\nThe first segment whose conditions all hold scores an application.\n\n".to_owned();
    page += "| segment | when | why |\n| --- | --- | --- |\n";
    for (segment, written) in model.segments().iter().zip(&model.file().segments) {
        let words: Vec<String> = segment.conditions().iter().map(|when| when.words()).collect();
        let when = if words.is_empty() { "every other application".to_owned() } else { words.join("; and ") };
        let _ = writeln!(page, "| `{}` | {} | {} |", segment.name, cell(&when), cell(&written.rationale));
    }
    page
}

pub(super) fn trees(model: &Model) -> String {
    let (Model::Trees(_), Some(trees)) = (model, &model.file().trees) else { return String::new() };
    let nodes: usize = trees.tree.iter().map(|tree| tree.input.len()).sum();
    let leaves: usize = trees.tree.iter().flat_map(|tree| &tree.input).filter(|input| **input < 0).count();
    let mut page =
        "\n## Trees\n\nAn ensemble has no bins: what a value adds depends on all others. Points are TreeSHAP \
                    contributions against the expectation over the training sample, whole, and add up to the score.\n\n"
            .to_owned();
    page += &table(&[
        ("made by", trees.source.clone()),
        ("trees", trees.tree.len().to_string()),
        ("splits and leaves", format!("{} and {leaves}", nodes - leaves)),
        ("margin before any tree", trees.base_margin.to_string()),
        ("log-odds of bad a unit of the margin", trees.log_odds_per_margin.to_string()),
        ("reason for missing values that cost points", format!("`{}`", trees.missing_reason)),
    ]);
    page += "\n| input | splits on it | constraint | reason |\n| --- | ---: | --- | --- |\n";
    for (at, one) in trees.inputs.iter().enumerate() {
        let is_at = |input: &&i32| usize::try_from(**input) == Ok(at);
        let splits = trees.tree.iter().flat_map(|tree| &tree.input).filter(is_at).count();
        let constraint = match one.monotone {
            Some(Monotone::RiskRises) => "the more, the riskier",
            Some(Monotone::RiskFalls) => "the more, the safer",
            None => "none stated",
        };
        let reason = one.reason.as_deref().unwrap_or("the attribute's own");
        let _ = writeln!(page, "| `{}` | {splits} | {constraint} | {reason} |", one.attribute);
    }
    page
}

pub(super) fn validation(file: &ModelFile) -> String {
    let mut page = "\n## Validation\n\n".to_owned();
    if file.validation.is_empty() {
        page += "The model file holds no figure.\n";
        return page;
    }
    page +=
        "| sample | applicants | bads | figure | value | 95 % interval |\n| --- | ---: | ---: | --- | ---: | --- |\n";
    for one in &file.validation {
        for (name, figure) in &one.figures {
            let _ = writeln!(
                page,
                "| {}: {} | {} | {} | {name} | {:.4} | {} |",
                one.kind.code(),
                cell(&one.sample),
                one.applicants,
                one.bads,
                figure.value,
                interval(figure)
            );
        }
    }
    page
}

fn interval(figure: &Figure) -> String {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) => format!("{low:.4} to {high:.4}"),
        _ => "not stated".to_owned(),
    }
}

/// A criterion of 12 CFR 1002.2(p)(1), and what the file has to show for it: `Ok` where it is met, `Err` what is missing.
struct Criterion {
    paragraph: &'static str,
    words: &'static str,
    evidence: Result<String, String>,
}

fn criteria(file: &ModelFile) -> [Criterion; 4] {
    let said = file.documentation.as_ref();
    [
        Criterion {
            paragraph: "(i)",
            words: "based on an empirical comparison of creditworthy and noncreditworthy applicants of a reasonable preceding \
                    period",
            evidence: comparison(file, said),
        },
        Criterion {
            paragraph: "(ii)",
            words: "developed to evaluate creditworthiness with respect to the legitimate business interests of the creditor",
            evidence: match said {
                Some(said) => Ok(format!("purpose: {}", said.purpose)),
                None => Err("the file states no purpose (`documentation.purpose`)".to_owned()),
            },
        },
        Criterion {
            paragraph: "(iii)",
            words: "developed and validated using accepted statistical principles and methodology",
            evidence: validated(file, said),
        },
        Criterion {
            paragraph: "(iv)",
            words: "periodically revalidated and adjusted as necessary to maintain predictive ability",
            evidence: revalidated(file),
        },
    ]
}

fn comparison(file: &ModelFile, said: Option<&Documentation>) -> Result<String, String> {
    if file.score_basis == ScoreBasis::ExpertUncalibrated {
        return Err("points set by judgement; no applicants were compared".to_owned());
    }
    let sample = said.and_then(|said| said.development.as_ref());
    let sample = sample.ok_or("the file states no development sample (`documentation.development`)")?;
    Ok(format!(
        "{} goods and {} bads who applied from {} to {}",
        sample.goods, sample.bads, sample.first_day, sample.last_day
    ))
}

fn validated(file: &ModelFile, said: Option<&Documentation>) -> Result<String, String> {
    if file.score_basis == ScoreBasis::ExpertUncalibrated {
        return Err("points set by judgement; no statistical method developed them".to_owned());
    }
    let method = said.and_then(|said| said.development.as_ref()).map(|sample| sample.method.as_str());
    let method = method.ok_or("the file states no method of development (`documentation.development`)")?;
    let first = file.validation.iter().find(|one| one.kind != ValidationKind::Revalidation && !one.figures.is_empty());
    let first = first.ok_or("no figure of applicants that the fit did not see (`validation`)")?;
    Ok(format!("{method}; {} figures on {}", first.figures.len(), first.sample))
}

fn revalidated(file: &ModelFile) -> Result<String, String> {
    let is_again = |one: &&Validation| one.kind == ValidationKind::Revalidation && !one.figures.is_empty();
    let due = file.validation.iter().rev().find_map(|one| one.repeat_by.as_deref());
    let due = due.map_or("no date is set for the next".to_owned(), |day| format!("the next is due by {day}"));
    match file.validation.iter().rev().find(is_again) {
        Some(last) => Ok(format!("last on {}; {due}", last.sample)),
        None => Err(format!("not yet revalidated in use; {due}")),
    }
}

pub(super) fn regulation_b(file: &ModelFile) -> String {
    let mut page = "\n## Regulation B, 12 CFR 1002.2(p)(1)\n\n".to_owned();
    page += "What the model file shows for each criterion of an empirically derived, demonstrably and statistically sound \
             credit scoring system. Whether it suffices is for the creditor to judge; this page is no legal opinion.\n\n";
    page += "| criterion | met | where |\n| --- | --- | --- |\n";
    let criteria = criteria(file);
    for one in &criteria {
        let (met, place) = match &one.evidence {
            Ok(place) => ("stated", place),
            Err(lacking) => ("NOT met", lacking),
        };
        let _ = writeln!(page, "| {} {} | {met} | {} |", one.paragraph, one.words, cell(place));
    }
    let is_sound = criteria.iter().all(|one| one.evidence.is_ok());
    page += if is_sound {
        "\nThe file states what all four criteria ask for.\n"
    } else if file.score_basis == ScoreBasis::ExpertUncalibrated {
        "\nAn expert card is a judgmental system (12 CFR 1002.2(t)). It may not use age as a predictive factor (1002.6(b)(2)), \
         and it reads none.\n"
    } else {
        "\nUntil all four criteria are met this is a judgmental system (12 CFR 1002.2(t)), which may not use age as a \
         predictive factor (1002.6(b)(2)); it reads none.\n"
    };
    let pooled = file.documentation.as_ref().and_then(|said| said.development.as_ref());
    if pooled.is_some_and(|sample| !sample.own_applicants) {
        page += "\nDeveloped on applicants of others: the creditor validates it on its own when it has them (1002.2(p)(2)).\n";
    }
    page
}
