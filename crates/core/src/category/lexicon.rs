//! Words that banks put around a name, and places that stand behind it.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::text::{Digits, Token, mix, normalise, tokens};

/// What a word may be besides part of a name; a word may be several of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Class(u32);

impl Class {
    /// No part of a name wherever it stands: what is left of an address in the web.
    pub(super) const DROPPED: Class = Class(1);
    /// Begins what a bank writes before the name.
    pub(super) const START: Class = Class(1 << 1);
    /// Goes on with it.
    pub(super) const FOLLOW: Class = Class(1 << 2);
    /// Begins it only when a [`Class::START`] or [`Class::FOLLOW`] comes next: CREDIT KARMA is a name, CREDIT CARD is not.
    pub(super) const OPEN: Class = Class(1 << 3);
    /// A processor of cards before the shop's name.
    pub(super) const PROCESSOR: Class = Class(1 << 4);
    /// The same, where a star follows; a word of names otherwise.
    pub(super) const STARRED: Class = Class(1 << 5);
    /// A processor that is a payee too when nobody else is named.
    pub(super) const WALLET: Class = Class(1 << 6);
    /// What a payment is for, behind the name.
    pub(super) const ENTRY: Class = Class(1 << 7);
    /// Goes before an [`Class::ENTRY`] as part of it.
    pub(super) const PART: Class = Class(1 << 8);
    /// PAY: an entry after a [`Class::PART`], a word of names otherwise.
    pub(super) const PAY: Class = Class(1 << 9);
    /// What a bank writes behind the name.
    pub(super) const TRAIL: Class = Class(1 << 10);
    /// The form of a company.
    pub(super) const FORM: Class = Class(1 << 11);
    /// The code of a state.
    pub(super) const STATE: Class = Class(1 << 12);
    /// The code of a state that is a word too: only behind a city of that state.
    pub(super) const STATE_WORD: Class = Class(1 << 13);
    /// Belongs to the number behind it: STORE 12.
    pub(super) const COUNTED: Class = Class(1 << 14);
    /// Standard entry class of ACH.
    pub(super) const SEC: Class = Class(1 << 15);
    /// No name by itself.
    pub(super) const COMMON: Class = Class(1 << 16);
    /// OF: the words before and after it are one name.
    pub(super) const OF: Class = Class(1 << 17);
    /// The second of two words that are one: MART of WAL MART.
    pub(super) const SECOND: Class = Class(1 << 18);

    pub(super) fn is(self, other: Class) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn or(self, other: Class) -> Class {
        Class(self.0 | other.0)
    }

    /// The word can tell one payer from another.
    pub(super) fn identifies(self) -> bool {
        self.0 & !(Class::WALLET.0 | Class::SECOND.0) == 0
    }
}

