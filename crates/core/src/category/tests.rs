//! The shipped rules against texts labelled by hand, and the laws of matching.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use super::{
    audit::audit,
    categoriser::{Categoriser, Memo},
    label::{Label, RuleId},
    rule::{BUILTIN, Layer, RuleError, Verdict},
    taxonomy::Taxonomy,
};
use crate::row::AccountCategory;

static SHIPPED: LazyLock<Categoriser> = LazyLock::new(|| Categoriser::new(Taxonomy::builtin(), &[]).expect("valid"));

const BERKA: &str = include_str!("../../../../data/rules/berka_cz.toml");

fn label(categoriser: &Categoriser, text: &str, amount: i64) -> Label {
    categoriser.label(&mut Memo::default(), text, amount, AccountCategory::Cash)
}

fn purpose(categoriser: &Categoriser, text: &str, amount: i64) -> String {
    categoriser.taxonomy().info(label(categoriser, text, amount).purpose).name.clone()
}

fn rule_of(categoriser: &Categoriser, text: &str, amount: i64, account: AccountCategory) -> String {
    let label = categoriser.label(&mut Memo::default(), text, amount, account);
    categoriser.rule(label.rule).map_or("none", |rule| rule.id.as_str()).to_owned()
}

#[test]
fn the_shipped_rules_are_many_and_none_repeats_a_literal() {
    let mut patterns = 0;
    for (_, rule) in SHIPPED.rules() {
        let distinct: BTreeSet<&str> = rule.patterns.iter().collect();
        assert_eq!(distinct.len(), rule.patterns.len(), "{} repeats a pattern", rule.id);
        patterns += distinct.len();
    }
    assert!((3_000..=40_000).contains(&patterns), "{patterns}");
}

#[test]
fn rules_for_every_kind_of_income_are_confident() {
    for (_, rule) in SHIPPED.rules() {
        let income = rule.inflow.is_some_and(|purpose| SHIPPED.taxonomy().info(purpose).counts_as_income);
        if income {
            assert!(super::label::CONFIDENT <= rule.confidence, "{}", rule.id);
        }
    }
}

/// A guess says no more than the kind: the purpose that stands for all of it.
#[test]
fn a_rule_that_is_not_confident_names_only_what_a_kind_has_in_common() {
    let common = ["purchase_other", "bill_payment", "transfer_other", "deposit_other", "services_other", "fee_other"];
    let common: BTreeSet<&str> = common.into_iter().collect();
    let mut guesses = 0;
    for (_, rule) in SHIPPED.rules().filter(|(_, rule)| rule.confidence < super::label::CONFIDENT) {
        for purpose in [rule.inflow, rule.outflow].into_iter().flatten() {
            assert!(common.contains(SHIPPED.taxonomy().info(purpose).name.as_str()), "{}", rule.id);
            guesses += 1;
        }
    }
    assert!(0 < guesses);
    assert!(SHIPPED.context().iter().all(|rule| super::label::CONFIDENT <= rule.confidence));
}

/// Text, sign (`+` in, `-` out), purpose: labelled by hand from what US banks print, before the rules were run on them.
const LABELLED: &str = include_str!("labelled.txt");

#[test]
fn texts_labelled_by_hand_get_their_purpose() {
    let mut wrong = vec![];
    let mut seen = 0;
    for line in LABELLED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (expected, text) = line.split_once(' ').expect("purpose, then the text");
        let (amount, text) = match text.trim_start().split_at(1) {
            ("+", text) => (50_000, text),
            ("-", text) => (-50_000, text),
            _ => panic!("no sign: {line}"),
        };
        let found = purpose(&SHIPPED, text, amount);
        if found != expected {
            let rule = rule_of(&SHIPPED, text, amount, AccountCategory::Cash);
            wrong.push(format!("{text} {amount}: {found} by {rule}, expected {expected}"));
        }
        seen += 1;
    }
    assert!(60 <= seen, "{seen}");
    assert!(wrong.is_empty(), "{} of {seen} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn literals_are_whole_words() {
    // Each holds a literal inside a longer word: LOAN, SHELL, TARGET, ADP, RENT, ATM, NSF, GAP, CASINO, TAX.
    for text in
        ["SLOAN", "SHELLEY", "TARGETED", "ADPT", "CURRENTS", "ATMOSPHERIC", "TRANSFORM", "GAPPED", "CASINOVA", "SYNTAX"]
    {
        for amount in [-100, 100] {
            assert_eq!(rule_of(&SHIPPED, text, amount, AccountCategory::Cash), "none", "{text}");
        }
    }
    assert_eq!(purpose(&SHIPPED, "TARGET T-1122", -100), "general_merchandise");
    // A number ends a word: banks glue store numbers to names.
    assert_eq!(purpose(&SHIPPED, "SHELL57444212", -100), "fuel");
    // Exact digits: 7-ELEVEN is a shop, 8-ELEVEN and 17-ELEVEN are not it.
    assert_eq!(purpose(&SHIPPED, "7-ELEVEN 33", -100), "general_merchandise");
    assert_eq!(purpose(&SHIPPED, "8-ELEVEN 33", -100), "unknown");
    assert_eq!(purpose(&SHIPPED, "17 ELEVEN 33", -100), "unknown");
}

