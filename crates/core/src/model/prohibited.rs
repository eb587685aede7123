//! Names of prohibited bases, and of outcomes and other scores: columns that no run may declare and no model may read.
//!
//! # Source
//!
//! 12 CFR 1002.2(z) and 1002.6(b): race, color, religion, national origin, sex, marital status, age, public assistance, rights
//! under the Consumer Credit Protection Act. Names of people, places of living and contact data stand beside them, because
//! they identify or stand in for those.

/// Words that prohibit a column whose name, split at `_`, `-`, `.`, spaces and camel case, holds one of them.
const WORDS: [&str; 62] = [
    "age",
    "birth",
    "birthdate",
    "birthday",
    "birthplace",
    "born",
    "caste",
    "child",
    "children",
    "citizen",
    "citizenship",
    "color",
    "colour",
    "country",
    "county",
    "denomination",
    "dependents",
    "disability",
    "disabled",
    "dob",
    "email",
    "ethnic",
    "ethnicity",
    "faith",
    "female",
    "firstname",
    "forename",
    "gender",
    "geo",
    "hispanic",
    "household",
    "immigrant",
    "immigration",
    "language",
    "lastname",
    "latino",
    "latitude",
    "longitude",
    "maiden",
    "male",
    "marital",
    "married",
    "maternity",
    "minority",
    "nationality",
    "phone",
    "postal",
    "postcode",
    "pregnancy",
    "pregnant",
    "race",
    "racial",
    "religion",
    "religious",
    "sex",
    "sexual",
    "snap",
    "spouse",
    "ssn",
    "surname",
    "tract",
    "veteran",
];

/// Names that hold none of the words but mean the same.
const NAMES: [&str; 22] = [
    "address",
    "city",
    "dateofbirth",
    "familystatus",
    "fullname",
    "givenname",
    "homeaddress",
    "medicaid",
    "name",
    "nationalorigin",
    "placeofbirth",
    "publicassistance",
    "salutation",
    "state",
    "streetaddress",
    "tanf",
    "title",
    "welfare",
    "yearofbirth",
    "zip",
    "zipcode",
    "zip4",
];

/// True for a column name that a decision may not read, in any of its usual spellings.
#[must_use]
pub fn is_prohibited(name: &str) -> bool {
    let words = words(name);
    let joined: String = words.concat();
    let listed = |word: &String| WORDS.binary_search(&word.as_str()).is_ok();
    words.iter().any(listed)
        || WORDS.binary_search(&joined.as_str()).is_ok()
        || NAMES.contains(&joined.as_str())
        || words.iter().any(|word| word == "zip" || word == "zipcode")
}

/// What the names of columns that the `ownership` command makes begin with.
const OWNERSHIP_PREFIX: &str = "ownership_";

/// Names of what tells where somebody banks, split and joined as above.
const INSTITUTION_WORDS: [&str; 2] = ["institution", "institutions"];
const INSTITUTION_NAMES: [&str; 6] = ["bank", "bankid", "bankname", "banks", "routingnumber", "rtn"];

/// True for a column that a policy may read and a model may not: whose an account is tells who applies, not how they pay, and
/// the institution that holds it stands in for a region and for who banks there.
#[must_use]
pub fn is_policy_only(name: &str) -> bool {
    let words = words(name);
    name.starts_with(OWNERSHIP_PREFIX)
        || words.iter().any(|word| INSTITUTION_WORDS.contains(&word.as_str()))
        || INSTITUTION_NAMES.contains(&words.concat().as_str())
}

/// Names of columns that hold what the score is to foretell, a weight, or someone else's score: never an input.
const NEVER_INPUTS: &[&str] = &[
    "outcome",
    "label",
    "target",
    "y",
    "bad",
    "good",
    "isbad",
    "isgood",
    "badflag",
    "goodbad",
    "class",
    "default",
    "defaulted",
    "isdefault",
    "defaultflag",
    "delinquent",
    "delinquency",
    "dpd",
    "dayspastdue",
    "chargeoff",
    "chargedoff",
    "writeoff",
    "loss",
    "loanstatus",
    "repaid",
    "paidoff",
    "performance",
    "weight",
    "sampleweight",
    "weights",
    "incumbentscore",
    "score",
    "creditscore",
    "fico",
    "ficoscore",
    "vantage",
    "vantagescore",
    "bureauscore",
    "probability",
    "pd",
    "decision",
    "approved",
    "declined",
    "funded",
    "outcomeat",
    "outcomedate",
];

/// True for a column name of an outcome, a weight or another score, which no model and no policy reads: a score made of what it
/// foretells, or of another score, foretells nothing.
#[must_use]
pub fn is_never_input(name: &str) -> bool {
    let folded: String = name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NEVER_INPUTS.contains(&folded.as_str())
}

/// The words of a column name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && before_lower) {
            words.push(String::new());
        }
        before_lower = letter.is_lowercase();
        if let Some(word) = words.last_mut()
            && letter.is_alphanumeric()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_so_that_they_are_found() {
        assert!(WORDS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(60 <= WORDS.len() + NAMES.len());
    }

    #[test]
    fn a_prohibited_basis_is_known_in_its_usual_spellings() {
        for name in [
            "age",
            "Age",
            "applicant_age",
            "age_years",
            "sex",
            "SEX",
            "gender",
            "maritalStatus",
            "marital_status",
            "race",
            "Ethnicity",
            "dob",
            "date_of_birth",
            "birth-date",
            "zip",
            "ZIP_code",
            "zipcode",
            "postal_code",
            "religion",
            "national_origin",
            "nationality",
            "is_married",
            "num_children",
            "publicAssistance",
            "public_assistance",
            "first name",
            "lastName",
            "home_address",
            "census_tract",
            "email",
        ] {
            assert!(is_prohibited(name), "{name}");
        }
    }

    #[test]
    fn where_somebody_banks_is_kept_from_models() {
        for name in [
            "institution",
            "institution_name",
            "InstitutionId",
            "main_institution",
            "institutions",
            "bank",
            "bank_name",
        ] {
            assert!(is_policy_only(name), "{name}");
        }
        for name in ["bank_balance", "institutional", "bankruptcies", "average_balance"] {
            assert!(!is_policy_only(name), "{name}");
        }
    }

    #[test]
    fn an_outcome_a_weight_or_another_score_is_known_in_its_usual_spellings() {
        let plain = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
        assert!(NEVER_INPUTS.iter().all(|name| plain(name)));
        for name in ["outcome", "Label", "default", "sample_weight", "fico_score", "FICO", "is_bad", "charge-off"] {
            assert!(is_never_input(name), "{name}");
        }
        for name in ["bureau_inquiries", "defaults_of_others", "scorecard_version", "dti"] {
            assert!(!is_never_input(name), "{name}");
        }
    }

    #[test]
    fn a_credit_column_is_not_taken_for_a_basis() {
        for name in [
            "bureau_inquiries",
            "utilisation",
            "average_balance",
            "mortgage_balance",
            "message_count",
            "usage",
            "percentage",
            "essex",
            "trace_id",
            "bracket",
            "months_since_oldest_trade",
        ] {
            assert!(!is_prohibited(name), "{name}");
        }
    }
}
