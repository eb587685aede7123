//! `cashline payouts EXPORT... --claims FILE`: will a payout to an account fail, or reach somebody else.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::ownership::{self, Asked};
use crate::{
    identity::{
        payouts::payouts,
        rules::{DEFAULT, Level, Rules},
        tables,
        weigh::weigh,
    },
    load::text,
};

pub(super) fn parser() -> Command {
    let about = "Judge by rules whether payouts to linked accounts may fail or reach somebody else";
    ownership::flags(Command::new("payouts").about(about))
        .arg(
            Arg::new("rules")
                .long("rules")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Rules in TOML; default: those shipped (data/payouts.toml)"),
        )
        .after_help(
            "Judged are the accounts of connected accounts (acct_…) and of applicants with a claim. The default rules are \
             a reviewer's judgement, not fitted to failed payouts.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Result<u8> {
    let rules = match matches.get_one::<PathBuf>("rules") {
        Some(path) => Rules::parse(&text(path)?).with_context(|| path.display().to_string())?,
        None => Rules::parse(DEFAULT).context("the shipped rules: a defect of this build")?,
    };
    let asked = Asked::of(matches)?;
    let comparison = weigh(&asked.claims, &asked.identities);
    let found = asked.signals(&comparison);
    let judged = payouts(&rules, &asked.claims, &asked.identities, &comparison, &found, asked.as_of);
    let mut counts = asked.counts(&comparison, &found);
    for level in [Level::Low, Level::Medium, Level::High] {
        counts.levels.insert(level.code(), judged.iter().filter(|one| one.level == level).count() as u64);
    }
    let mut head = format!(
        "{} accounts judged by {} {}: {} low, {} medium, {} high",
        judged.len(),
        rules.name,
        rules.version,
        counts.levels["low"],
        counts.levels["medium"],
        counts.levels["high"]
    );
    for rule in &rules.rules {
        let count = judged.iter().filter(|one| one.reasons.iter().any(|held| held.code == rule.code)).count();
        if count != 0 {
            head += &format!("\n  {count} {}: {}", rule.code, rule.text);
        }
    }
    asked.write(&tables::payouts(&judged), &found, &counts, &head)?;
    Ok(0)
}
