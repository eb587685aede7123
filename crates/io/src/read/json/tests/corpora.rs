//! Stripe's fixtures and printed samples, the JSON test suite, and the Berka accounts; all live outside the repository.

use super::*;

use std::collections::BTreeMap;

use crate::read::json::{Piece, documents, lines, scan::Stop};

/// A fixture: rows by count, columns of its defects, ignored objects; or a part of the message of its refusal.
enum Expected {
    Read { rows: usize, defects: &'static [(&'static str, DefectKind)], ignored: usize },
    Refused(&'static str),
}

use Expected::{Read, Refused};

fn check(name: &str, text: &str, expected: &Expected) {
    match (read_text(text), expected) {
        (Ok(seen), Read { rows, defects, ignored }) => {
            let found: Vec<_> = seen.defects.iter().map(|defect| (defect.column.as_str(), defect.kind)).collect();
            assert_eq!((seen.rows.len(), found.as_slice(), seen.ignored.len()), (*rows, *defects, *ignored), "{name}");
        }
        (Err(error), Refused(part)) => assert!(error.to_string().contains(part), "{name}: {error}"),
        (seen, _) => panic!("{name}: {seen:?}"),
    }
}

fn fixtures() -> Option<serde_json::Value> {
    let path = shared("reference/stripe_fc_fixtures.json")?;
    let text = std::fs::read_to_string(path).expect("readable");
    Some(serde_json::from_str(&text).expect("valid"))
}

#[test]
fn every_openapi_fixture_is_read_or_refused_by_name() {
    let Some(fixtures) = fixtures() else { return };
    let all: BTreeMap<&str, Expected> = BTreeMap::from([
        // One account; its balance has the currency `undefined`.
        ("financial_connections.account", Read { rows: 1, defects: &[], ignored: 1 }),
        ("financial_connections.account_owner", Read { rows: 0, defects: &[], ignored: 1 }),
        ("financial_connections.account_ownership", Read { rows: 0, defects: &[], ignored: 1 }),
        ("financial_connections.session", Refused("sessions without accounts")),
        ("financial_connections.transaction", Read { rows: 1, defects: &[], ignored: 0 }),
        ("financial_connections.institution", Read { rows: 0, defects: &[], ignored: 1 }),
        ("financial_connections.authorization", Read { rows: 1, defects: &[], ignored: 0 }),
        ("financial_connections.ownership_match", Read { rows: 0, defects: &[], ignored: 1 }),
        // Neither the row nor a page names the account.
        (
            "financial_connections.account_inferred_balance",
            Read { rows: 0, defects: &[("account", DefectKind::MissingValue)], ignored: 0 },
        ),
        ("bank_account", Refused("bank_account")),
        ("event", Read { rows: 0, defects: &[], ignored: 1 }),
    ]);
    let mut count = 0;
    for (release, objects) in fixtures["openapi_fixtures"].as_object().expect("releases") {
        for (name, object) in objects.as_object().expect("objects") {
            let placeholder = Read { rows: 0, defects: &[("currency", DefectKind::NotACurrency)], ignored: 0 };
            let mut expected = all.get(name.as_str()).unwrap_or_else(|| panic!("{name} is new"));
            // The previews' transaction has the currency `currency`.
            if object["currency"] == "currency" {
                expected = &placeholder;
            }
            check(&format!("{release} {name}"), &object.to_string(), expected);
            let pretty = serde_json::to_string_pretty(object).expect("valid");
            check(&format!("{release} {name}, pretty"), &pretty, expected);
            count += 1;
        }
    }
    assert!(16 <= count, "{count}");
}

#[test]
fn every_printed_example_is_read_or_refused_by_name() {
    let Some(fixtures) = fixtures() else { return };
    let partial = || Refused("part of an account only");
    let all: BTreeMap<&str, Expected> = BTreeMap::from([
        ("balances_guide_account", partial()),
        ("balances_guide_first_collected_2023", Read { rows: 1, defects: &[], ignored: 0 }),
        ("ownership_guide_account_expanded", partial()),
        ("transactions_guide_subscribe_response", partial()),
        ("transactions_guide_list", Read { rows: 1, defects: &[], ignored: 0 }),
        ("api_reference_transaction", Read { rows: 1, defects: &[], ignored: 0 }),
        ("api_reference_account_list", Read { rows: 1, defects: &[], ignored: 0 }),
        ("api_reference_refresh_response", Read { rows: 1, defects: &[], ignored: 0 }),
        ("api_reference_ownership_object_legacy_names", Read { rows: 0, defects: &[], ignored: 1 }),
        ("api_reference_owner_list_nested", Read { rows: 0, defects: &[], ignored: 1 }),
        ("fundamentals_guide_session", Read { rows: 1, defects: &[], ignored: 0 }),
        ("stripe_js_client_result", Refused("Stripe.js in the browser")),
        ("disconnect_response", partial()),
        ("payment_intent_to_fc_account", Refused("payment_intent")),
    ]);
    let examples = fixtures["doc_examples"].as_object().expect("examples");
    assert_eq!(examples.len(), all.len());
    for (name, example) in examples {
        let body = example.get("body").or_else(|| example.get("body_prefix")).expect("a body");
        let expected = all.get(name.as_str()).unwrap_or_else(|| panic!("{name} is new"));
        check(name, &body.to_string(), expected);
    }
}

