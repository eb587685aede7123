//! A known column in a shape that nobody reads is refused by name, or its rows are: it is never dropped in silence.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, Int64Array, ListArray, StringArray, StructArray,
    builder::{MapBuilder, StringBuilder},
    types::Int64Type,
};
use arrow_schema::{DataType, Field};
use cashline_core::defect::DefectKind;

use super::{samples::parquet, *};

fn text(value: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

fn number(value: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![value]))
}

fn structure(value: ArrayRef) -> ArrayRef {
    let field = Field::new("value", value.data_type().clone(), true);
    Arc::new(StructArray::from(vec![(Arc::new(field), value)]))
}

fn list() -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])]))
}

/// A row of a table with one column more, or another in place of one.
fn with(table: &[(&'static str, ArrayRef)], name: &'static str, array: &ArrayRef) -> Vec<(&'static str, ArrayRef)> {
    let others = table.iter().filter(|column| column.0 != name).cloned();
    others.chain([(name, Arc::clone(array))]).collect()
}

fn transactions() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("id", text("t1")),
        ("account", text("a1")),
        ("amount", number(5)),
        ("currency", text("usd")),
        ("status", text("posted")),
        ("transacted_at", number(1_767_225_600)),
    ]
}

fn accounts() -> Vec<(&'static str, ArrayRef)> {
    let words = [("id", "a1"), ("category", "cash"), ("subcategory", "checking"), ("status", "active")];
    words.map(|(name, word)| (name, text(word))).to_vec()
}

