//! Who stands behind texts as US banks print them, written down by hand.

use std::collections::BTreeSet;

use super::{
    ach::{Ach, Sec},
    categoriser::{Categoriser, Memo},
    merchant::{merchant, of_literal},
    rule::Counterparty,
    taxonomy::Taxonomy,
};
use crate::row::AccountCategory;

const MERCHANTS: &str = include_str!("merchants.txt");

/// Keys and texts of the table.
fn table() -> Vec<(&'static str, &'static str)> {
    let mut key = "";
    let mut rows = vec![];
    for line in MERCHANTS.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("= ") {
            Some(next) => key = next,
            None => rows.push((key, line)),
        }
    }
    rows
}

fn key(text: &str) -> String {
    merchant(text).key
}

fn hash(categoriser: &Categoriser, text: &str) -> u64 {
    categoriser.label_without_memo(&mut Memo::default(), text, -100, AccountCategory::Cash).counterparty
}

/// No rules at all: every text is its own counterparty.
fn bare() -> Categoriser {
    Categoriser::only(Taxonomy::builtin(), &[]).expect("nothing to refuse")
}

#[test]
fn every_wording_of_one_merchant_has_one_key() {
    let rows = table();
    assert!(150 <= rows.len(), "{}", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(expected, text)| key(text) != *expected)
        .map(|(expected, text)| format!("{text}: {:?}, expected {expected:?}", key(text)))
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn the_label_carries_the_hash_of_the_key() {
    let bare = bare();
    let rows = table();
    for (key, text) in &rows {
        assert_eq!(hash(&bare, text), hash(&bare, key), "{text}");
        assert_eq!(bare.explain(text, -100, AccountCategory::Cash).merchant, merchant(text), "{text}");
    }
    let keys: BTreeSet<&str> = rows.iter().map(|row| row.0).collect();
    let hashes: BTreeSet<u64> = keys.iter().map(|key| hash(&bare, key)).collect();
    assert_eq!(hashes.len(), keys.len());
}

#[test]
fn the_key_of_a_key_is_the_key() {
    for (_, text) in table() {
        let first = key(text);
        assert_eq!(key(&first), first, "{text}");
    }
}

#[test]
fn a_text_without_words_has_no_key() {
    for text in ["", " ", "1234", "XXXX1234", "#", "*-/", "12/04 XXXXXX", "\0", "🏦"] {
        assert_eq!(key(text), "", "{text:?}");
    }
}

#[test]
fn names_are_printed_as_people_write_them() {
    for (text, name) in [
        ("TYSON FOODS INC DES:PAYROLL ID:1", "Tyson Foods"),
        ("AT&T *PAYMENT 800-288-2020 TX", "AT&T"),
        ("IHOP #44 TAMPA FL", "IHOP"),
        ("CVS/PHARMACY #08811", "CVS Pharmacy"),
        ("CITY OF MESA AZ", "City of Mesa"),
        ("THE HOME DEPOT 455", "The Home Depot"),
        ("KFC 12", "KFC"),
        ("AMZN MKTP US*MT3RT4 AMZN.COM/BILL WA", "Amazon"),
        ("JOE’S CAFÉ", "Joes Cafe"),
        ("ÉCOLE ŁÓDŹ", "Ecole Lodz"),
        ("ДАННЫЕ", "Данные"),
        ("", ""),
    ] {
        assert_eq!(merchant(text).name, name, "{text}");
    }
}

#[test]
fn neither_numbers_nor_masks_nor_holders_are_in_a_key() {
    let frames = [
        "{M} DES:PAYROLL ID:{n} INDN:HOLDER,JANE CO ID:{n} PPD",
        "{M} DES:PAYROLL ID:{n} INDN:HOLDER JANE",
        "ORIG CO NAME:{M} ORIG ID:{n} DESC DATE:{n} CO ENTRY DESCR:PAYROLL SEC:PPD TRACE#:{n} IND NAME:HOLDER JANE",
        "ORIG CO NAME:{M} IND ID:{n} IND NAME:HOLDER JANE TRN: {n}TC",
        "{M} PAYROLL 240301 {n} HOLDER JANE",
        "POS DEBIT XXXX{n} {M} #{n} TULSA OK {n}",
        "{M} {n}",
    ];
    for frame in frames {
        for number in ["7", "0042", "XXXXX1234", "A1B2C3", "12-34", "9031736042"] {
            for name in ["QUORVEX", "QUORVEX MILLS", "CITY OF MESA", "PAYPAL", "AT&T"] {
                let text = frame.replace("{M}", name).replace("{n}", number);
                assert_eq!(key(&text), name, "{text}");
            }
        }
    }
}

/// A generator that every platform repeats.
fn draw(state: &mut u64, end: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*state >> 33) % u64::try_from(end).expect("small")).expect("small")
}

