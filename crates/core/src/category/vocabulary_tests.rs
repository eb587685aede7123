//! Laws of the shipped vocabularies: their codes are the published ones, and the way there and back loses no primary.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    taxonomy::{Direction, PurposeInfo, Taxonomy},
    vocabulary::{Code, VOCABULARIES, Vocabulary},
};

type Takes = fn(Direction) -> bool;

/// Money in and money out, with the question whether a direction takes it.
const WAYS: [(i64, Takes); 2] = [(1, Direction::takes_inflow), (-1, Direction::takes_outflow)];

fn shipped(name: &str) -> Vocabulary {
    let text = VOCABULARIES.iter().find(|known| known.0 == name).expect(name).1;
    Vocabulary::read(name, text, &Taxonomy::builtin()).expect("a shipped vocabulary is valid")
}

/// The code at the upper end of the parents.
fn primary<'a>(vocabulary: &'a Vocabulary, code: &'a Code) -> &'a str {
    if code.parent.is_empty() {
        return &code.code;
    }
    primary(vocabulary, vocabulary.find(&code.parent).expect("a parent stands in the file"))
}

/// Every purpose with each direction its money can move: amount, info, and the primary of the code that it has there.
fn ways_back(vocabulary: &Vocabulary) -> Vec<(PurposeInfo, i64, String)> {
    let taxonomy = Taxonomy::builtin();
    let mut found = vec![];
    for info in taxonomy.purposes() {
        let purpose = taxonomy.purpose(&info.name).expect("its own name");
        for (amount, _) in WAYS.into_iter().filter(|(_, takes)| takes(info.direction)) {
            let code = vocabulary.code(purpose, amount);
            let primary = code.map_or_else(|| "no code".to_owned(), |code| primary(vocabulary, code).to_owned());
            found.push((info.clone(), amount, primary));
        }
    }
    found
}

fn names(vocabulary: &Vocabulary) -> BTreeSet<&str> {
    vocabulary.codes().iter().map(|code| code.code.as_str()).collect()
}

/// Codes under each primary; the primary itself is not counted.
fn sizes(vocabulary: &Vocabulary) -> BTreeMap<&str, usize> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for code in vocabulary.codes() {
        *sizes.entry(primary(vocabulary, code)).or_default() += usize::from(!code.parent.is_empty());
    }
    sizes
}

// Market study, section 5.1: thirteen codes of income, seven of proceeds of loans, and so on; 127 in all.
#[test]
fn pfc_v2_has_the_published_primaries_with_as_many_codes() {
    let v2 = shipped("pfc_v2");
    let expected = BTreeMap::from([
        ("INCOME", 13),
        ("LOAN_DISBURSEMENTS", 7),
        ("LOAN_PAYMENTS", 9),
        ("TRANSFER_IN", 7),
        ("TRANSFER_OUT", 8),
        ("BANK_FEES", 8),
        ("ENTERTAINMENT", 6),
        ("FOOD_AND_DRINK", 7),
        ("GENERAL_MERCHANDISE", 14),
        ("HOME_IMPROVEMENT", 5),
        ("MEDICAL", 7),
        ("PERSONAL_CARE", 4),
        ("GENERAL_SERVICES", 9),
        ("GOVERNMENT_AND_NON_PROFIT", 4),
        ("TRANSPORTATION", 7),
        ("TRAVEL", 4),
        ("RENT_AND_UTILITIES", 7),
        ("OTHER", 1),
    ]);
    assert_eq!(sizes(&v2), expected);
    // 127 detailed codes and 18 primaries.
    assert_eq!(v2.codes().len(), 145);
    for code in v2.codes().iter().filter(|code| !code.parent.is_empty()) {
        let rest = code.code.strip_prefix(&format!("{}_", code.parent));
        assert!(rest.is_some_and(|rest| !rest.is_empty()), "{} under {}", code.code, code.parent);
    }
}

