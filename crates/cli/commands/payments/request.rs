//! The requests file.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Result, bail};
use cashline_core::{
    money::Currency,
    payment::{Request, Requests},
};
use cashline_io::plain::PlainTable;

/// What is asked, with the ids by which answers are told apart.
#[derive(Debug)]
pub(super) struct Asked {
    /// One a request: the file's, or the number of its row.
    pub(super) ids: Vec<String>,
    pub(super) requests: Requests,
}

impl Asked {
    /// Reads the file; the first cell that is not what its column promises refuses it.
    pub(super) fn read(path: &Path) -> Result<Asked> {
        let table = PlainTable::read(path)?;
        table.refuse_misspelt(&["account", "applicant_id", "amount_minor", "date", "request_id", "currency"], &[])?;
        let column = |name: &str| table.texts(name);
        let (accounts, applicants) = (column("account"), column("applicant_id"));
        if accounts.is_none() && applicants.is_none() {
            bail!("{}: holds neither `account` nor `applicant_id`; one of them is wanted", path.display());
        }
        let (amounts, days) = (table.wanted("amount_minor")?, table.days("date")?);
        let (given, currencies) = (column("request_id"), column("currency"));
        let cell = |cells: Option<&[Option<Box<str>>]>, at: usize| -> Option<String> {
            cells.and_then(|cells| cells[at].as_deref()).map(|text| table.copied(text.trim()).to_owned())
        };
        let (mut ids, mut list, mut seen) = (vec![], vec![], BTreeSet::new());
        for (at, day) in days.into_iter().enumerate() {
            let wrong =
                |column: &str, what: &str| format!("{}: row {}, column `{column}`: {what}", path.display(), at + 1);
            let Some(day) = day else { bail!(wrong("date", "is empty; a day such as 2026-11-22 is wanted")) };
            let amount = amounts[at].as_deref().and_then(|text| whole(text, table.is_csv()));
            let Some(amount) = amount else { bail!(wrong("amount_minor", "is no whole number of minor units")) };
            let (account, applicant) = (cell(accounts, at), cell(applicants, at));
            if account.is_none() && applicant.is_none() {
                bail!(wrong("account", "neither an account nor an applicant_id is given"));
            }
            let currency = cell(currencies, at).map(|text| Currency::parse(&text));
            if currency == Some(None) {
                bail!(wrong("currency", "is no three-letter currency code"));
            }
            let id = cell(given, at).unwrap_or_else(|| (at + 1).to_string());
            if !seen.insert(id.clone()) {
                bail!(wrong("request_id", "stands twice; give every request an id of its own"));
            }
            ids.push(id);
            list.push(Request { account, applicant, amount, day, currency: currency.flatten() });
        }
        Ok(Asked { ids, requests: Requests::new(list) })
    }
}

/// A whole number. `1550.0` of a text may well be major units, as `+1550` is nobody's minor ones; a Parquet column of doubles
/// ends every number so.
fn whole(text: &str, is_csv: bool) -> Option<i64> {
    let text = text.trim();
    let text = if is_csv { text } else { text.strip_suffix(".0").unwrap_or(text) };
    let is_number = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|amount| is_number && cashline_core::money::in_range(*amount))
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn a_point_or_a_plus_is_no_whole_number_of_minor_units_unless_a_typed_column_wrote_it() {
        assert_eq!(["1550", "-5", " 0 "].map(|text| whole(text, true)), [Some(1550), Some(-5), Some(0)]);
        for text in ["1550.0", "+1550", "15.50", "-", "", "1e3"] {
            assert_eq!(whole(text, true), None, "{text}");
        }
        assert_eq!(
            ["1550.0", "1550", "15.5", "+1550.0"].map(|text| whole(text, false)),
            [Some(1550), Some(1550), None, None]
        );
    }
}