#[test]
fn every_json_sample_of_a_tool_is_read() {
    let Some(fixtures) = fixtures() else { return };
    let samples = &fixtures["layout_samples"];
    let text = |name: &str| samples[name].as_str().expect("a text").to_owned();
    let plain = read_text(&text("input_transactions_ndjson")).expect("NDJSON");
    let pandas = read_text(&text("pandas_to_json_lines_transactions")).expect("flattened");
    assert_eq!((plain.rows.len(), plain.defects.len(), plain.layout), (2, 0, "ndjson"));
    assert_eq!(pandas, Seen { layout: "ndjson_flattened", ..plain });
    // Two accounts, one of them with a balance.
    check("accounts", &text("input_accounts_ndjson"), &Read { rows: 3, defects: &[], ignored: 0 });
}

/// What the two walks make of a text: defects and whether the text as a whole was refused.
fn walk(text: &[u8], is_lines: bool) -> (Vec<DefectKind>, bool) {
    let mut kinds = Vec::new();
    let mut visit = |piece: Piece<'_>| {
        if let Piece::Defect { kind, .. } = piece {
            kinds.push(kind);
        }
        Ok(())
    };
    let end = if is_lines { lines::walk(text, &mut visit) } else { documents::walk(text, &mut visit) };
    let is_refused = matches!(end, Err(Stop::Malformed(..)));
    assert!(is_refused || end.is_ok());
    (kinds, is_refused)
}

#[test]
fn the_json_test_suite_is_met() {
    let Some(folder) = shared("corpora/jsontestsuite/test_parsing") else { return };
    // Several documents back to back are one of our layouts, and an empty file is refused when it is found.
    const TAKEN: [&str; 5] = [
        "n_structure_double_array.json",
        "n_structure_object_with_trailing_garbage.json",
        "n_structure_no_data.json",
        "n_structure_UTF8_BOM_no_data.json",
        "n_single_space.json",
    ];
    let (mut good, mut bad, mut taken) = (0, 0, Vec::new());
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read(&path).expect("readable");
        // Whatever the text, lines never refuse a file as a whole and nothing panics.
        assert!(!walk(&text, true).1, "{name}");
        let _ = read(&path);
        let (kinds, is_refused) = walk(&text, false);
        let is_taken = !is_refused && !kinds.contains(&DefectKind::BadUnicode);
        match name.as_bytes()[0] {
            b'y' => {
                assert!(is_taken, "{name}: {kinds:?}");
                good += 1;
            }
            b'n' if is_taken => taken.push(name),
            b'n' => bad += 1,
            _ => {}
        }
    }
    taken.retain(|name| !TAKEN.contains(&name.as_str()));
    assert_eq!(taken, [""; 0]);
    assert_eq!(good, 95);
    assert!(180 < bad, "{bad}");
}

#[test]
fn values_that_parsers_understand_differently_never_become_amounts() {
    let Some(folder) = shared("corpora/jsontestsuite/test_transform") else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(number) = name.strip_prefix("number_") else { continue };
        // The files hold the number alone in an array.
        let text = std::fs::read_to_string(&path).expect("text");
        let number_text = text.trim().trim_start_matches('[').trim_end_matches(']');
        let row = format!(
            r#"{{"id":"t","object":"financial_connections.transaction","account":"a","amount":{number_text},"currency":"usd","description":"d","status":"pending","transacted_at":5}}"#
        );
        let seen = read_text(&row).expect("NDJSON");
        let is_integer_in_range = number == "1000000000000000.json";
        assert_eq!(seen.rows.len(), usize::from(is_integer_in_range), "{name}: {:?}", seen.faults());
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn the_bank_of_berka_reads_the_same_from_lines_and_from_pages() {
    let Some(folder) = shared("data/berka") else { return };
    let lines = read(&folder.join("transactions.ndjson.gz")).expect("NDJSON");
    let pages = read(&folder.join("transactions_pages.json.gz")).expect("pages");
    assert_eq!((lines.rows.len(), lines.layout), (19_033, "ndjson"));
    assert_eq!(pages, Seen { layout: "list_envelopes", ..lines.clone() });
    assert_eq!((lines.defects.len(), lines.truncated.len()), (0, 0));

    let accounts = read(&folder.join("accounts.ndjson.gz")).expect("NDJSON");
    // 235 loans, an account each with one balance.
    assert_eq!((accounts.rows.len(), accounts.defects.len()), (470, 0));
    let balances = read(&folder.join("inferred_balances.ndjson.gz")).expect("NDJSON");
    assert_eq!((balances.rows.len(), balances.defects.len()), (14_871, 0));
    assert!(balances.rows.iter().all(|row| row.contains("origin: Inferred")));
}