#[test]
fn direction_turns_a_purchase_into_a_refund_and_a_lender_into_proceeds() {
    for (text, outflow, inflow) in [
        ("AMAZON.COM*RT4YZ SEATTLE", "online_marketplace", "refund"),
        ("POS KROGER #455", "groceries", "refund"),
        ("SPEEDY CASH 866-411-4921", "loan_payday_payment", "loan_payday_disbursement"),
        ("NSF FEE", "fee_nsf", "fee_nsf_reversal"),
        ("OVERDRAFT FEE", "fee_overdraft", "fee_overdraft_reversal"),
        ("RETURNED ITEM NETFLIX", "returned_deposit", "returned_item_debit"),
        ("ZELLE JANE DOE", "transfer_p2p", "transfer_p2p"),
        ("GUSTO PAY 1234", "payroll_out", "income_salary"),
    ] {
        assert_eq!(purpose(&SHIPPED, text, -5_000), outflow, "{text}");
        assert_eq!(purpose(&SHIPPED, text, 5_000), inflow, "{text}");
    }
    // Nothing has no direction.
    assert_eq!(label(&SHIPPED, "NSF FEE", 0).rule, RuleId::NONE);
}

#[test]
fn the_instrument_does_not_compete_with_the_purpose() {
    let taxonomy = SHIPPED.taxonomy();
    for (text, purpose, instrument) in [
        ("POS DEBIT KROGER #455", "groceries", "card"),
        ("GEICO PREM PPD ID: 1", "insurance", "ach"),
        ("RTP CREDIT GUSTO PAY", "payroll_out", "rtp"),
        ("KROGER #455", "groceries", "other"),
        ("CHECK #1022", "cheque_payment", "cheque"),
    ] {
        let found = label(&SHIPPED, text, -100);
        assert_eq!(taxonomy.info(found.purpose).name, purpose, "{text}");
        assert_eq!(taxonomy.instruments()[usize::from(found.instrument.0)], instrument, "{text}");
    }
}

#[test]
fn names_of_people_decide_nothing() {
    let key = |name: &str| label(&SHIPPED, &format!("ACME DES:PAYROLL ID:1 INDN:{name} CO ID:X1 PPD"), 100);
    assert_eq!(key("DOE,JANE"), key("NGUYEN,LOAN"));
    assert_eq!(key("DOE,JANE"), key("CHASE,CASINO"));
    // A person's name behind a payment app is no shop and no lender.
    assert_eq!(purpose(&SHIPPED, "ZELLE TO TARGET CHASE LOAN", -100), "transfer_p2p");
}

#[test]
fn one_lender_is_one_counterparty_in_both_directions() {
    let key = |text: &str, amount| label(&SHIPPED, text, amount).counterparty;
    assert_eq!(key("BRIGIT.COM ADVANCE 22", 100), key("BRIGIT.COM REPAY NEW YORK", -100));
    assert_eq!(key("KROGER #455 ATLANTA GA", -100), key("POS DEBIT KROGER #12 MACON", -100));
    assert_ne!(key("KROGER #455", -100), key("SAFEWAY #455", -100));
}

/// A generator that every platform repeats.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end).expect("small")).expect("small")
    }
}

const BOUNDS: &str = r##"
version = 1
precedence = "before"

[[rule]]
id = "small-kroger"
patterns = ["KROGER"]
outflow = "gambling"
amount_max = 500
examples = ["KROGER"]

