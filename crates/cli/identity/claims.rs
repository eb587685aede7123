//! What applications say about whose account it is: a table with one row an applicant, or one an applicant and application.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Result, anyhow, bail};
use cashline_identity::{Claim, is_placeholder};
use cashline_io::plain::PlainTable;

use super::shape::undotted;

/// Columns that a claim may be made of, in the order in which the parts of an address are joined.
const ADDRESS: [&str; 5] = ["address_line1", "line2", "city", "state", "postal_code"];
const LINE2: &str = "address_line2";

/// Every column that a claim may have.
const COLUMNS: [&str; 13] = [
    "application_id",
    "applicant_id",
    "name",
    "business",
    "email",
    "phone",
    "address",
    "address_line1",
    "line2",
    LINE2,
    "city",
    "state",
    "postal_code",
];

/// What other tables call them; parts of an address last, which nobody misses where it is whole, and of these last the ones that
/// are no address without its first line.
const OTHERS: [(&str, &str); 8] = [
    ("name", "full_name"),
    ("phone", "phone_number"),
    ("address_line1", "line1"),
    ("address_line1", "address1"),
    ("address_line1", "street"),
    (LINE2, "address2"),
    ("postal_code", "zip_code"),
    ("postal_code", "zip"),
];

/// Claims by applicant, then application; an applicant's claim for all applications has none.
pub(crate) type Claims = BTreeMap<(String, Option<String>), Claim>;

/// Reads claims from CSV or Parquet. A claim that names its application alone is its only applicant's, by the table of
/// applications.
///
/// # Errors
///
/// Nothing to compare, a claim of nobody, of an application that is not in the table or has several applicants, a repeated one:
/// by row and column, never by value.
pub(crate) fn claims(path: &Path, applications: Option<&PlainTable>) -> Result<Claims> {
    let table = PlainTable::read(path)?;
    let mut own = COLUMNS.to_vec();
    let others = match (table.texts("address"), table.texts("address_line1")) {
        (Some(_), _) => &OTHERS[..2],
        (None, Some(_)) => &OTHERS[..],
        (None, None) => {
            // By its letters it is nearly `address`, which it is not.
            own.extend(table.names().iter().map(String::as_str).filter(|name| is_second_line(name)));
            &OTHERS[..5]
        }
    };
    table.refuse_misspelt(&own, others)?;
    let shown = path.display();
    let columns: Vec<&str> = ["name", "email", "phone", "address", "address_line1"]
        .into_iter()
        .filter(|name| table.texts(name).is_some())
        .collect();
    if columns.is_empty() {
        bail!("{shown}: holds nothing to compare; it needs `name`, `email`, `phone` or `address`");
    }
    if table.texts("application_id").is_none() {
        table.wanted("applicant_id")?;
    }
    let joined_by = applications.map(applicants).transpose()?;
    let business = table.texts("business").map(|_| table.flags("business")).transpose()?;
    let text = |name: &str, row: usize| {
        let cell = table.texts(name)?[row].as_deref()?.trim();
        (!cell.is_empty()).then(|| cell.to_owned())
    };
    let id = |name: &str, row: usize| text(name, row).map(|id| table.copied(&id).to_owned());
    let mut claims = Claims::new();
    for row in 0..table.len() {
        let application = id("application_id", row);
        let applicant = match (id("applicant_id", row), &application) {
            (Some(applicant), _) => applicant,
            (None, None) => {
                bail!("{shown}: row {}, column `applicant_id`: is empty, and no application is named", row + 1)
            }
            (None, Some(application)) => only_applicant(application, joined_by.as_ref())
                .map_err(|why| anyhow!("{shown}: row {}, column `applicant_id`: is empty, and {why}", row + 1))?,
        };
        let claim = Claim {
            name: text("name", row),
            business: business.as_ref().and_then(|flags| flags[row]),
            email: text("email", row),
            phone: text("phone", row).map(undotted),
            address: text("address", row).filter(|text| !is_placeholder(text)).or_else(|| joined(&text, row)),
        };
        if claims.insert((applicant, application), claim).is_some() {
            bail!("{shown}: row {}: a second claim of the same applicant and application; keep one", row + 1);
        }
    }
    Ok(claims)
}

/// Applicants by application.
type Applicants<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn applicants(applications: &PlainTable) -> Result<Applicants<'_>> {
    let (ids, applicants) = (applications.wanted("application_id")?, applications.wanted("applicant_id")?);
    let mut found = Applicants::new();
    for (id, applicant) in ids.iter().zip(applicants) {
        if let (Some(id), Some(applicant)) = (id.as_deref(), applicant.as_deref()) {
            found.entry(applications.copied(id.trim())).or_default().insert(applications.copied(applicant.trim()));
        }
    }
    Ok(found)
}

fn only_applicant(application: &str, applicants: Option<&Applicants<'_>>) -> Result<String, &'static str> {
    let Some(applicants) = applicants else {
        return Err("who applied is not known; give the applications by --applications FILE");
    };
    let mut found = applicants.get(application).into_iter().flatten();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok((*one).to_owned()),
        (Some(_), Some(_)) => Err("its application has several applicants; name there which of them claims"),
        (None, _) => Err("its application is not among the applications; name the applicant"),
    }
}

fn is_second_line(name: &str) -> bool {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).eq("address2".chars())
}

/// An address from its parts; none without its first line, as a postal code alone differs from any address.
fn joined(text: &impl Fn(&str, usize) -> Option<String>, row: usize) -> Option<String> {
    // A postal code or a unit may be a number that a data frame printed.
    let part = |name: &str| text(name, row).map(undotted).filter(|part| !is_placeholder(part));
    part(ADDRESS[0])?;
    let parts = ADDRESS.iter().filter_map(|name| {
        let also = if *name == "line2" { part(LINE2) } else { None };
        also.or_else(|| part(name))
    });
    let parts: Vec<String> = parts.collect();
    Some(parts.join(", "))
}