/// Words by class; a word may stand in several lines.
const WORDS: &[(Class, &str)] = &[
    (Class::DROPPED, "COM WWW HTTP HTTPS HELP HELPPAY MKTP MKTPL MKTPLACE"),
    (
        Class::START,
        "POS ACH CHECKCARD PURCHASE PURCHAS PUR DEBIT DBT RECURRING RECUR PREAUTHORIZED PREAUTH PREAUTHORIZE DDA \
         AUTHORIZED DEPOSIT WITHDRAWAL WITHDRAWL WITHDRWL ZELLE REFUND PCD PIN RTP",
    ),
    (
        Class::FOLLOW,
        "CREDIT CR CARD CRD ON VISA MC MASTERCARD DEP PMT PYMT PAYMENT SIG SIGNATURE RETURN TRANSACTION TRAN TXN FROM TO \
         VIA CONF CONFIRMATION REF INST INSTANT XFER TRANSFER ECHECK PUR AUTH DATE SEQ NBR NUMBER NO TRACE PMTS",
    ),
    (
        Class::OPEN,
        "ELECTRONIC DIRECT DIR CREDIT CARD VISA MC MASTERCARD BILL WEB ONLINE EXTERNAL EXT MOBILE DIGITAL PENDING PAYMENT \
         TRANSFER INTERNATIONAL INTL RETURN REVERSAL MISC",
    ),
    (Class::PROCESSOR, "SQ TST PY PP EB CKE ZSK WPY FSP"),
    (Class::STARRED, "SP IN CLOVER DD BT GDP SQU PAR LS FH TOAST"),
    (Class::WALLET, "PAYPAL STRIPE PYPL"),
    (
        Class::ENTRY,
        "PAYROLL PAYROL PAYRL PYRL PAYROLLDEP SALARY SALARIES WAGES WAGE PAYCHECK PAYMENT PAYMENTS PAYME PAYMENTREC PAYMT \
         PAYMNT PAYMNTS PMT PMTS PYMT PYMTS PYMNT PYMNTS PMNT PMNTS EPAY EPAYMENT EPMT AUTOPAY AUTOPAYMENT AUTOPYMT AUTOPMT BILLPAY \
         BILLPMT BILLPYMT DIRECTPAY DIRECTDEP DIRDEP DEP DEPOSIT DEPOSITS INSTPYMT INSTPMT XFER TRANSFER TRANSFERS TRNSFR \
         PREM PREMIUM PREMIUMS CRCARDPMT CARPAY LOANPMT LOANPYMT MTGPMT MTGPYMT RENTPMT EDI EFT ACHPMT ACHPAYMENT PREAUTHPMT \
         PURCHASE ECHECK WEBPMT WEBPAY ONLINEPMT ACHTRANS EXPENSE REIMBURSE PAYOUT PAYOUTS CASHOUT RETRY REPAY REPAYMENT \
         DEBITS CREDITS ACH",
    ),
    (
        Class::PART,
        "DIRECT DIR REG REGULAR INS INSURANCE AUTO AUTOMATIC BILL ONLINE WEB MOBILE E EDI EFT INST INSTANT MONTHLY RECURRING \
         CRD CARD LOAN DRIVER DASHER EMP EMPLOYEE NET DAILY WEEKLY PR FED XXFED ELECTRONIC ACH DEBIT CREDIT",
    ),
    (Class::PAY, "PAY"),
    (
        Class::TRAIL,
        "CARD CRD CREDIT DEBIT DBT RECURRING AUTH HOLD PENDING REFUND US USA VISA MC MASTERCARD PURCHASE POS PIN REF CONF \
         CONFIRMATION TRN TRACE SEQ NBR NO NUM NUMBER DATE ET ID SIG TC ON AND TRANSACTION TRANSACTIONS DES DESC DESCR ENTRY \
         ORIG EED IND INDN TRAN TXN AT FOR FROM TO VIA",
    ),
    (Class::FORM, "INC LLC LLP LTD CORP CO INCORPORATED CORPORATION NA"),
    (
        Class::STATE,
        "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR \
         PA PR RI SC SD TN TX UT VA VT WA WI WV WY",
    ),
    (Class::STATE_WORD, "AL CO DE HI ID IN LA MA MD ME MS MT OK OR PA PR VA"),
    (Class::COUNTED, "STORE STR PAY NO NBR NUM NUMBER UNIT LOC LOCATION SITE REF CONF SEQ TRACE TRN TRANSACTION"),
    (Class::SEC, "PPD CCD WEB TEL CTX IAT ARC BOC POP RCK XCK MTE POS SHR TRC TRX DNE ENR ACK ATX"),
    (Class::TRAIL, "PPD CCD WEB TEL CTX IAT ARC BOC RCK XCK"),
    (
        Class::COMMON,
        "SAV CHK CHECKING SAVINGS ACCOUNT ACCT BANKING THANK YOU CHECK CHEQUE DRAFT ATM CASH FEE CAPITAL COUNTER REMOTE",
    ),
    (Class::OF, "OF"),
];

/// Words of the labels in ACH and wire texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Label {
    #[default]
    None,
    Addenda,
    Co,
    Date,
    Des,
    Desc,
    Entry,
    Id,
    Ind,
    Indn,
    Info,
    Name,
    Orig,
    Pmt,
    Wire,
    /// What follows DES in the name of a place.
    Place,
}

const LABELS: &[(Label, &str)] = &[
    (Label::Addenda, "ADDENDA"),
    (Label::Co, "CO"),
    (Label::Date, "DATE"),
    (Label::Des, "DES"),
    (Label::Desc, "DESC"),
    (Label::Entry, "ENTRY"),
    (Label::Id, "ID"),
    (Label::Ind, "IND"),
    (Label::Indn, "INDN"),
    (Label::Info, "INFO"),
    (Label::Name, "NAME"),
    (Label::Orig, "ORIG"),
    (Label::Pmt, "PMT"),
    (Label::Wire, "WIRE"),
    (Label::Place, "MOINES PLAINES PERES ARC"),
];

