//! What is said of a fit: on the page and on the screen.

use std::{io::Write as _, path::Path};

use anyhow::Result;
use cashline_lab::{
    development::{Developed, Fitted},
    metrics::{self, Change, Inverted},
    report::{self, Report},
    scorecard::Route,
    validate::Against,
};

use super::Done;
use crate::{
    develop as sample,
    screen::{self, fixed},
};

/// The report.
pub(super) fn page(done: &Done<'_>) -> Report {
    let Done { developed, development, against, model_id, window_days, .. } = done;
    let (fitted, name) = (&developed.fitted, developed.fitted.name());
    let header = &fitted.recipe().header;
    let counts = &development.counts;
    let facts = [
        ("Model", format!("{name} {}", header.version)),
        ("Model id", (*model_id).clone()),
        ("Learnt from", format!("{} applications, {} bad", fitted.sample().rows, fitted.sample().bad_rows)),
        ("Kept apart", format!("{} applications{}", developed.split.test.len(), left_out(developed))),
        (
            "Export",
            format!(
                "{} applications, {} scored, {} rows set aside",
                counts.applications, counts.scored, counts.defects
            ),
        ),
        ("Outcomes left out", counts.outcomes.left_out()),
    ];
    let late = counts.outcomes.late(*window_days).map(|late| ("Bad outcomes", late));
    let undated = counts.outcomes.undated(*window_days).map(|undated| ("Outcomes used", undated));
    let not_compared = done.not_compared.iter().map(|why| ("Comparison", why.clone()));
    let horizon = assumed(done).map(|said| ("Horizon", said));
    let failed = counts.gates.iter().filter(|gate| !gate.passed);
    let failed = failed.map(|gate| ("Gate failed", screen::gate(gate)));
    let upside_down = upside_down(done).into_iter().map(|(_, said)| ("Ranks upside down", said));
    let against_risk = done.against_risk.iter().map(|said| ("Against risk", said.clone()));
    let mut sections = report::cross(&developed.cross);
    if let Some(tried) = &developed.tried {
        sections.extend(report::validation(tried, "On applications kept apart"));
    }
    if let Fitted::Segments(cards) = fitted {
        sections.extend(report::segments(cards));
        sections.extend(report::parts(&developed.by_segment, "segment"));
    }
    sections.extend(report::by_group(&developed.by_group));
    for (name, found) in against {
        sections.extend(beside(found, &format!("{name}{}", out_of_fold(developed))));
    }
    for (segment, card) in fitted.cards() {
        sections.extend(headed(report::card(card), segment));
    }
    sections.extend(report::validation(&developed.learnt, "On the applications learnt from"));
    Report {
        title: format!("{name}: development"),
        subtitle: header.target.clone(),
        facts: facts
            .into_iter()
            .chain(late)
            .chain(undated)
            .chain(horizon)
            .chain(not_compared)
            .chain(failed)
            .chain(upside_down)
            .chain(against_risk)
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        sections,
    }
}

/// Where the model ranks worse than a coin on rows that it had not seen, and whether beyond chance: out of fold, on the rows kept
/// apart, in a segment, on a group; and which score that it is held against does beyond chance, as outcomes the other way round
/// would have it.
fn upside_down(done: &Done<'_>) -> Vec<(bool, String)> {
    let developed = &done.developed;
    let said = |of: &str, found: &Inverted| (found.beyond_chance, format!("{of}: {}", found.text));
    let cross = developed.cross.upside_down.as_ref().map(|one| said("out of fold", one));
    let tried = developed.tried.as_ref().and_then(|tried| tried.upside_down.as_ref());
    let tried = tried.map(|one| said("on applications kept apart", one));
    let segments = developed.by_segment.iter().filter_map(sample::upside_down).map(|said| (true, said));
    let groups = developed.by_group.iter().filter_map(|one| {
        let found = Inverted::of(one.auc.as_ref()?).filter(|found| found.beyond_chance)?;
        Some((false, format!("learnt without {}, on it: {}", one.group, found.text)))
    });
    let incumbents = done.against.iter().filter_map(|(name, found)| {
        let found = Inverted::of(&found.auc.second).filter(|found| found.beyond_chance)?;
        Some((
            true,
            format!("{name}, beside it: {}; are the outcomes coded the other way round (1 is bad)?", found.text),
        ))
    });
    cross.into_iter().chain(tried).chain(segments).chain(groups).chain(incumbents).collect()
}