[[rule]]
id = "account-number"
patterns = ["MOTEL"]
outflow = "rent"
counterparty = "#"
examples = ["MOTEL 8"]
"##;

#[test]
fn a_memo_never_changes_an_answer() {
    let categoriser = Categoriser::new(Taxonomy::builtin(), &[("bounds.toml", BOUNDS)]).expect("valid");
    let words: Vec<&str> = SHIPPED
        .rules()
        .flat_map(|(_, rule)| rule.patterns.iter().chain(rule.not.iter()))
        .chain(["#", "12", "0042", "ÉCOLE", "x*y", "INDN:", "CO ID:", "é", "17"])
        .collect();
    let mut random = SplitMix(20_260_101);
    let mut memo = Memo::default();
    for round in 0..30_000 {
        let mut text = String::new();
        for _ in 0..=random.below(3) {
            // A small vocabulary in the first half makes hits, the whole one in the second makes the memo forget.
            let word = words[random.below(if round < 15_000 { 60 } else { words.len() })];
            text = format!("{text} {word} {}", random.below(20));
        }
        if random.below(20) == 0 {
            text = format!("KROGER MOTEL {}", random.below(9));
        }
        // Whom a text names depends on where numbers and stars stand, too.
        match random.below(40) {
            0 => text = format!("QUORVEX PAYROLL {:0>6} {:0>4} DOE JANE", random.below(400_000), random.below(20)),
            1 => text = format!("QUORVEX PAYROLL {} {} DOE JANE", random.below(99_999), random.below(20)),
            2 => text = format!("SQ *QUORVEX {}", random.below(20)),
            3 => text = format!("SQ QUORVEX {}", random.below(20)),
            _ => {}
        }
        let amount = [-700, -300, 0, 300][random.below(4)];
        let account = [AccountCategory::Cash, AccountCategory::Credit][random.below(2)];
        let remembered = categoriser.label(&mut memo, &text, amount, account);
        let fresh = categoriser.label(&mut Memo::default(), &text, amount, account);
        assert_eq!(remembered, fresh, "{text} {amount}");
    }
    let (hits, misses) = memo.hits_and_misses();
    assert!(1_000 < hits && 10_000 < misses, "{hits} {misses}");
}

#[test]
fn rows_together_get_the_labels_that_each_gets_alone() {
    let categoriser = Categoriser::new(Taxonomy::builtin(), &[("bounds.toml", BOUNDS)]).expect("valid");
    let patterns: Vec<&str> = SHIPPED.rules().flat_map(|(_, rule)| rule.patterns.iter()).collect();
    let mut random = SplitMix(20_260_102);
    let mut memo = Memo::default();
    let mut labelled = 0;
    for round in 0..400 {
        // Of few words, so that some texts come twice at once; short ones, long ones, and some too long to be remembered.
        let texts: Vec<String> = (0..random.below(50))
            .map(|_| {
                let tail = "ABCDEFGHIJKLMNOPQRSTUVWXYZ ".repeat([0, 0, 0, 0, 3, 5, 10][random.below(7)]);
                let shop = ["KROGER", "MOTEL 7", "MOTEL 8", "12"][random.below(4)];
                format!("{} {shop} {tail}", patterns[random.below(4 + round / 4)])
            })
            .collect();
        let account = [AccountCategory::Cash, AccountCategory::Credit][random.below(2)];
        let mut rows: Vec<(&str, i64, Option<Label>)> =
            texts.iter().map(|text| (text.as_str(), [-700, -300, 300][random.below(3)], None)).collect();
        let write = |row: &mut (&str, i64, Option<Label>), label| row.2 = Some(label);
        categoriser.label_all(&mut memo, account, &mut rows, |row| (row.0, row.1), write);
        for (text, amount, together) in rows {
            let alone = categoriser.label(&mut Memo::default(), text, amount, account);
            assert_eq!(together, Some(alone), "{text} {amount}");
            labelled += 1;
        }
    }
    let (hits, misses) = memo.hits_and_misses();
    assert_eq!(hits + misses, labelled, "each row is counted once");
    assert!(1_000 < hits && 1_000 < misses, "{hits} {misses}");
}

