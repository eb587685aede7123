//! Every fault of a JSON row has a kind and a line, and its neighbours are read.

use super::*;
use cashline_core::defect::DefectKind::*;

const ROW: &str = r#"{"id":"fctxn_1","object":"financial_connections.transaction","account":"fca_1","amount":-1000,"currency":"usd","description":"Rocket Rides","livemode":true,"status":"posted","status_transitions":{"posted_at":1651784999,"void_at":null},"transacted_at":1651784999,"transaction_refresh":"r","updated":1651784999}"#;

/// Puts a value in place of another, and says what came of the row.
fn fault(from: &str, to: &str) -> Option<(String, DefectKind)> {
    assert!(ROW.contains(from), "{from}");
    let seen = read_text(&format!("{ROW}\n{}\n{ROW}\n", ROW.replace(from, to))).expect("NDJSON");
    assert_eq!(seen.rows.len() + seen.defects.len(), 3);
    seen.defects.first().map(|defect| {
        assert_eq!(defect.source.line, 2);
        (defect.column.clone(), defect.kind)
    })
}

#[test]
fn a_has_more_that_is_no_boolean_is_named() {
    let list = |has_more: &str| format!(r#"{{"object":"list","data":[{ROW}],"url":"/v1/x","has_more":{has_more}}}"#);
    for has_more in ["\"false\"", "\"true\"", "1", "[true]"] {
        let message = read_text(&list(has_more)).expect_err("nobody can tell").to_string();
        assert!(message.contains("`has_more` is neither true nor false"), "{message}");
        let second = read_text(&format!("{}\n{}\n", list("false"), list(has_more))).expect_err("nobody can tell");
        assert!(second.to_string().contains("line 2") && second.to_string().contains("`has_more`"), "{second}");
    }
    assert_eq!(read_text(&list("null")).expect("no more").rows.len(), 1);
}

#[test]
fn a_value_that_does_not_fit_is_a_defect_with_its_column() {
    for (from, to, column, kind) in [
        ("-1000", "1.0", "amount", NotAnInteger),
        ("-1000", "1E6", "amount", NotAnInteger),
        ("-1000", "1.000000000000000005", "amount", NotAnInteger),
        ("-1000", "1E-999", "amount", NotAnInteger),
        ("-1000", "10000000000000000999", "amount", OutOfRange),
        ("-1000", "100000000000000009990", "amount", OutOfRange),
        ("-1000", "9223372036854775807", "amount", OutOfRange),
        ("-1000", "-9223372036854775809", "amount", OutOfRange),
        ("-1000", "1000000000000001", "amount", OutOfRange),
        ("-1000", "-1000000000000001", "amount", OutOfRange),
        ("-1000", "1E999", "", OutOfRange),
        ("-1000", "0.0", "amount", NotAnInteger),
        ("-1000", "\"12\"", "amount", NotAnInteger),
        ("-1000", "null", "amount", MissingValue),
        ("-1000", "[1]", "amount", NotAnInteger),
        ("\"usd\"", "\"us\"", "currency", NotACurrency),
        ("\"usd\"", "\"\"", "currency", MissingValue),
        ("\"usd\"", "\"undefined\"", "currency", NotACurrency),
        ("\"posted\"", "\"done\"", "status", UnknownStatus),
        ("\"posted\"", "7", "status", BadJson),
        ("true", "\"yes\"", "livemode", NotABoolean),
        ("\"description\":", "\"text\":", "description", MissingValue),
        ("\"Rocket Rides\"", "{}", "description", BadJson),
        ("\"fctxn_1\"", "\"\"", "id", MissingValue),
        ("\"fctxn_1\"", "null", "id", MissingValue),
        ("\"fctxn_1\"", "17", "id", BadJson),
        ("\"fctxn_1\"", "\"a\\u0000b\"", "id", ContainsNul),
        ("\"fctxn_1\"", "\"a\\nb\"", "id", IdNotAllowed),
        ("\"fctxn_1\"", "\"a\\u0085b\"", "id", IdNotAllowed),
        ("\"fca_1\"", "\"\\u0000\"", "account", ContainsNul),
        ("\"transacted_at\":1651784999", "\"transacted_at\":1651784999.0", "transacted_at", NotAnInteger),
        ("\"transacted_at\":1651784999", "\"transacted_at\":0", "transacted_at", OutOfRange),
        ("\"transacted_at\":1651784999", "\"transacted_at\":4102444800", "transacted_at", OutOfRange),
        ("\"transacted_at\":1651784999", "\"transacted_at\":\"2022-05-05\"", "transacted_at", NotAnInteger),
        ("\"updated\":1651784999", "\"updated\":-5", "updated", OutOfRange),
        ("\"posted_at\":1651784999", "\"posted_at\":1651784999.5", "status_transitions.posted_at", NotAnInteger),
        ("{\"posted_at\":1651784999,\"void_at\":null}", "\"x\"", "status_transitions", BadJson),
        ("\"amount\":-1000", "\"amount\":-1000,\"amount\":-1000", "amount", DuplicateKey),
        ("\"amount\":-1000", "\"amount\":-1000,\"\\u0061mount\":1", "amount", DuplicateKey),
        ("\"void_at\":null", "\"void_at\":null,\"void_at\":null", "status_transitions.void_at", DuplicateKey),
        ("\"financial_connections.transaction\"", "\"payment_intent\"", "object", UnknownObject),
        ("\"financial_connections.transaction\"", "7", "object", UnknownObject),
        ("\"Rocket Rides\"", "\"a\\u0000b\"", "description", ContainsNul),
        ("\"Rocket Rides\"", "\"\\ud800\"", "", BadUnicode),
        ("\"Rocket Rides\"", "\"\\udc00\\ud800\"", "", BadUnicode),
        ("\"Rocket Rides\"", "\"\\q\"", "", BadJson),
        ("\"Rocket Rides\"", "\"\t\"", "", BadJson),
        ("-1000", "+1", "", BadJson),
        ("-1000", "01", "", BadJson),
        ("-1000", "NaN", "", BadJson),
        ("-1000,", "-1000", "", BadJson),
        ("}", "}}", "", BadJson),
    ] {
        assert_eq!(fault(from, to), Some((column.to_owned(), kind)), "{from} -> {to}");
    }
}

#[test]
fn a_value_that_fits_is_no_defect() {
    for (from, to) in [
        ("-1000", "1000000000000000"),
        ("-1000", "0"),
        ("\"usd\"", "\"USD\""),
        ("\"Rocket Rides\"", "\"\""),
        ("\"Rocket Rides\"", "null"),
        ("\"Rocket Rides\"", "\"a\\u0009b\\n\\ud83d\\ude00\""),
        ("\"posted_at\":1651784999", "\"posted_at\":1651784999.0"),
        ("\"void_at\":null", "\"void_at\":1.651785e9"),
        ("\"updated\":1651784999", "\"updated\":null"),
        ("\"livemode\":true,", ""),
        ("\"fctxn_1\"", "\"é 漢字 obj_123\""),
        ("\"transacted_at\":1651784999", "\"transacted_at\":1"),
        ("\"transacted_at\":1651784999", "\"transacted_at\":4102444799"),
        ("\"amount\":-1000", "\"amount\":-1000,\"other\":1,\"other\":2"),
        // A composed and a decomposed letter: two keys, neither of them ours.
        ("\"amount\":-1000", "\"amount\":-1000,\"\\u00e9\":1,\"e\\u0301\":2"),
    ] {
        assert_eq!(fault(from, to), None, "{from} -> {to}");
    }
}

#[test]
fn quirk_27_milliseconds_are_refused_with_a_kind_of_their_own() {
    for (from, to, column) in [
        ("\"transacted_at\":1651784999", "\"transacted_at\":1651784999000", "transacted_at"),
        ("\"posted_at\":1651784999", "\"posted_at\":1651784999000", "status_transitions.posted_at"),
    ] {
        assert_eq!(fault(from, to), Some((column.to_owned(), MillisecondsNotSeconds)));
    }
}

#[test]
fn quirk_35_doubles_are_taken_only_where_stripe_has_nulls() {
    assert_eq!(fault("\"posted_at\":1651784999", "\"posted_at\":1651784999.0"), None);
    assert_eq!(fault("-1000", "-1000.0"), Some(("amount".to_owned(), NotAnInteger)));
}

#[test]
fn a_rejected_row_names_its_account_when_that_can_be_read() {
    let seen = read_text(&format!("{ROW}\n{}", ROW.replace("-1000", "1.5"))).expect("NDJSON");
    assert_eq!(seen.defects[0].account(), Some("fca_1"));
    let seen = read_text(&format!("{ROW}\n{}", ROW.replace("\"fca_1\"", "\"\\u0000\""))).expect("NDJSON");
    assert_eq!(seen.defects[0].account(), None);
}

#[test]
fn invalid_utf8_is_a_defect_of_its_row_in_lines_and_in_documents() {
    let mut bytes = format!("{ROW}\n{ROW}").into_bytes();
    let at = bytes.len() - 150;
    bytes[at] = 0xff;
    let seen = read_bytes(&bytes).expect("NDJSON");
    assert_eq!((seen.rows.len(), seen.faults()), (1, vec![(2, "", BadUnicode)]));
    let mut bytes = format!("[{ROW},\n\n{ROW}]").into_bytes();
    let at = bytes.len() - 150;
    bytes[at] = 0xff;
    let seen = read_bytes(&bytes).expect("an array");
    assert_eq!((seen.rows.len(), seen.faults()), (1, vec![(3, "", BadUnicode)]));
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let bad = ROW.replace("-1000", "1.5");
    let seen = read_text(&format!("{ROW}\r\n\r\n{bad}\n\n{bad}\r{bad}")).expect("NDJSON");
    assert_eq!(seen.faults().iter().map(|fault| fault.0).collect::<Vec<_>>(), [3, 5, 6]);
    let pretty = format!("{{\"object\": \"list\",\r\n\"data\": [\r\n{ROW},\r\n{bad}\r\n,\n{bad}],\"has_more\":false}}");
    let seen = read_text(&pretty).expect("a page");
    assert_eq!(seen.faults().iter().map(|fault| fault.0).collect::<Vec<_>>(), [4, 6]);
}

#[test]
fn a_line_or_object_beyond_the_limit_is_a_defect_and_reading_goes_on() {
    let long = ROW.replace("Rocket Rides", &"x".repeat(crate::read::json::OBJECT_BYTES_MAX));
    let seen = read_text(&format!("{ROW}\n{long}\n{ROW}\n")).expect("NDJSON");
    assert_eq!((seen.rows.len(), seen.faults()), (2, vec![(2, "", LineTooLong)]));
    let seen = read_text(&format!("[{ROW},\n{long},\n{ROW}]")).expect("an array");
    assert_eq!((seen.rows.len(), seen.faults()), (2, vec![(2, "", LineTooLong)]));
    // Long for a description, short for a line.
    let long = ROW.replace("Rocket Rides", &"x".repeat(20_001));
    assert_eq!(read_text(&format!("{ROW}\n{long}")).expect("NDJSON").faults(), [(2, "description", TextTooLong)]);
}

#[test]
fn nesting_is_limited_where_keys_are_ignored_too() {
    let deep =
        |levels: usize| ROW.replace("-1000", &format!("-1000,\"x\":{}{}", "[".repeat(levels), "]".repeat(levels)));
    // The row itself is one level.
    let seen = read_text(&format!("{ROW}\n{}\n{}", deep(63), deep(64))).expect("NDJSON");
    assert_eq!((seen.rows.len(), seen.faults()), (2, vec![(3, "", TooDeep)]));
    let seen = read_text(&format!("[{ROW},{},\n{}]", deep(63), deep(64))).expect("an array");
    assert_eq!((seen.rows.len(), seen.faults()), (2, vec![(2, "", TooDeep)]));
    let wide = ROW.replace("-1000", &format!("-1000,\"x\":[{}]", vec!["{}"; 500].join(",")));
    assert_eq!(read_text(&wide).expect("NDJSON").rows.len(), 1);
}

#[test]
fn a_file_cut_in_the_middle_is_an_error_as_a_document_and_a_defect_as_a_line() {
    let array = format!("[{ROW},\n{ROW}]");
    for end in [array.len() - 1, array.len() - 2, array.len() - 100, ROW.len() + 3] {
        let message = read_text(&array[..end]).expect_err("cut").to_string();
        assert!(message.contains("line 2, column"), "{end}: {message}");
    }
    let lines = format!("{ROW}\n{ROW}");
    let seen = read_text(&lines[..lines.len() - 1]).expect("NDJSON");
    assert_eq!((seen.rows.len(), seen.faults()), (1, vec![(2, "", BadJson)]));
    assert_eq!(read_text(&lines).expect("NDJSON").rows.len(), 2, "a last line needs no end");
}

#[test]
fn an_array_holds_objects_and_nothing_else() {
    let seen = read_text(&format!("[{ROW},\n7, null, \"x\"]")).expect("an array");
    assert_eq!(seen.rows.len(), 1);
    assert_eq!(seen.faults(), [(2, "object", UnknownObject); 3]);
}
