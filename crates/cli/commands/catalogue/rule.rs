//! `cashline catalogue rules --explain TEXT`: which rule decides what a transaction is, and why the others do not.

use anyhow::{Result, bail};
use cashline_core::{
    category::{ach::Sec, categoriser::Categoriser, label::RuleId},
    row::AccountCategory,
};

use crate::screen;

/// What may stand behind `--account`.
pub(super) const ACCOUNTS: &[(&str, AccountCategory)] = &[
    ("cash", AccountCategory::Cash),
    ("credit", AccountCategory::Credit),
    ("investment", AccountCategory::Investment),
    ("other", AccountCategory::Other),
];

/// The explanation for an amount, or for one in each direction when none is given.
pub(super) fn page(categoriser: &Categoriser, text: &str, amount: Option<i64>, account: &str) -> Result<String> {
    let Some((_, account)) = ACCOUNTS.iter().find(|one| one.0 == account) else { bail!("unknown kind of account") };
    let amounts = amount.map_or_else(|| vec![-100, 100], |amount| vec![amount]);
    let pages: Vec<String> = amounts.iter().map(|amount| one(categoriser, text, *amount, *account)).collect();
    Ok(pages.join("\n"))
}

fn one(categoriser: &Categoriser, text: &str, amount: i64, account: AccountCategory) -> String {
    let explanation = categoriser.explain(text, amount, account);
    let (taxonomy, label) = (categoriser.taxonomy(), explanation.label);
    let name = |names: &[String], at: u8| names.get(usize::from(at)).cloned().unwrap_or_default();
    let direction = match amount {
        0 => "no direction, so no rule",
        1.. => "money in",
        _ => "money out",
    };
    let decided = match categoriser.rule(label.rule) {
        Some(rule) if label.rule != RuleId::NONE => format!("{}, {} % sure", rule.id, label.confidence),
        _ => "no rule knew the text".to_owned(),
    };
    let facts = [
        ("text as rules see it", explanation.normalised.clone()),
        ("amount", format!("{amount} minor units, {direction}")),
        ("purpose", taxonomy.info(label.purpose).name.clone()),
        ("how it moved", name(taxonomy.instruments(), label.instrument.0)),
        ("other side", name(taxonomy.roles(), label.role.0)),
        ("decided by", decided),
        ("merchant", explanation.merchant.name.clone()),
        ("merchant's key", explanation.merchant.key.clone()),
        ("ACH class", explanation.sec.map_or("", Sec::code).to_owned()),
        ("ACH entry", explanation.entry.clone().unwrap_or_default()),
    ];
    let mut page = String::new();
    for (name, value) in facts.into_iter().filter(|fact| !fact.1.is_empty()) {
        page += &format!("{name:<21} {value}\n");
    }
    let rows: Vec<Vec<String>> = explanation
        .considered
        .iter()
        .filter_map(|one| {
            let rule = categoriser.rule(one.rule)?;
            let place = format!("{}:{}", rule.file, rule.line);
            Some(vec![rule.id.clone(), one.literal.clone(), screen::word(&one.verdict).replace('_', " "), place])
        })
        .collect();
    if !rows.is_empty() {
        page +=
            &format!("\n{}\n", screen::table(&["rule", "found in the text", "what became of it", "where"], &[], rows));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_changes_what_a_text_means_and_the_page_says_why() {
        let categoriser = Categoriser::builtin();
        let page = page(&categoriser, "ACME CORP DES:PAYROLL PPD", None, "cash").expect("known account");
        let (out, inn) = page.split_once("money in").expect("both directions");
        assert!(out.contains("wrong direction"), "{page}");
        assert!(inn.contains("income_salary") && inn.contains("decided by            payroll"), "{page}");
        assert!(inn.contains("merchant              Acme\nmerchant's key        ACME\n"), "{page}");
        assert!(inn.contains("ACH class             PPD\nACH entry             PAYROLL\n"), "{page}");
    }
}