#[test]
fn a_memo_forgets_when_the_rules_change() {
    let overlay = BOUNDS.replace("amount_max = 500\n", "");
    let mine = Categoriser::new(Taxonomy::builtin(), &[("bounds.toml", &overlay)]).expect("valid");
    let mut memo = Memo::default();
    let mut purpose = |categoriser: &Categoriser| {
        let label = categoriser.label(&mut memo, "KROGER 1", -700, AccountCategory::Cash);
        categoriser.taxonomy().info(label.purpose).name.clone()
    };
    assert_eq!([purpose(&SHIPPED), purpose(&mine), purpose(&SHIPPED)], ["groceries", "gambling", "groceries"]);
}

#[test]
fn an_answer_that_read_the_amount_is_remembered_for_amounts_between_the_same_bounds() {
    let mine = Categoriser::new(Taxonomy::builtin(), &[("bounds.toml", BOUNDS)]).expect("valid");
    let mut memo = Memo::default();
    let amounts = [-1, -499, -500, -501, -700, i64::MIN];
    for amount in amounts.into_iter().chain(amounts) {
        let fresh = mine.label(&mut Memo::default(), "KROGER 4", amount, AccountCategory::Cash);
        assert_eq!(mine.label(&mut memo, "KROGER 9", amount, AccountCategory::Cash), fresh, "{amount}");
    }
    // Of the second round none is new.
    let (hits, misses) = memo.hits_and_misses();
    assert!((6..=10).contains(&hits) && (2..=6).contains(&misses), "{hits} {misses}");
}

#[test]
fn amounts_bound_a_rule_inclusively() {
    let mine = Categoriser::new(Taxonomy::builtin(), &[("bounds.toml", BOUNDS)]).expect("valid");
    assert_eq!(purpose(&mine, "KROGER", -500), "gambling");
    assert_eq!(purpose(&mine, "KROGER", -501), "groceries");
    assert_eq!(purpose(&mine, "KROGER", i64::MIN), "groceries");
    assert_ne!(label(&mine, "MOTEL 8", -1).counterparty, label(&mine, "MOTEL 9", -1).counterparty);
}

fn overlay(head: &str, body: &str) -> Result<Categoriser, RuleError> {
    Categoriser::new(Taxonomy::builtin(), &[("mine.toml", &format!("version = 1\n{head}\n{body}"))])
}

const KROGER: &str = "[[rule]]\nid = \"mine\"\npatterns = [\"KROGER\", \"KUMQUAT HUT\"]\noutflow = \"restaurants\"\nexamples = [\"KUMQUAT HUT\"]\n";

#[test]
fn an_overlay_wins_or_loses_as_it_declares() {
    let before = overlay("precedence = \"before\"", KROGER).expect("valid");
    let after = overlay("precedence = \"after\"", KROGER).expect("valid");
    assert_eq!(purpose(&before, "KROGER #455 GUSTO PAYROLL", -100), "restaurants");
    assert_eq!(purpose(&after, "KROGER #455", -100), "groceries");
    assert_eq!(purpose(&after, "KUMQUAT HUT 12", -100), "restaurants");
    assert_eq!(purpose(&SHIPPED, "KUMQUAT HUT 12", -100), "unknown");
    let off = overlay("precedence = \"after\"\ndisable = [\"grocers\"]", KROGER).expect("valid");
    assert_eq!(purpose(&off, "KROGER #455", -100), "restaurants");
    assert_eq!(off.rules().count(), SHIPPED.rules().count());
    // Two overlays that switch off the same agree.
    let [one, other] = ["one.toml", "other.toml"]
        .map(|name| (name, "version = 1\nprecedence = \"after\"\ndisable = [\"grocers\", \"grocers\"]"));
    let both = Categoriser::new(Taxonomy::builtin(), &[one, other]).expect("valid");
    assert_eq!(purpose(&both, "KROGER #455", -100), "unknown");
    let layers: BTreeSet<Layer> = after.rules().map(|(_, rule)| rule.layer).collect();
    assert_eq!(layers, BTreeSet::from([Layer::Shipped, Layer::After]));
}

#[test]
fn the_digest_tells_rule_sets_apart() {
    let before = overlay("precedence = \"before\"", KROGER).expect("valid");
    let after = overlay("precedence = \"after\"", KROGER).expect("valid");
    assert_eq!(SHIPPED.digest(), Categoriser::new(Taxonomy::builtin(), &[]).expect("valid").digest());
    let digests = BTreeSet::from([SHIPPED.digest(), before.digest(), after.digest()]);
    assert_eq!(digests.len(), 3);
}

