//! Structure over rows: transfers between the applicant's own accounts are paired and netted out. Recurring streams stand here later.

pub(crate) mod transfer;
