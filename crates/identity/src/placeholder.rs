//! Values that say that there is no value.

use crate::fold::words;

/// What people, banks and tools write where nothing is known, folded.
const PLACEHOLDERS: &[&str] = &[
    "address not available",
    "address unavailable",
    "address unknown",
    "n a",
    "na",
    "name not available",
    "name unavailable",
    "name unknown",
    "nan",
    "no address",
    "no address on file",
    "no data",
    "no name",
    "none",
    "none given",
    "none on file",
    "none provided",
    "not applicable",
    "not available",
    "not given",
    "not known",
    "not on file",
    "not provided",
    "not specified",
    "null",
    "redacted",
    "unavailable",
    "undefined",
    "unknown",
    "unknown address",
    "unknown name",
    "unspecified",
    "withheld",
];
/// Given names too: said twice they are a name.
const GIVEN: &[&str] = &["na", "nan"];

/// Whether the whole of a text says that there is no value: `N/A`, `not available`, `UNKNOWN UNKNOWN`. Beside another word each
/// may be a name: families are called Null, Na and None.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let words = words(text);
    let is_one = |words: &[String]| PLACEHOLDERS.contains(&words.join(" ").as_str());
    let (front, back) = words.split_at(words.len() / 2);
    // A first and a last name, each unknown.
    let is_twice = front == back && is_one(front) && !GIVEN.contains(&front.join(" ").as_str());
    is_one(&words) || is_twice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Owner, Verdict, compare};

    #[test]
    fn what_stands_for_no_value_is_none_where_it_is_the_whole_value() {
        for text in ["N/A", "n.a.", "#N/A", "<NA>", "Not Available", "UNKNOWN", "null", "None", "NULL, NULL", "n/a n/a"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "-", "Christopher Null", "NULL JOHN", "Na Na", "Nan Goldin", "None Such LLC", "1 Unknown Rd"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn no_value_is_missing_on_either_side_and_never_somebody_else() {
        let some = |text: &str| Some(text.to_owned());
        for text in ["N/A", "NOT AVAILABLE", "unknown", "NULL", "none"] {
            let claim =
                |name: &str, address: &str| Claim { name: some(name), address: some(address), ..Claim::default() };
            let owner =
                |name: &str, address: &str| Owner { name: some(name), raw_address: some(address), ..Owner::default() };
            let (name, address) = ("John Smith", "1 Oak St, Reno, NV 89501");
            for (claim, owner) in [
                (claim(name, address), owner(text, text)),
                (claim(text, text), owner(name, address)),
                (claim(text, text), owner(text, text)),
            ] {
                let found = compare(&claim, &[owner]);
                assert_eq!((found.name.verdict, found.address.verdict), (Verdict::Missing, Verdict::Missing), "{text}");
                assert_eq!(found.verdict, Verdict::Missing, "{text}");
            }
        }
        // A family that is called so.
        let claim = Claim { name: some("Christopher Null"), ..Claim::default() };
        let owner = Owner { name: some("NULL CHRISTOPHER J"), ..Owner::default() };
        assert_eq!(compare(&claim, &[owner]).verdict, Verdict::Match);
    }
}