/// That a horizon stands in the model that nobody stated.
fn assumed(done: &Done<'_>) -> Option<String> {
    let days = done.horizon_assumed?;
    Some(format!("{days} days: assumed; state it with --window or header.horizon_days of a recipe"))
}

/// Applications that are neither learnt from nor tried; nothing without any.
fn left_out(developed: &Developed) -> String {
    match developed.split.left_out.len() {
        0 => String::new(),
        count => format!(" ({count} more left out, of applicants learnt from)"),
    }
}

/// What a comparison was made on when no rows were kept apart.
fn out_of_fold(developed: &Developed) -> &'static str {
    if developed.split.test.is_empty() { ", out of fold" } else { "" }
}

/// A card's sections under its segment's name.
fn headed(mut sections: Vec<report::Section>, segment: Option<&str>) -> Vec<report::Section> {
    if let Some(segment) = segment {
        sections.iter_mut().for_each(|section| section.heading = format!("{segment}: {}", section.heading));
    }
    sections
}

/// The comparison's sections under the incumbent's name.
pub(in crate::commands) fn beside(found: &Against, name: &str) -> Vec<report::Section> {
    let mut sections = report::against(found);
    for section in &mut sections {
        let rest = section.heading.rsplit_once(": ").map_or(section.heading.as_str(), |(_, rest)| rest);
        section.heading = format!("Against {name}: {rest}");
    }
    sections
}

/// What may not be as whoever fits it thinks.
fn noted(done: &Done<'_>) -> String {
    let counts = &done.development.counts;
    let mut text = format!(
        "{} of {} applications scored, {} rows set aside; outcomes left out: {}\n",
        counts.scored,
        counts.applications,
        counts.defects,
        counts.outcomes.left_out()
    );
    let late = counts.outcomes.late(done.window_days).map(|late| format!("of the bad outcomes {late}\n"));
    let undated = counts.outcomes.undated(done.window_days).map(|undated| format!("{undated}\n"));
    late.into_iter().chain(undated).for_each(|line| text.push_str(&line));
    for gate in counts.gates.iter().filter(|gate| !gate.passed) {
        text.push_str(&format!("gate failed: {}\n", screen::gate(gate)));
    }
    if let Some(weighted) = done.developed.fitted.sample().weighted() {
        text.push_str(&format!("{weighted}\n"));
    }
    assumed(done).iter().for_each(|said| text.push_str(&format!("horizon of {said}\n")));
    done.not_compared.iter().for_each(|why| text.push_str(&format!("{why}\n")));
    done.against_risk.iter().for_each(|said| text.push_str(&format!("mind: {said}\n")));
    for name in &done.unlisted {
        text.push_str(&format!("{name} is no candidate: list it under [[extra_columns]] of a recipe (fit --help)\n"));
    }
    text
}