#[test]
fn a_parquet_column_of_ours_in_another_shape_is_refused_by_name() {
    let (a_struct, a_list, one) = (structure(text("x")), list(), number(1));
    for (name, array) in [
        ("description", &a_struct),
        ("updated", &a_struct),
        ("livemode", &a_struct),
        ("amount", &a_struct),
        ("object", &a_struct),
        ("updated", &a_list),
        ("status_transitions", &a_list),
        ("status_transitions", &one),
    ] {
        let message = read(parquet(with(&transactions(), name, array)).path()).expect_err(name).to_string();
        assert!(message.contains(&format!("column `{name}")) && !message.contains("is missing"), "{message}");
    }
    for (name, array) in [
        ("balance", &one),
        ("balance", &a_list),
        ("account_holder", &one),
        ("balance_refresh", &a_list),
        ("institution_name", &a_struct),
        ("permissions", &a_struct),
        ("status", &a_struct),
    ] {
        let message = read(parquet(with(&accounts(), name, array)).path()).expect_err(name).to_string();
        assert!(message.contains(&format!("column `{name}")) && !message.contains("is missing"), "{message}");
    }
    // A struct that no table of ours has is another column; so is what stands beside an expanded customer's id.
    let read_over = read(parquet(with(&accounts(), "metadata", &a_struct)).path()).expect("usable");
    assert_eq!((read_over.rows.len(), read_over.defects.len()), (1, 0));
    let expanded = read_text(
        "id,category,subcategory,status,account_holder.customer.id,account_holder.customer.email\na1,cash,checking,active,cus_1,x\n",
    );
    assert!(expanded.expect("usable").rows[0].contains(r#"holder: Some("cus_1")"#));
}

#[test]
fn a_map_of_texts_in_parquet_reads_as_the_object_that_it_is() {
    let mut holder = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for (key, value) in [("type", "customer"), ("customer", "cus_1")] {
        holder.keys().append_value(key);
        holder.values().append_value(value);
    }
    holder.append(true).expect("as many values as keys");
    let holder: ArrayRef = Arc::new(holder.finish());
    assert!(matches!(holder.data_type(), DataType::Map(_, _)));
    let contents = read(parquet(with(&accounts(), "account_holder", &holder)).path()).expect("usable");
    assert!(contents.rows[0].contains(r#"holder: Some("cus_1"), holder_kind: Some(Customer)"#), "{:?}", contents.rows);
}

#[test]
fn a_cell_that_is_no_struct_where_one_belongs_is_a_defect_as_in_json() {
    let csv = |name: &str, cell: &str| {
        read_text(&format!("id,category,subcategory,status,{name}\na1,cash,checking,active,{cell}\n")).expect("usable")
    };
    let json = |name: &str, value: &str| {
        let text = format!(
            r#"{{"object":"financial_connections.account","id":"a1","category":"cash","subcategory":"checking","status":"active","{name}":{value}}}"#
        );
        read_text(&format!("{text}\n")).expect("usable")
    };
    let fault = |contents: Contents| {
        let defect = contents.defects.into_iter().next().expect("a defect");
        (defect.column.clone(), defect.kind, defect.account().map(str::to_owned))
    };
    for name in ["balance", "account_holder", "balance_refresh"] {
        let expected = (name.to_owned(), DefectKind::BadJson, Some("a1".to_owned()));
        for cell in ["6000", "cus_1", "[1]"] {
            assert_eq!(fault(csv(name, cell)), expected, "{name} {cell}");
        }
        // JSON reads over a refresh that is no object, as it does over the token of a transaction.
        if name != "balance_refresh" {
            assert_eq!(fault(json(name, "6000")).1, expected.1, "{name}");
        }
        for cell in ["", "null", "{}", r#""{""x"": 1}""#] {
            assert_eq!(csv(name, cell).defects, [], "{name} {cell}");
        }
    }
    // The same one level down: an amount without its currency is no map.
    let amounts = read_text(
        "id,category,subcategory,status,balance.as_of,balance.current\na1,cash,checking,active,1767225600,5\n",
    );
    let expected = ("balance.current".to_owned(), DefectKind::BadJson, Some("a1".to_owned()));
    assert_eq!(fault(amounts.expect("usable")), expected);
    assert_eq!(fault(json("balance", r#"{"as_of":1767225600,"current":5}"#)), expected);
}

#[test]
fn a_nul_spoils_a_row_only_in_a_column_that_is_read() {
    let row = |description: &str, note: &str| {
        let head = "id,account,amount,currency,status,transacted_at,description,note";
        read_text(&format!("{head}\nt1,a1,5,usd,posted,1767225600,{description},{note}\n")).expect("usable")
    };
    assert_eq!((row("x", "a\0b").rows, row("x", "a\0b").defects.len()), (row("x", "").rows, 0));
    let spoilt = row("a\0b", "c\0d");
    assert_eq!((spoilt.rows.len(), spoilt.defects[0].column.as_str()), (0, "description"));
    assert_eq!(spoilt.defects[0].kind, DefectKind::ContainsNul);
}

#[test]
fn minus_zero_is_zero_in_every_layout() {
    let csv = read_text("id,account,amount,currency,status,transacted_at\nt1,a1,-0,usd,posted,1767225600\n");
    let json = read_text(
        "{\"id\":\"t1\",\"account\":\"a1\",\"amount\":-0,\"currency\":\"usd\",\"description\":\"\",\"status\":\"posted\",\
         \"transacted_at\":1767225600,\"livemode\":null,\"object\":\"financial_connections.transaction\"}\n",
    );
    let double: ArrayRef = Arc::new(arrow_array::Float64Array::from(vec![-0.0]));
    let typed = read(parquet(with(&transactions(), "amount", &double)).path());
    for contents in [csv, json, typed] {
        let contents = contents.expect("usable");
        assert!(contents.defects.is_empty() && contents.rows[0].contains("amount: 0,"), "{contents:?}");
    }
}

#[test]
fn objects_in_a_column_of_bytes_are_refused_as_bytes() {
    let bytes: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"{}"]));
    let message = read(parquet(vec![("_raw", bytes)]).path()).expect_err("bytes").to_string();
    assert!(message.contains("column `_raw` is Binary: bytes are no text"), "{message}");
}

#[test]
fn a_typed_table_says_which_table_it_is_even_when_every_row_is_set_aside() {
    let file = parquet(with(&accounts(), "livemode", &number(7)));
    let found = identify(file.path(), None, &ReadOptions::default()).expect("Parquet");
    let mut defects = 0;
    let facts = (LAYOUTS[found.layout].read)(&found, &ReadOptions::default(), &mut |item| {
        defects += i32::from(matches!(item, Item::Defect(_)));
        Ok(())
    });
    assert_eq!((facts.expect("usable").holds, defects), (vec![Table::Accounts], 1));
}

#[test]
fn a_key_inside_a_struct_that_is_nearly_a_fields_refuses_the_table_and_names_the_row() {
    let csv = |name: &str, cell: &str, more: (&str, &str)| {
        let (head, last) = more;
        read_text(&format!(
            "id,category,subcategory,status,{name}{head}\na0,cash,checking,active,{last}\na1,cash,checking,active,\"{}\"{last}\n",
            cell.replace('"', "\"\"")
        ))
    };
    for (name, cell, field, near) in [
        ("balance", r#"{"asOf":1,"current":{"usd":5}}"#, "balance.as_of", "asOf"),
        ("balance", "{'as_of': 1, 'Current': {'usd': 5}}", "balance.current", "Current"),
        // Below a struct inside, and as a whole struct.
        (
            "balance",
            "{'as_of': 1, 'current': {usd=5}, 'cash': {'Available': {usd=5}}}",
            "balance.cash.available",
            "Available",
        ),
        ("balance", "{as_of: 1, Cash: {available: {usd: 5}}}", "balance.cash", "Cash"),
        ("account_holder", r#"{"Customer":"cus_1"}"#, "account_holder.customer", "Customer"),
        (
            "balance_refresh",
            r#"{"status":"succeeded","lastAttemptedAt":1}"#,
            "balance_refresh.last_attempted_at",
            "lastAttemptedAt",
        ),
    ] {
        let message = csv(name, cell, ("", "")).expect_err(cell).to_string();
        let wanted = format!("line 3: accounts: column `{field}` is missing; `{near}` looks like it: names are exact");
        assert!(message.contains(&wanted), "{message}");
    }
    for (name, cell, more) in [
        // Beside the key itself, in a column of its own, a tool's own, currencies, an expanded holder, and names of others.
        ("balance", r#"{"as_of":1,"asOf":2,"current":{"usd":5}}"#, ("", "")),
        ("balance", r#"{"asOf":2,"current":{"usd":5}}"#, (",balance.as_of", ",1767225600")),
        ("balance", r#"{"_as_of":2,"current":{"USD":5},"limit":{"usd":5}}"#, ("", "")),
        ("account_holder", r#"{"type":"customer","customer":{"ID":"x","id":"cus_1"}}"#, ("", "")),
    ] {
        csv(name, cell, more).expect(cell);
    }
    let rows = parquet(with(&accounts(), "balance", &text(r#"{"asOf":1,"current":{"usd":5}}"#)));
    let message = read(rows.path()).expect_err("text of a struct").to_string();
    assert!(message.contains("row 1: accounts: column `balance.as_of` is missing; `asOf` looks like it"), "{message}");
}