// Market study, section 5.2: what version 2 adds, takes away and calls anew. 145 - 28 + 3 = 120: 104 and 16 primaries.
#[test]
fn pfc_v1_is_pfc_v2_without_what_version_2_added() {
    let [v1, v2] = ["pfc_v1", "pfc_v2"].map(shipped);
    let [first, second] = [names(&v1), names(&v2)];
    let only_first: Vec<&str> = first.difference(&second).copied().collect();
    assert_eq!(only_first, ["INCOME_OTHER_INCOME", "INCOME_WAGES", "TRANSFER_IN_CASH_ADVANCES_AND_LOANS"]);
    let only_second: BTreeSet<&str> = second.difference(&first).copied().collect();
    let added = [
        "BANK_FEES_CASH_ADVANCE",
        "BANK_FEES_LATE_FEES",
        "INCOME_CHILD_SUPPORT",
        "INCOME_CONTRACTOR",
        "INCOME_GIG_ECONOMY",
        "INCOME_LONG_TERM_DISABILITY",
        "INCOME_MILITARY",
        "INCOME_OTHER",
        "INCOME_RENTAL",
        "INCOME_SALARY",
        "LOAN_DISBURSEMENTS",
        "LOAN_DISBURSEMENTS_AUTO",
        "LOAN_DISBURSEMENTS_CASH_ADVANCES",
        "LOAN_DISBURSEMENTS_EWA",
        "LOAN_DISBURSEMENTS_MORTGAGE",
        "LOAN_DISBURSEMENTS_OTHER_DISBURSEMENT",
        "LOAN_DISBURSEMENTS_PERSONAL",
        "LOAN_DISBURSEMENTS_STUDENT",
        "LOAN_PAYMENTS_BNPL",
        "LOAN_PAYMENTS_CASH_ADVANCES",
        "LOAN_PAYMENTS_EWA",
        "OTHER",
        "OTHER_OTHER",
        "TRANSFER_IN_TRANSFER_IN_FROM_APPS",
        "TRANSFER_IN_WIRE",
        "TRANSFER_OUT_CRYPTO",
        "TRANSFER_OUT_TRANSFER_OUT_FROM_APPS",
        "TRANSFER_OUT_WIRE",
    ];
    assert_eq!(only_second, BTreeSet::from(added));
    assert_eq!((sizes(&v1).len(), v1.codes().len()), (16, 120));
}

// Market study, section 5.3, and the second spelling of one.
#[test]
fn prism_has_its_fifty_categories() {
    let prism = shipped("prism");
    assert_eq!(prism.codes().len(), 51);
    let [spelt, misspelt] = ["TRANSPORTATION", "TRANSPORATION"].map(|code| prism.find(code).expect(code).purpose);
    assert_eq!(spelt, misspelt);
}

#[test]
fn every_purpose_has_a_code_in_each_direction_its_money_can_move() {
    // `credit` is of some purposes only: the classes that move a decision.
    for (name, _) in VOCABULARIES.iter().filter(|known| known.0 != "credit") {
        let back = ways_back(&shipped(name));
        let lacks: Vec<(&str, i64)> =
            back.iter().filter(|way| way.2 == "no code").map(|way| (way.0.name.as_str(), way.1)).collect();
        assert!(lacks.is_empty(), "{name}: {lacks:?}");
    }
}

// A purpose whose money moves both ways has one `pfc` in the taxonomy and two primaries in truth, by the sign.
#[test]
fn the_way_back_to_pfc_v2_lands_in_the_primary_of_the_taxonomy_except_transfers_the_other_way() {
    let back = ways_back(&shipped("pfc_v2"));
    let elsewhere: Vec<(&str, i64, &str)> = back
        .iter()
        .filter(|(info, _, primary)| *primary != info.pfc)
        .map(|(info, amount, primary)| (info.name.as_str(), *amount, primary.as_str()))
        .collect();
    let expected = [
        ("transfer_internal", 1, "TRANSFER_IN"),
        ("transfer_p2p", 1, "TRANSFER_IN"),
        ("transfer_savings", 1, "TRANSFER_IN"),
        ("transfer_investment", 1, "TRANSFER_IN"),
        ("transfer_crypto", 1, "TRANSFER_IN"),
        ("transfer_wire", 1, "TRANSFER_IN"),
        ("transfer_remittance", 1, "TRANSFER_IN"),
        ("transfer_other", -1, "TRANSFER_OUT"),
        ("overdraft_transfer", -1, "TRANSFER_OUT"),
    ];
    assert_eq!(elsewhere, expected);
}

