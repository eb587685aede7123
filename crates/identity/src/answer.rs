//! What a comparison says, without the values compared.

use serde::{Deserialize, Serialize};

/// From this score on two values are one.
pub const MATCH_MIN: u32 = 85;
/// From this score on they may be one; below they are not.
pub const PARTIAL_MIN: u32 = 60;

/// What a comparison comes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same, beyond spelling.
    Match,
    /// Perhaps the same: a person should look.
    Partial,
    /// Not the same.
    Mismatch,
    /// One side holds nothing to compare; never taken for a mismatch.
    Missing,
}

impl Verdict {
    /// The verdict of a score.
    #[must_use]
    pub fn of(score: u32) -> Verdict {
        match score {
            MATCH_MIN.. => Verdict::Match,
            PARTIAL_MIN.. => Verdict::Partial,
            _ => Verdict::Mismatch,
        }
    }

    /// As files write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Match => "match",
            Verdict::Partial => "partial",
            Verdict::Mismatch => "mismatch",
            Verdict::Missing => "missing",
        }
    }
}

/// What a comparison met. Codes only: an explanation never prints a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is described by `Evidence::words`")]
pub enum Evidence {
    Transliteration,
    Nickname,
    Initial,
    Typo,
    Truncated,
    Order,
    DoubleSurname,
    Spacing,
    OneWord,
    SurnameOnly,
    MiddleAsGiven,
    MiddleDiffers,
    MiddleUnsaid,
    OtherGeneration,
    GenerationUnsaid,
    Particle,
    JointOwner,
    OtherCapacity,
    PersonAndBusiness,
    BusinessName,
    LegalForm,
    Acronym,
    MissingWords,
    Alias,
    OtherDomain,
    Role,
    OtherMailbox,
    CountryCode,
    OtherExtension,
    OtherAreaCode,
    UnitDiffers,
    UnitUnsaid,
    StreetUnsaid,
    OtherDirection,
    OtherStreetType,
    OtherNumber,
    OtherStreet,
    OtherPlace,
    OtherZip,
    PoBox,
}

impl Evidence {
    /// As files write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.both().0
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.both().1
    }

    fn both(self) -> (&'static str, &'static str) {
        match self {
            Evidence::Transliteration => ("transliteration", "spelled by another rule of transliteration"),
            Evidence::Nickname => ("nickname", "one given name stands for the other"),
            Evidence::Initial => ("initial", "one side gives only an initial"),
            Evidence::Typo => ("typo", "a letter or two differ"),
            Evidence::Truncated => ("truncated", "one side is cut off"),
            Evidence::Order => ("order", "given and family name stand in the other order"),
            Evidence::DoubleSurname => ("double_surname", "one side gives half of a double surname, or a former one"),
            Evidence::Spacing => ("spacing", "the same letters, parted elsewhere"),
            Evidence::OneWord => ("one_word", "one side gives a single word"),
            Evidence::SurnameOnly => ("surname_only", "the family name agrees, the given name does not"),
            Evidence::MiddleAsGiven => ("middle_as_given", "a middle name is used as the given name"),
            Evidence::MiddleDiffers => ("middle_differs", "the middle names differ"),
            Evidence::MiddleUnsaid => ("middle_unsaid", "one side gives no middle name"),
            Evidence::OtherGeneration => ("other_generation", "another generation: junior and senior are two persons"),
            Evidence::GenerationUnsaid => ("generation_unsaid", "one side names a generation, the other none"),
            Evidence::Particle => ("particle", "one side gives the family name without its particle"),
            Evidence::JointOwner => ("joint_owner", "one of several owners"),
            Evidence::OtherCapacity => {
                ("other_capacity", "named as beneficiary, custodian, estate or deceased, not as owner")
            }
            Evidence::PersonAndBusiness => ("person_and_business", "one side is a person, the other a business"),
            Evidence::BusinessName => ("business_name", "compared as names of businesses"),
            Evidence::LegalForm => ("legal_form", "the legal forms differ"),
            Evidence::Acronym => ("acronym", "one side is the other's initials"),
            Evidence::MissingWords => ("missing_words", "one side has further words"),
            Evidence::Alias => ("alias", "another spelling of one mailbox"),
            Evidence::OtherDomain => ("other_domain", "the same mailbox name at another domain"),
            Evidence::Role => ("role", "mailboxes of a role, not of a person"),
            Evidence::OtherMailbox => ("other_mailbox", "another mailbox"),
            Evidence::CountryCode => ("country_code", "one side gives the country's code"),
            Evidence::OtherExtension => ("other_extension", "another extension of one line"),
            Evidence::OtherAreaCode => ("other_area_code", "the same number in another area"),
            Evidence::UnitDiffers => ("unit_differs", "another unit of the same building"),
            Evidence::UnitUnsaid => ("unit_unsaid", "one side gives no unit"),
            Evidence::StreetUnsaid => ("street_unsaid", "one side gives no street"),
            Evidence::OtherDirection => ("other_direction", "the street's direction differs, or one side gives none"),
            Evidence::OtherStreetType => ("other_street_type", "the street's type differs, or one side gives none"),
            Evidence::OtherNumber => ("other_number", "another house number"),
            Evidence::OtherStreet => ("other_street", "another street"),
            Evidence::OtherPlace => ("other_place", "another city or state"),
            Evidence::OtherZip => ("other_zip", "another ZIP code"),
            Evidence::PoBox => ("po_box", "a post office box"),
        }
    }
}

/// One field's comparison with the owner that fits it best.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FieldMatch {
    /// 0 to 100; none when one side holds nothing.
    pub score: Option<u32>,
    /// What it comes to.
    pub verdict: Verdict,
    /// The owner compared, by place in the account's list.
    pub owner: Option<usize>,
    /// What was met, each once, ascending.
    pub evidence: Vec<Evidence>,
}

impl FieldMatch {
    /// Nothing to compare.
    #[must_use]
    pub fn missing() -> FieldMatch {
        FieldMatch { score: None, verdict: Verdict::Missing, owner: None, evidence: vec![] }
    }
}