/// On the screen; the exit code.
pub(super) fn tell(done: &Done<'_>, dir: &Path) -> Result<u8> {
    let Done { developed, against, model_id, .. } = done;
    let mut out = screen::stdout();
    out.write_all(noted(done).as_bytes())?;
    for (segment, card) in developed.fitted.cards() {
        let of = segment.map_or_else(String::new, |name| format!("{name}: "));
        let (summary, chosen) = (&card.sample, &card.selection.chosen);
        let (rows, bads) = (summary.rows, summary.bad_rows);
        writeln!(out, "{of}{} characteristics from {rows} applications, {bads} bad", chosen.len())?;
        let points = card.points();
        for ((one, slope), points) in
            card.characteristics.iter().zip(&card.fit.coefficients).zip(&points.characteristics)
        {
            let (name, iv, bins) = (&one.binned.name, fixed(Some(one.binned.iv()), 3), one.binned.bins.len());
            // Where points were fitted bin by bin, the slope and its p decide nothing.
            let worth = match card.bin_effects {
                Some(_) => {
                    let whole = points.whole();
                    let of = &whole[..bins.min(whole.len())];
                    let (least, most) = (of.iter().min().copied().unwrap_or(0), of.iter().max().copied().unwrap_or(0));
                    format!("points from {least} to {most}")
                }
                None => format!("p {:.1e}", slope.p),
            };
            writeln!(out, "  {name}: IV {iv}, {bins} bins, {worth}")?;
        }
    }
    if let Fitted::Segments(cards) = &developed.fitted {
        for Route { segment, card, why, .. } in cards.routes.iter().filter(|route| route.card != route.segment) {
            writeln!(out, "{segment}: the card of {card} ({})", why.as_deref().unwrap_or_default())?;
        }
    }
    let cross = &developed.cross;
    let shown = |value: f64, lower: f64, upper: f64| {
        format!("{} ({} to {})", fixed(Some(value), 3), fixed(Some(lower), 3), fixed(Some(upper), 3))
    };
    writeln!(
        out,
        "AUC, everything inside the fold, {} x {}: {}",
        cross.repeats,
        cross.k,
        shown(cross.auc.value, cross.auc.lower, cross.auc.upper)
    )?;
    if let Some(tried) = &developed.tried {
        let of = |name: &str| {
            let found = tried.measures.iter().find(|one| one.name == name);
            let value = found.and_then(|one| one.estimate).map(|one| one.value);
            match (value, found.and_then(metrics::Measured::ends)) {
                (Some(value), Some((lower, upper))) => shown(value, lower, upper),
                (value, _) => fixed(value, 3),
            }
        };
        let more = left_out(developed);
        writeln!(out, "on {} applications kept apart, {} bad{more}: AUC {}", tried.n, tried.bads, of("auc"))?;
        writeln!(out, "  KS {}, calibration slope {}", of("ks"), of("calibration_slope"))?;
    }
    for part in &developed.by_segment {
        let auc = part.auc.map_or("-".to_owned(), |auc| shown(auc.value, auc.lower, auc.upper));
        let (rate, expected) = (fixed(Some(part.bad_rate.value), 4), fixed(part.expected, 4));
        writeln!(
            out,
            "  {}: {} applications, {} bad, AUC {auc}, bad rate {rate}, expected {expected}",
            part.name, part.rows, part.bads
        )?;
    }
    for one in &developed.by_group {
        let auc = one.auc.map_or("-".to_owned(), |auc| shown(auc.value, auc.lower, auc.upper));
        let found = one.why.as_ref().map_or(format!("AUC {auc}"), |why| format!("no model: {why}"));
        let (group, rows, bads) = (&one.group, one.rows, one.bads);
        writeln!(out, "learnt without {group}, tried on its {rows} applications, {bads} bad: {found}")?;
    }
    for (name, found) in against {
        let auc = &found.auc;
        let Change { value, lower, upper } = auc.difference;
        let difference = match lower.zip(upper) {
            Some((lower, upper)) => shown(value, lower, upper),
            None => format!("{} (no interval: one row of a class, or no spread)", fixed(Some(value), 3)),
        };
        let (first, second) = (fixed(Some(auc.first.value), 3), fixed(Some(auc.second.value), 3));
        let on = out_of_fold(developed);
        writeln!(out, "against {name}{on}: AUC {first} and {second}, difference {difference}")?;
    }
    let upside_down = upside_down(done);
    for (beyond_chance, said) in &upside_down {
        writeln!(out, "{}{said}", if *beyond_chance { "gate failed: " } else { "mind: " })?;
    }
    writeln!(out, "model {} in {}", screen::short(model_id), dir.display())?;
    // The model is there; whether it may be used on such rows is for people to say.
    let failed = done.development.counts.gates.iter().any(|gate| !gate.passed);
    Ok(u8::from(failed || upside_down.iter().any(|(beyond_chance, _)| *beyond_chance)))
}