// Version 1 has neither primary: proceeds of loans are transfers in, and the rest is another transfer, by its sign.
#[test]
fn the_way_back_to_pfc_v1_lands_where_version_2_does_but_for_two_primaries() {
    let [first, second] = ["pfc_v1", "pfc_v2"].map(|name| ways_back(&shipped(name)));
    for ((info, amount, first), (_, _, second)) in first.into_iter().zip(second) {
        let expected = match second.as_str() {
            "LOAN_DISBURSEMENTS" => "TRANSFER_IN",
            "OTHER" if amount < 0 => "TRANSFER_OUT",
            "OTHER" => "TRANSFER_IN",
            same => same,
        };
        assert_eq!(first, expected, "{} {amount}", info.name);
    }
}

#[test]
fn from_a_pfc_code_to_a_purpose_and_back_the_primary_stays() {
    let taxonomy = Taxonomy::builtin();
    for vocabulary in ["pfc_v1", "pfc_v2"].map(shipped) {
        for code in vocabulary.codes() {
            let moves = taxonomy.info(code.purpose).direction;
            let ways = WAYS.iter().filter(|(_, takes)| takes(moves) && takes(code.direction));
            let back: Vec<&str> = ways
                .map(|(amount, _)| primary(&vocabulary, vocabulary.code(code.purpose, *amount).expect("total")))
                .collect();
            assert!(!back.is_empty(), "{}", code.code);
            assert!(back.iter().all(|one| *one == primary(&vocabulary, code)), "{}: {back:?}", code.code);
        }
    }
}

// The first code that names a purpose wins, so an order by chance could let one that names it also win.
#[test]
fn a_purpose_that_a_code_means_has_such_a_code_back() {
    for vocabulary in VOCABULARIES.iter().map(|known| shipped(known.0)) {
        for code in vocabulary.codes() {
            for (amount, _) in WAYS.iter().filter(|(_, takes)| takes(code.direction)) {
                let back = vocabulary.code(code.purpose, *amount).expect("the code itself names it");
                assert_eq!(back.purpose, code.purpose, "{}: {} comes back", code.code, back.code);
            }
        }
    }
}

#[test]
fn the_sign_of_the_amount_decides_between_codes() {
    let v2 = shipped("pfc_v2");
    let purpose = Taxonomy::builtin().purpose("transfer_p2p").expect("known");
    let code = |amount| v2.code(purpose, amount).map(|code| code.code.as_str());
    assert_eq!(code(500), Some("TRANSFER_IN_TRANSFER_IN_FROM_APPS"));
    assert_eq!(code(-500), Some("TRANSFER_OUT_TRANSFER_OUT_FROM_APPS"));
}

const SMALL: &str = r#"
code = [
    { code = "HOME", purpose = "rent" },
    { code = "HOME_RENT", parent = "HOME", purpose = "rent", also = ["mortgage_payment"], direction = "out" },
]
"#;

#[test]
fn a_faulty_vocabulary_is_refused_with_line_and_column() {
    let taxonomy = Taxonomy::builtin();
    Vocabulary::read("mine.toml", SMALL, &taxonomy).expect("valid before the edit");
    for (from, to, line, column, problem) in [
        (r#""HOME", purpose = "rent""#, r#""HOME", purpose = "lease""#, 3, 32, "no purpose \"lease\""),
        ("mortgage_payment", "mortgage", 4, 70, "no purpose \"mortgage\""),
        ("\"HOME_RENT\"", "\"HOME\"", 4, 14, "HOME stands here a second time"),
        ("parent = \"HOME\"", "parent = \"HOUSE\"", 4, 36, "no code HOUSE"),
        ("parent = \"HOME\"", "parent = \"HOME_RENT\"", 4, 36, "parents of the code HOME_RENT go round"),
        ("\"out\"", "\"in\"", 4, 54, "money of rent does not move"),
        ("mortgage_payment", "income_salary", 4, 70, "money of income_salary does not move"),
        ("\"out\"", "\"up\"", 4, 103, "unknown variant"),
        ("also", "alos", 4, 62, "unknown field"),
    ] {
        assert!(SMALL.contains(from), "the edit {from:?} applies");
        let error = Vocabulary::read("mine.toml", &SMALL.replace(from, to), &taxonomy).expect_err(to);
        assert_eq!((error.file.as_str(), error.line, error.column), ("mine.toml", line, column), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
    }
}