#[test]
fn hostile_texts_have_stable_keys_without_numbers() {
    let parts = [
        "ACH",
        "CREDIT",
        "DEBIT",
        "CARD",
        "POS",
        "PURCHASE",
        "DES:",
        "ID:",
        "CO",
        "CO ID:",
        "ORIG CO NAME:",
        "ORIG",
        "DESC",
        "DATE",
        "ENTRY",
        "SEC:",
        "PPD",
        "WEB",
        "INDN:",
        "IND",
        "NAME",
        "PMT",
        "INFO",
        "WIRE",
        "PAYPAL",
        "STRIPE",
        "SQ",
        "SQ *",
        "IN",
        "IN *",
        "SP",
        "*",
        "OF",
        "MESA",
        "AZ",
        "CO",
        "KANSAS",
        "CITY",
        "MO",
        "PAYROLL",
        "PAY",
        "DIRECT",
        "DEP",
        "INC",
        "G",
        "CO",
        "HELPPAY",
        "COM",
        "/BILL",
        "BILL",
        "WAL",
        "MART",
        "AMZN",
        "MKTP",
        "STORE",
        "NO",
        "12",
        "#",
        "XXXX1",
        "T-1",
        "240301",
        "QUORVEX",
        "BELLAMY",
        "THE",
        "ON",
        "TO",
        "é",
        "Ж",
        "QUORVEX99",
        "XX",
        "ZELLE",
        "US",
        "CASH",
        "MC",
        "DONALDS",
    ];
    let bare = bare();
    let mut state = 7;
    for _ in 0..20_000 {
        let count = 1 + draw(&mut state, 9);
        let text = (0..count).map(|_| parts[draw(&mut state, parts.len())]).collect::<Vec<_>>().join(" ");
        let found = key(&text);
        assert_eq!(key(&found), found, "{text:?}");
        assert!(!found.bytes().any(|byte| byte.is_ascii_digit() || byte == b'#'), "{text:?}: {found:?}");
        assert!(found.split(' ').all(|word| !word.starts_with("XX")), "{text:?}: {found:?}");
        assert_eq!(hash(&bare, &text), hash(&bare, &found), "{text:?}");
    }
    // As many words as are looked at: 64 letters, 63 spaces.
    let long = "A B ".repeat(20_000);
    assert_eq!(key(&long).len(), 127);
}

#[test]
fn a_rule_that_names_its_counterparty_names_the_merchant() {
    let shipped = Categoriser::builtin();
    let told = |text: &str| shipped.explain(text, -100, AccountCategory::Cash).merchant;
    let fee = told("MONTHLY MAINTENANCE FEE 0412");
    assert_eq!((fee.key.as_str(), fee.name.as_str()), ("BANK", "Bank"));
    assert_eq!(told("POS DEBIT KROGER #12 MACON").key, "KROGER");
    assert_eq!(hash(&shipped, "POS DEBIT KROGER #12 MACON"), hash(&bare(), "KROGER"));
}

/// Literals that name their counterparty must not lose what tells them apart, or two payees become one.
#[test]
fn no_literal_of_a_rule_loses_its_name() {
    let shipped = Categoriser::builtin();
    for (_, rule) in shipped.rules().filter(|(_, rule)| rule.counterparty == Counterparty::Literal) {
        for pattern in rule.patterns.iter() {
            assert!(!of_literal(pattern).key.is_empty(), "{}: {pattern}", rule.id);
        }
    }
}