#[test]
fn a_faulty_overlay_is_refused_with_its_place_and_the_way_out() {
    let before = "precedence = \"before\"";
    let refused = |head: &str, body: &str| overlay(head, body).expect_err("refused");
    let place = |error: &RuleError| (error.line, error.column);

    let error = refused("", KROGER);
    assert!(
        error.to_string().starts_with("mine.toml:1:1: the file does not say where it stands; write precedence"),
        "{error}"
    );
    let error = refused(before, &KROGER.replace("restaurants", "restaurant"));
    assert_eq!(place(&error), (6, 11));
    assert!(error.problem.contains("no purpose \"restaurant\""), "{error}");
    // A key that the grammar lacks, a purpose for the wrong way, an id of ours, an id twice, a literal without letters.
    assert_eq!(place(&refused(before, &KROGER.replace("outflow", "purpose"))), (6, 1));
    assert_eq!(place(&refused(before, &KROGER.replace("restaurants", "income_salary"))), (6, 11));
    assert_eq!(refused(before, &KROGER.replace("mine", "grocers")).line, 3);
    assert_eq!(refused(before, &format!("{KROGER}{KROGER}")).line, 8);
    assert_eq!(place(&refused(before, &KROGER.replace("\"KROGER\"", "\"12 #\""))), (5, 13));
    assert_eq!(refused(before, &KROGER.replace("[\"KUMQUAT HUT\"]\n", "[]\n")).line, 4);
    assert_eq!(refused(before, &format!("{KROGER}confidence = 0\n")).line, 8);
    assert_eq!(refused(before, &format!("{KROGER}amount_min = 9\namount_max = 8\n")).line, 4);
    assert_eq!(refused("precedence = \"before\"\ndisable = [\"nobody\"]", KROGER).line, 3);
    assert!(refused(before, "[[rule]\n").to_string().contains("correct the file there"));
}

#[test]
fn an_explanation_names_the_winner_and_why_others_lost() {
    let told = SHIPPED.explain("POS DEBIT WALMART PAYROLL CARD", -100, AccountCategory::Cash);
    assert_eq!(told.normalised, "POS DEBIT WALMART PAYROLL CARD");
    let verdicts: BTreeMap<&str, Verdict> = told
        .considered
        .iter()
        .map(|considered| (SHIPPED.rule(considered.rule).expect("known").id.as_str(), considered.verdict))
        .collect();
    assert_eq!(verdicts["payroll"], Verdict::WrongDirection);
    assert_eq!(verdicts["grocers"], Verdict::HasExcluded);
    assert_eq!(verdicts["payroll-out"], Verdict::Decided);
    assert_eq!(verdicts["instrument-card"], Verdict::ToldInstrument);
    assert_eq!(verdicts["card-purchase"], Verdict::Outranked);
    assert_eq!(told.label, label(&SHIPPED, "POS DEBIT WALMART PAYROLL CARD", -100));
}

#[test]
fn kinds_of_account_bound_a_rule() {
    let rule = |account| rule_of(&SHIPPED, "AUTOMATIC PAYMENT - THANK YOU", 100, account);
    assert_eq!(rule(AccountCategory::Credit), "card-account-payment");
    assert_ne!(rule(AccountCategory::Cash), "card-account-payment");
}

#[test]
fn hostile_texts_are_labelled_too() {
    let long = "A ".repeat(10_000);
    for text in
        ["", " ", "\0", "#", "###", "INDN", "INDN:", "IND NAME", "é", "\u{202e}", "𝕏𝕏", "İ", "ŉ", &long, "123", "CO ID"]
    {
        for amount in [i64::MIN, -1, 0, 1, i64::MAX] {
            let found = label(&SHIPPED, text, amount);
            assert_eq!(found.rule, RuleId::NONE, "{text:?}");
        }
    }
}

