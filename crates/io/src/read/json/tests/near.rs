//! A key that is ours but for how it is written refuses the file where the key itself is not there, in every layout of JSON.

use super::{
    layouts::{ACCOUNTS, TRANSACTIONS, list},
    *,
};

/// The row with a part of its text replaced, read alone.
fn with(row: &str, from: &str, to: &str) -> Result<Seen, Error> {
    assert!(row.contains(from), "{from}");
    read_text(&row.replace(from, to))
}

#[test]
fn a_near_key_refuses_the_file_and_names_line_field_and_key() {
    let near = TRANSACTIONS[1].replace("status_transitions", "statusTransitions");
    for text in [
        format!("{}\n{near}", TRANSACTIONS[0]),
        format!("[{},\n{near}]", TRANSACTIONS[0]),
        list(&[TRANSACTIONS[0], &near], false).replace("},{", "},\n{"),
        format!("{{\"id\":\"k\",\"payload\":{}}}\n{{\"id\":\"k\",\"payload\":{near}}}", TRANSACTIONS[0]),
    ] {
        let message = read_text(&text).expect_err("near").to_string();
        let wanted = "transactions: column `status_transitions` is missing; `statusTransitions` looks like it: names are exact, \
                      rename it if it is that, else take it out";
        assert!(message.contains("line ") && message.ends_with(wanted), "{message}");
    }
    // So does a cell of a table that holds the object.
    let cell = format!("id,_raw\n1,\"{}\"\n", near.replace('"', "\"\""));
    assert!(read_text(&cell).expect_err("near").to_string().contains("`statusTransitions` looks like it"));
}

#[test]
fn keys_are_near_at_the_top_flattened_and_inside_of_what_is_read() {
    for (row, from, to, field) in [
        (TRANSACTIONS[0], "\"posted_at\"", "\"postedAt\"", "status_transitions.posted_at"),
        (TRANSACTIONS[0], "\"updated\"", "\"Updated\"", "updated"),
        (TRANSACTIONS[0], "\"description\"", "\"DESCRIPTION\"", "description"),
        (ACCOUNTS[0], "\"account_holder\"", "\"accountHolder\"", "account_holder"),
        (ACCOUNTS[0], "\"customer\":", "\"Customer\":", "account_holder.customer"),
        (ACCOUNTS[0], "\"balance\"", "\"Balance\"", "balance"),
        (ACCOUNTS[0], "\"as_of\"", "\"asOf\"", "balance.as_of"),
        (ACCOUNTS[0], "\"balance_refresh\"", "\"balance refresh\"", "balance_refresh"),
        (ACCOUNTS[0], "{\"last_attempted_at\"", "{\"lastAttemptedAt\"", "last_attempted_at"),
        (ACCOUNTS[0], "\"permissions\"", "\"Permissions\"", "permissions"),
        (ACCOUNTS[0], "\"balance\":{", "\"balance__current__usd\":5,\"x\":{", "balance"),
    ] {
        let message = with(row, from, to).expect_err(to).to_string();
        assert!(message.contains(&format!("column `{field}` is missing")), "{message}");
    }
}

#[test]
fn a_near_key_is_somebody_elses_beside_the_key_itself_in_another_table_and_in_another_product() {
    for (row, from, to) in [
        (TRANSACTIONS[0], "\"updated\"", "\"Updated\":1,\"updated\""),
        (TRANSACTIONS[0], "\"posted_at\"", "\"postedAt\":1,\"posted_at\""),
        // Banks' categories are beside many a row; an account's permissions say nothing of a row.
        (TRANSACTIONS[0], "\"updated\"", "\"Category\":\"food\",\"Permissions\":[],\"updated\""),
        (ACCOUNTS[0], "\"last4\"", "\"Amount\":1,\"Currency\":\"usd\",\"asOf\":1,\"last4\""),
        // What loaders and stores add begins with an underscore, whether the key is there or not.
        (TRANSACTIONS[0], "\"updated\"", "\"_updated\":1,\"_object\":1,\"x\""),
        // Null is the word for nothing, and the key is there.
        (ACCOUNTS[1], "\"balance\":null", "\"balance\":null,\"Balance\":{\"current\":{}}"),
    ] {
        let seen = with(row, from, to).expect(to);
        assert_eq!((seen.defects.len(), seen.rows.is_empty()), (0, false), "{to}");
    }
    let other = r#"{"id":"evt_1","object":"event","created":1651784999,"type":"invoice.paid","data":{"object":{"object":"invoice","accountHolder":1,"Status":"paid"}}}"#;
    assert_eq!(read_text(other).expect("an event").ignored, ["event of another product"]);
}