/// Words that mean another, and pairs that are one word.
const SAME: &[(&str, &str)] =
    &[("AMZN", "AMAZON"), ("AMZ", "AMAZON"), ("WAL MART", "WALMART"), ("MC DONALDS", "MCDONALDS")];

/// Card texts have room for so many bytes of a city.
const CITY_BYTES: usize = 13;
/// The longest name of a city in words.
pub(super) const CITY_WORDS_MAX: usize = 4;

const CITIES: &str = include_str!("../../defaults/cities.txt");

/// The digest of the places that names of payers are freed from: part of the build, not of a lender's files.
#[must_use]
pub fn places_digest() -> String {
    crate::hash::sha256(CITIES.as_bytes())
}

/// Built once: what is known of words and places.
#[derive(Debug)]
pub(super) struct Lexicon {
    slots: Vec<Entry>,
    /// Names of cities, and names with a state, by hash.
    cities: FxHashSet<u64>,
    /// Words that others mean, with their hashes.
    same: Vec<(&'static str, u64)>,
    /// Pairs of words that are one, by hash, and the number of that one.
    pairs: Vec<(u64, u64, u8)>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    /// Of the word; no word has the hash 0.
    hash: u64,
    pub(super) class: Class,
    pub(super) label: Label,
    /// The number of the word it means, from 1; 0 is itself.
    pub(super) same: u8,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

impl Lexicon {
    pub(super) fn get() -> &'static Lexicon {
        &LEXICON
    }

    fn new() -> Lexicon {
        // At most one slot in two is taken, so that a word that is not there costs one look, and few bytes are touched.
        let count: usize = WORDS.iter().map(|line| line.1.split_whitespace().count()).sum();
        let mut lexicon = Lexicon {
            slots: vec![Entry::default(); (2 * count).next_power_of_two()],
            cities: FxHashSet::default(),
            same: vec![],
            pairs: vec![],
        };
        for (class, words) in WORDS {
            for word in words.split_whitespace() {
                let entry = lexicon.place(hash_of(word));
                entry.class = entry.class.or(*class);
            }
        }
        for (label, words) in LABELS {
            for word in words.split(' ') {
                lexicon.place(hash_of(word)).label = *label;
            }
        }
        for ((words, same), number) in SAME.iter().zip(1_u8..) {
            lexicon.same.push((same, hash_of(same)));
            match words.split_once(' ') {
                Some((first, second)) => {
                    lexicon.pairs.push((hash_of(first), hash_of(second), number));
                    let entry = lexicon.place(hash_of(second));
                    entry.class = entry.class.or(Class::SECOND);
                }
                None => lexicon.place(hash_of(words)).same = number,
            }
        }
        let mut cut = vec![];
        for line in CITIES.lines().filter(|line| !line.starts_with('#')) {
            lexicon.add_city(line, &mut cut);
        }
        lexicon
    }

    fn place(&mut self, hash: u64) -> &mut Entry {
        let at = self.find(hash);
        let slot = &mut self.slots[at];
        slot.hash = hash;
        slot
    }

    fn find(&self, hash: u64) -> usize {
        let last = self.slots.len() - 1;
        let [a, b, c, d, ..] = hash.to_le_bytes();
        let mut at = u32::from_le_bytes([a, b, c, d]) as usize & last;
        while !matches!(self.slots[at].hash, found if found == hash || found == 0) {
            at = (at + 1) & last;
        }
        at
    }

    /// What is known of a word.
    pub(super) fn word(&self, hash: u64) -> Entry {
        self.slots[self.find(hash)]
    }

    /// The word that a number of an entry or a pair stands for, with its hash.
    pub(super) fn same(&self, number: u8) -> Option<(&'static str, u64)> {
        usize::from(number).checked_sub(1).and_then(|at| self.same.get(at)).copied()
    }

    /// The number of the word that two neighbours are, and its hash.
    pub(super) fn pair(&self, first: u64, second: u64) -> Option<(u8, u64)> {
        let found = self.pairs.iter().find(|pair| (pair.0, pair.1) == (first, second))?;
        self.same(found.2).map(|same| (found.2, same.1))
    }

    /// Whether these words name a city, and of that state when one is given.
    pub(super) fn is_city(&self, words: impl Iterator<Item = u64>, state: Option<u64>) -> bool {
        let name = words.fold(0, mix);
        self.cities.contains(&state.map_or(name, |state| mix(name, state)))
    }

    /// Adds `NAME ST ST` with the short forms that card texts have. The line is as texts are folded; `cut` is space.
    fn add_city(&mut self, line: &str, cut: &mut Vec<Token>) {
        tokens(line.as_bytes(), cut);
        let is_state = |word: &&Token| self.word(word.hash).class.is(Class::STATE);
        let states = cut.iter().rev().take(cut.len().saturating_sub(1)).take_while(is_state).count();
        let states: Vec<Token> = cut.split_off(cut.len() - states);
        let name = line.get(..cut.last().map_or(0, |word| word.end)).unwrap_or_default();
        let short = [
            ("ST ", "SAINT "),
            ("FORT ", "FT "),
            ("MOUNT ", "MT "),
            ("NORTH ", "N "),
            ("SOUTH ", "S "),
            ("EAST ", "E "),
            ("WEST ", "W "),
        ];
        let mut add = |name: &str| {
            for name in [name, name.get(..CITY_BYTES).unwrap_or(name)] {
                tokens(name.as_bytes(), cut);
                let hash = cut.iter().map(|word| word.hash).fold(0, mix);
                self.cities.insert(hash);
                self.cities.extend(states.iter().map(|state| mix(hash, state.hash)));
            }
        };
        add(name);
        let others = short.iter().filter_map(|(long, short)| Some((short, name.strip_prefix(long)?)));
        others.for_each(|(short, rest)| add(&format!("{short}{rest}")));
    }
}

/// The hash that a token of that word has.
pub(super) fn hash_of(word: &str) -> u64 {
    let (mut folded, mut cut): (Vec<u8>, Vec<Token>) = (vec![], vec![]);
    normalise(word, Digits::Folded, false, &mut folded);
    tokens(&folded, &mut cut);
    cut.first().map_or(0, |token| token.hash)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_cities_are_sorted_upper_case_and_have_states() {
        let lines: Vec<&str> = CITIES.lines().skip(1).collect();
        assert!((1_500..4_000).contains(&lines.len()), "{}", lines.len());
        assert!(lines.is_sorted() && lines.windows(2).all(|pair| pair[0] != pair[1]));
        let lexicon = Lexicon::get();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let states = words
                .iter()
                .rev()
                .take_while(|word| word.len() == 2 && lexicon.word(hash_of(word)).class.is(Class::STATE));
            let states = states.count();
            assert!(1 <= states && states < words.len(), "{line}");
            assert!(words.len() - states <= CITY_WORDS_MAX, "{line}");
            assert!(line.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' '), "{line}");
        }
    }

    #[test]
    fn a_city_is_known_by_name_by_state_and_in_short() {
        let is_city =
            |name: &str, state: Option<&str>| Lexicon::get().is_city(name.split(' ').map(hash_of), state.map(hash_of));
        assert!(is_city("KANSAS CITY", None) && is_city("KANSAS CITY", Some("MO")));
        assert!(!is_city("EDISON", Some("CO")) && is_city("EDISON", Some("NJ")));
        for name in ["FT WORTH", "SAINT LOUIS", "W PALM BEACH", "RANCHO CUCAMO", "MT VERNON"] {
            assert!(is_city(name, None), "{name}");
        }
        assert!(!is_city("QUORVEX", None));
    }

    #[test]
    fn words_of_the_lexicon_have_hashes_of_their_own() {
        let words: BTreeSet<&str> = WORDS.iter().flat_map(|line| line.1.split_whitespace()).collect();
        let hashes: BTreeSet<u64> = words.iter().map(|word| hash_of(word)).collect();
        assert_eq!(hashes.len(), words.len());
        assert!(!hashes.contains(&0));
        let class = |word: &str| Lexicon::get().word(hash_of(word)).class;
        assert!(class("CREDIT").is(Class::OPEN) && class("CREDIT").is(Class::TRAIL));
        assert!(class("QUORVEX").identifies() && class("PAYPAL").identifies() && !class("PAYROLL").identifies());
    }
}
