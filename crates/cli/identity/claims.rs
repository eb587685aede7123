//! What applications say about whose account it is: a table with one row an applicant, or one an applicant and application.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, bail};
use cashline_identity::Claim;
use cashline_io::plain::PlainTable;

/// Columns that a claim may be made of, in the order in which the parts of an address are joined.
const ADDRESS: [&str; 5] = ["address_line1", "line2", "city", "state", "postal_code"];
const LINE2: &str = "address_line2";

/// Claims by applicant, then application; an applicant's claim for all applications has none.
pub(crate) type Claims = BTreeMap<(String, Option<String>), Claim>;

/// Reads claims from CSV or Parquet.
///
/// # Errors
///
/// No `applicant_id`, nothing to compare, an empty or repeated id: by row and column, never by value.
pub(crate) fn claims(path: &Path) -> Result<Claims> {
    let table = PlainTable::read(path)?;
    let shown = path.display();
    let columns: Vec<&str> = ["name", "email", "phone", "address", "address_line1"]
        .into_iter()
        .filter(|name| table.texts(name).is_some())
        .collect();
    if columns.is_empty() {
        bail!("{shown}: holds nothing to compare; it needs `name`, `email`, `phone` or `address`");
    }
    let applicants = table.wanted("applicant_id")?;
    let applications = table.texts("application_id");
    let business = table.texts("business").map(|_| table.flags("business")).transpose()?;
    let text = |name: &str, row: usize| {
        let cell = table.texts(name)?[row].as_deref()?.trim();
        (!cell.is_empty()).then(|| cell.to_owned())
    };
    let mut claims = Claims::new();
    for (row, applicant) in applicants.iter().enumerate() {
        let Some(applicant) = applicant.as_deref().map(str::trim).filter(|id| !id.is_empty()) else {
            bail!("{shown}: row {}, column `applicant_id`: is empty", row + 1);
        };
        let claim = Claim {
            name: text("name", row),
            business: business.as_ref().and_then(|flags| flags[row]),
            email: text("email", row),
            phone: text("phone", row),
            address: text("address", row).or_else(|| joined(&text, row)),
        };
        let application = applications.and_then(|_| text("application_id", row));
        if claims.insert((applicant.to_owned(), application), claim).is_some() {
            bail!("{shown}: row {}: a second claim of the same applicant and application; keep one", row + 1);
        }
    }
    Ok(claims)
}

/// An address from its parts.
fn joined(text: &impl Fn(&str, usize) -> Option<String>, row: usize) -> Option<String> {
    let parts = ADDRESS.iter().filter_map(|name| {
        let also = if *name == "line2" { text(LINE2, row) } else { None };
        also.or_else(|| text(name, row))
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