#[test]
fn the_czech_overlay_decides_its_examples() {
    let czech = Categoriser::new(Taxonomy::builtin(), &[("berka_cz.toml", BERKA)]).expect("valid");
    let faults: Vec<String> =
        audit(&czech).iter().filter(|one| one.rule.starts_with("cz-")).map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for (text, amount, expected) in [
        ("VKLAD", 100, "cash_deposit"),
        ("PREVOD Z UCTU ST 66487163", 100, "income_other"),
        ("UROK", 100, "income_interest"),
        ("VYBER SANKC. UROK", -100, "fee_overdraft"),
        ("VYBER SLUZBY", -100, "fee_maintenance"),
        ("VYBER SIPO", -100, "rent"),
        ("PREVOD NA UCET UVER AB 1", -100, "loan_personal_payment"),
        ("Převod na účet pojistné AB 1", -100, "insurance"),
    ] {
        assert_eq!(purpose(&czech, text, amount), expected, "{text}");
    }
    let key = |text| label(&czech, text, 100).counterparty;
    assert_ne!(key("PREVOD Z UCTU ST 66487163"), key("PREVOD Z UCTU ST 66487164"));
}

#[test]
fn a_wage_and_every_other_income_count_alike_for_quality_too() {
    let texts = [
        "ACME CORP PAYROLL",
        "UBER USA EDI PAYMNT",
        "SSA TREAS 310 XXSOC SEC",
        "NYS DOL UI",
        "OPM1 TREAS 310 XXCIV SERV",
    ];
    for text in texts {
        let found = label(&SHIPPED, text, 100_000);
        let info = SHIPPED.taxonomy().info(found.purpose);
        assert!(info.counts_as_income && found.is_confident() && info.group == "income", "{text}: {}", info.name);
    }
}

#[test]
fn whoever_pays_it_and_whichever_bank_words_it_income_is_income() {
    let wordings = [
        "{M} DES:{E} ID:0417 INDN:DOE,JANE CO ID:XXXXX12345 PPD",
        "ORIG CO NAME:{M} ORIG ID:91023 DESC DATE:240301 CO ENTRY DESCR:{E} SEC:PPD TRACE#:0912 IND NAME:DOE JANE",
        "{M} {E} 240301 0417 DOE JANE",
        "ACH DEPOSIT {M} {E}",
        "ACH CREDIT {M} - {E}",
        "ELECTRONIC DEPOSIT {M} {E}",
        "DIRECT DEP {M} {E} PPD ID: 91023",
        "{M} {E}",
    ];
    let payers = [
        ("WALMART INC.", "PAYROLL"),
        ("CITY OF MESA", "REG SALARY"),
        ("DFAS-CLEVELAND", "ARMY ACT"),
        ("UBER USA 6787", "EDI PAYMNT"),
        ("DOORDASH, INC.", "DASHER PAY"),
        ("LYFT INC", "DRIVER PAY"),
        ("SSA TREAS 310", "XXSOC SEC"),
        ("SSI TREAS 310", "XXSUPP SEC"),
        ("VACP TREAS 310", "XXVA BENEF"),
        ("STATE OF OREGON", "UI BENEFIT"),
        ("STATE OF WA DSHS", "TANF"),
        ("OPM1 TREAS 310", "XXCIV SERV"),
        ("DFAS-CLEVELAND", "RET NET"),
        ("RRB TREAS 310", "XXRAIL RET"),
        ("CALPERS", "BENEFIT"),
        ("OHIO TEACHERS RET", "PENSION"),
    ];
    let mut wrong = vec![];
    for wording in wordings {
        for (payer, entry) in payers {
            let text = wording.replace("{M}", payer).replace("{E}", entry);
            let found = label(&SHIPPED, &text, 50_000);
            let info = SHIPPED.taxonomy().info(found.purpose);
            if !info.counts_as_income || !found.is_confident() {
                wrong.push(format!("{text}: {}", info.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_shipped_files_are_listed_once() {
    let names: BTreeSet<&str> = BUILTIN.iter().map(|file| file.0).collect();
    assert_eq!(names.len(), BUILTIN.len());
}

#[test]
fn a_literal_longer_than_any_description_is_refused_by_its_size() {
    let rules = |length: usize| {
        format!(
            "version = 1\nprecedence = \"before\"\n[[rule]]\nid = \"mine\"\npatterns = [\"{}\"]\noutflow = \"gambling\"\n\
             instrument = \"card\"\nconfidence = 99\nexamples = [\"A\"]\n",
            "A".repeat(length)
        )
    };
    let read = |length: usize| Categoriser::only(Taxonomy::builtin(), &[("mine.toml", &rules(length))]);
    assert_eq!(read(20_000).map(drop), Ok(()));
    let error = read(20_001).expect_err("longer than a description");
    assert!(error.problem.contains("20001 bytes") && error.line == 4, "{error:?}");
}
