//! Names of prohibited bases, and of outcomes and other scores: columns that no run may declare and no model may read.
//!
//! # Source
//!
//! 12 CFR 1002.2(z) and 1002.6(b): race, color, religion, national origin, sex, marital status, age, public assistance, rights
//! under the Consumer Credit Protection Act. Names of people, places of living and contact data stand beside them, because
//! they identify or stand in for those.

/// Words that prohibit a column whose name, split at `_`, `-`, `.`, spaces and camel case, holds one of them.
const WORDS: [&str; 81] = [
    "age",
    "ancestry",
    "birth",
    "birthdate",
    "birthday",
    "birthplace",
    "born",
    "caste",
    "child",
    "children",
    "church",
    "citizen",
    "citizenship",
    "color",
    "colour",
    "country",
    "county",
    "denomination",
    "dependants",
    "dependents",
    "disability",
    "disabled",
    "divorced",
    "dob",
    "elderly",
    "email",
    "ethnic",
    "ethnicity",
    "faith",
    "female",
    "firstname",
    "forename",
    "gender",
    "geo",
    "geohash",
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
    "medicaid",
    "minority",
    "nationality",
    "neighborhood",
    "neighbourhood",
    "phone",
    "postal",
    "postcode",
    "pregnancy",
    "pregnant",
    "pronoun",
    "pronouns",
    "race",
    "racial",
    "religion",
    "religious",
    "sex",
    "sexual",
    "snap",
    "spouse",
    "ssi",
    "ssn",
    "surname",
    "tanf",
    "tract",
    "tribe",
    "veteran",
    "welfare",
    "widowed",
    "yob",
    "zip",
    "zipcode",
];

/// Names that hold none of the words but mean the same, folded: lower case, letters and digits only.
const NAMES: [&str; 86] = [
    // age
    "ageyears",
    "ageinyears",
    "ageatapplication",
    "ageband",
    "agegroup",
    "dateofbirth",
    "birthyear",
    "yearofbirth",
    "birthmonth",
    "isover62",
    // sex
    "genderidentity",
    "sexatbirth",
    "ismale",
    "isfemale",
    "sexualorientation",
    "title",
    "salutation",
    "honorific",
    // race, color, national origin
    "racecode",
    "ethnicgroup",
    "skincolor",
    "ishispanic",
    "nationalorigin",
    "countryofbirth",
    "birthcountry",
    "placeofbirth",
    "immigrationstatus",
    "visastatus",
    "foreignworker",
    "isforeigner",
    "preferredlanguage",
    "primarylanguage",
    "locale",
    "accent",
    // religion
    // marital status, family
    "maritalstatus",
    "ismarried",
    "spousename",
    "spouseincome",
    "personalstatus",
    "personalstatussex",
    "civilstatus",
    "numchildren",
    "numberofchildren",
    "numdependents",
    "childbearing",
    "familystatus",
    // public assistance, rights exercised
    "publicassistance",
    "onwelfare",
    "foodstamps",
    "isdisabled",
    "militarystatus",
    "ccpacomplaint",
    "disputesfiled",
    // stand-ins: place, name, language, device
    "zip5",
    "zip4",
    "zip3",
    "postalcode",
    "address",
    "streetaddress",
    "street",
    "addressline1",
    "addressline2",
    "city",
    "censustract",
    "censusblock",
    "givenname",
    "familyname",
    "middlename",
    "maidenname",
    "fullname",
    "name",
    "device",
    "deviceid",
    "devicetype",
    "devicemodel",
    "useragent",
    "browser",
    "ipaddress",
    "ip",
    "photo",
    "emaildomain",
    "phonenumber",
    "socialsecuritynumber",
    "taxid",
    "homeaddress",
    "state",
];

/// Words before a name that say whose it is and change nothing: `applicant_age` is an age.
const OWNERS: [&str; 17] = [
    "applicant",
    "coapplicant",
    "borrower",
    "coborrower",
    "customer",
    "client",
    "consumer",
    "person",
    "member",
    "user",
    "primary",
    "secondary",
    "guarantor",
    "holder",
    "owner",
    "debtor",
    "self",
];

/// Names that a bank's table has for ends of its own: of a column that nobody declares, they say nothing.
const COMMON: [&str; 2] = ["country", "state"];

/// True for a column name that a decision may not read, in any of its usual spellings, whoever's it says it is: of a column that
/// is declared as an input, one word is enough.
#[must_use]
pub fn is_prohibited(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| is_word(word)) || owned(&words.concat()).any(is_listed)
}

/// True for a column name that is as a whole the name of a prohibited basis or of a stand-in for one: no table of applications may
/// hold such a column, though nobody declares it, lest somebody one day does. A name that merely has a word of one, such as
/// `account_age_days`, is let be as long as nobody declares it.
#[must_use]
pub fn is_named_for_a_basis(name: &str) -> bool {
    owned(&words(name).concat()).any(is_listed) && !owned(&words(name).concat()).any(|name| COMMON.contains(&name))
}

/// A folded name as it stands, and without the word that says whose it is.
fn owned(folded: &str) -> impl Iterator<Item = &str> {
    std::iter::once(folded).chain(OWNERS.iter().filter_map(move |owner| folded.strip_prefix(owner)))
}

fn is_word(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok()
}

fn is_listed(folded: &str) -> bool {
    is_word(folded) || NAMES.contains(&folded)
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
        let mut listed: Vec<&str> = WORDS.iter().chain(&NAMES).copied().collect();
        assert!(listed.iter().chain(&OWNERS).all(|name| words(name).concat() == **name), "folded");
        listed.sort_unstable();
        listed.dedup();
        assert_eq!(listed.len(), WORDS.len() + NAMES.len(), "no name twice");
        assert!(COMMON.iter().all(|name| is_prohibited(name) && !is_named_for_a_basis(name)));
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
            "foreign_worker",
            "isDivorced",
            "applicant_yob",
            "Borrower State",
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