#[test]
fn ach_texts_are_read_in_the_shapes_that_banks_print() {
    type Row = (&'static str, Option<Sec>, Option<&'static str>, Option<&'static str>, bool);
    let rows: &[Row] = &[
        (
            "ORIG CO NAME:TYSON FOODS INC ORIG ID:1710225165 DESC DATE:230714 CO ENTRY DESCR:PAYROLL SEC:PPD TRACE#:111000021 EED:230714 IND ID:0042 IND NAME:SAM LOANER TRN: 195000TC",
            Some(Sec::Ppd),
            Some("TYSON FOODS INC"),
            Some("PAYROLL"),
            true,
        ),
        (
            "Orig CO Name:Gusto Orig ID:9138864001 Desc Date:240105 CO Entry Descr:Net 1122 Sec:CCD Trace#:021 Eed:240105 Ind ID:6Sem Ind Name:Acme LLC Trn: 0052Tc",
            Some(Sec::Ccd),
            Some("Gusto"),
            Some("Net 1122"),
            true,
        ),
        ("ORIG CO NAME:ALBERT CO ENTRY DESCR:INSTANT SEC:WEB", Some(Sec::Web), Some("ALBERT"), Some("INSTANT"), false),
        (
            "ACME DES:PAYROLL ID:XXXXX1234 INDN:DOE,JANE CO ID:XXXXX12345 PPD",
            Some(Sec::Ppd),
            Some("ACME"),
            Some("PAYROLL"),
            true,
        ),
        (
            "ACME DES:VENDOR PMT ID:77 INDN:QUORVEX CO ID:X9 CTX PMT INFO:RMR*IV*8812",
            Some(Sec::Ctx),
            Some("ACME"),
            Some("VENDOR PMT"),
            true,
        ),
        ("AMAZON.COM SERVICES DES:PAYROLL PPD", Some(Sec::Ppd), Some("AMAZON.COM SERVICES"), Some("PAYROLL"), false),
        // Without the company's number the last word may be the holder's.
        ("ACME DES:PAYROLL ID:1 INDN:DOE POP", None, Some("ACME"), Some("PAYROLL"), false),
        ("ACME DES:PAYROLL INDN:NGUYEN LOAN", None, Some("ACME"), Some("PAYROLL"), false),
        (
            "NEW YORK LIFE INS. PREM. PPD ID: 9135582869",
            Some(Sec::Ppd),
            Some("NEW YORK LIFE"),
            Some("INS. PREM."),
            true,
        ),
        ("PAYPAL INST XFER NETFLIX WEB ID: PAYPALSI77", Some(Sec::Web), Some("PAYPAL INST XFER NETFLIX"), None, true),
        ("DISCOVER E-PAYMENT 8812 WEB ID: 2510020270", Some(Sec::Web), Some("DISCOVER"), Some("E-PAYMENT"), true),
        ("SSA TREAS 310 XXSOC SEC PPD ID: 9031736042", Some(Sec::Ppd), Some("SSA TREAS 310 XXSOC SEC"), None, true),
        ("DIRECT DEP ACME CORP PAYROLL PPD ID: 91023", Some(Sec::Ppd), Some("ACME CORP"), Some("PAYROLL"), true),
        ("CEDARLINE FUNDING CCD", Some(Sec::Ccd), Some("CEDARLINE FUNDING"), None, false),
        ("TYSON FOODS INC PAYROLL 240301 004217 DOE JANE", None, Some("TYSON FOODS INC"), Some("PAYROLL"), false),
        ("ACH CREDIT ACME CORP PAYROLL", None, Some("ACME CORP"), Some("PAYROLL"), false),
        ("ACH Debit Acme Energy - Bill Pay", None, Some("Acme Energy"), Some("Bill Pay"), false),
        ("ACH WITHDRAWAL GEICO PREM COLL 123", None, Some("GEICO PREM COLL"), None, false),
        ("ELECTRONIC DEPOSIT ACME DIRECT DEP", None, Some("ACME"), Some("DIRECT DEP"), false),
        ("ACME DES:PAYROLL ADDENDA:NTE*DOE JANE", None, Some("ACME"), Some("PAYROLL"), false),
        ("ACH", None, None, None, false),
        ("DES:", None, None, None, false),
    ];
    for (text, sec, company, entry, has_company_id) in rows {
        let (sec, company, entry, has_company_id) = (*sec, *company, *entry, *has_company_id);
        assert_eq!(Ach::parse(text), Some(Ach { sec, company, entry, has_company_id }), "{text}");
    }
    for text in [
        "",
        "KROGER #455",
        "POS DEBIT KROGER 240301 STORE 1",
        "ELECTRONIC ARTS",
        "DIRECT TV",
        "WEB",
        "LOLLI POP",
        "MICRO TEL",
        "DES MOINES WATER",
        "CHECKCARD 240312 KROGER ATLANTA GA",
        "é",
        "PPD ID:",
    ] {
        assert_eq!(Ach::parse(text), None, "{text}");
    }
}

#[test]
fn all_twenty_classes_are_known_by_their_letters() {
    let codes = "PPD CCD WEB TEL CTX IAT ARC BOC POP RCK XCK MTE POS SHR TRC TRX DNE ENR ACK ATX";
    for code in codes.split(' ') {
        assert_eq!(Sec::parse(code).map(Sec::code), Some(code));
        assert_eq!(Ach::parse(&format!("QUORVEX {code} ID: 9")).and_then(|ach| ach.sec), Sec::parse(code), "{code}");
    }
    assert_eq!(codes.split(' ').filter_map(Sec::parse).collect::<BTreeSet<_>>().len(), 20);
    assert_eq!(Sec::parse("ppd"), Some(Sec::Ppd));
    assert_eq!(Sec::parse("PP"), None);
}

#[test]
fn an_explanation_tells_the_merchant_and_the_entry() {
    let told =
        Categoriser::builtin().explain("ACME CORP DES:PAYROLL INDN:DOE JANE CO ID:X1 PPD", 100, AccountCategory::Cash);
    assert_eq!(
        (told.merchant.key.as_str(), told.sec, told.entry.as_deref()),
        ("ACME", Some(Sec::Ppd), Some("PAYROLL"))
    );
}

#[test]
fn a_class_that_touches_its_entry_is_read_and_parted() {
    let text = "ORIG CO NAME:ACME ORIG ID:91 CO ENTRY DESCR:DIRECT DEPSEC:PPD IND NAME:JANE";
    let ach = Ach::parse(text).expect("an ACH entry");
    assert_eq!((ach.sec, ach.entry), (Sec::parse("PPD"), Some("DIRECT DEP")));
}