/// `pandas.json_normalize(…, max_level=1)` leaves the currency maps whole.
#[test]
fn a_balance_that_was_flattened_half_is_read_as_the_whole_one() {
    let whole = read_text(ACCOUNTS[0]).expect("an account");
    assert!(whole.rows.iter().any(|row| row.contains("current: 6000, available: Some(5900)")), "{:?}", whole.rows);
    for parts in [
        r#""balance.as_of":1651516592,"balance.type":"cash","balance.current":{"usd":6000},"balance.cash.available":{"usd":5900}"#,
        r#""balance_as_of":1651516592,"balance_type":"cash","balance_current":{"usd":6000},"balance_cash_available":{"usd":5900}"#,
        r#""balance.as_of":1651516592,"balance.type":"cash","balance.current":{"usd":6000},"balance.cash":{"available":{"usd":5900}},"balance.credit":null"#,
        r#""balance_as_of":1651516592,"balance_type":"cash","balance_current":{"usd":6000},"balance_cash":{"available":{"usd":5900}}"#,
        // Of a frame some rows of which have another currency, or no balance.
        r#""balance":null,"balance.as_of":1651516592.0,"balance.type":"cash","balance.current":null,"balance.current.usd":6000.0,"balance.current.eur":null,"balance.cash.available":null,"balance.cash.available.usd":5900.0"#,
    ] {
        let balance =
            r#""balance":{"as_of":1651516592,"type":"cash","current":{"usd":6000},"cash":{"available":{"usd":5900}}}"#;
        let half = with(ACCOUNTS[0], balance, parts).expect(parts);
        assert_eq!((&half.rows, half.defects.len()), (&whole.rows, 0), "{parts}");
    }
    let bare =
        r#""balance":{"as_of":1651516592,"type":"cash","current":{"usd":6000},"cash":{"available":{"usd":5900}}}"#;
    let seen = with(ACCOUNTS[0], bare, r#""balance.as_of":1651516592,"balance.current":6000"#).expect("a defect");
    assert_eq!(seen.faults(), [(1, "balance.current", DefectKind::BadJson)], "6000 of which currency, nobody can say");
}

/// Columns that somebody made of a balance for convenience stand beside it and say nothing of their own.
#[test]
fn a_copy_beside_the_balance_is_read_over_whatever_it_holds() {
    let whole = read_text(ACCOUNTS[0]).expect("an account");
    for copy in [
        r#""balance_current":{"usd":6000}"#,
        r#""balance.current":{"usd":1},"balance.cash.available":{"usd":2},"balance.credit.used":null"#,
        r#""balance_current":6000,"balance_cash_available":"5900","balance_credit_used":[]"#,
        r#""balance_cash":{"available":{"usd":5900}},"balance_credit":5"#,
    ] {
        // Before the struct, and wherever else.
        for key in ["\"balance\":", "\"last4\":"] {
            let to = format!("{copy},{key}");
            let seen = with(ACCOUNTS[0], key, &to).expect(copy);
            assert_eq!((&seen.rows, seen.faults()), (&whole.rows, vec![]), "{to}");
            assert_eq!(seen.layout, whole.layout, "{to}");
        }
    }
    // Entries of their own that say the same are copies as well; of two amounts nobody can say which holds.
    for copy in [
        r#""balance.cash.available.usd":5900"#,
        r#""balance_current_usd":6000.0,"balance_cash_available_usd":5900.0,"balance_current_eur":null"#,
    ] {
        for key in ["\"balance\":", "\"last4\":"] {
            let seen = with(ACCOUNTS[0], key, &format!("{copy},{key}")).expect(copy);
            assert_eq!((&seen.rows, seen.faults()), (&whole.rows, vec![]), "{copy} {key}");
        }
    }
    for key in ["\"balance\":", "\"last4\":"] {
        let seen = with(ACCOUNTS[0], key, &format!(r#""balance.cash.available.usd":5901,{key}"#)).expect("a defect");
        assert_eq!(seen.faults(), [(1, "balance.cash.available", DefectKind::DuplicateKey)]);
    }
    // Beside entries that were flattened whole it is a copy too.
    let bare =
        r#""balance":{"as_of":1651516592,"type":"cash","current":{"usd":6000},"cash":{"available":{"usd":5900}}}"#;
    let entries = r#""balance_as_of":1651516592,"balance_type":"cash","balance_current":6000,"balance_current_usd":6000,"balance_cash_available_usd":5900,"balance_cash":5900"#;
    let seen = with(ACCOUNTS[0], bare, entries).expect("entries");
    assert_eq!((&seen.rows, seen.faults()), (&whole.rows, vec![]));
}
