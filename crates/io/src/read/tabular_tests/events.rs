//! Tables of events as databases and loaders keep them, their `data` as text, against the events themselves.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};

use super::{Contents, read, read_text, samples::parquet};

/// Type, time and object of each event: an account that became inactive and active again, and a plan, which no table takes.
fn events() -> [(&'static str, i64, String); 3] {
    let account = |status: &str| {
        format!(
            r#"{{"id":"fca_1","object":"financial_connections.account","account_holder":{{"type":"customer","customer":"cus_1"}},"category":"cash","created":1600000000,"livemode":true,"status":"{status}","subcategory":"checking"}}"#
        )
    };
    [
        ("financial_connections.account.deactivated", 1_762_000_000, account("inactive")),
        ("plan.created", 1_762_000_001, r#"{"id":"price_1","object":"plan","amount":2000}"#.to_owned()),
        ("financial_connections.account.reactivated", 1_762_172_800, account("active")),
    ]
}

/// Their `data`, as the text of a cell.
fn data(object: &str) -> String {
    format!(r#"{{"object":{object}}}"#)
}

/// A line of JSON for each, by a pattern.
fn lines(line: impl Fn(&str, i64, &str) -> String) -> Contents {
    let lines = events().map(|(kind, created, object)| line(kind, created, &data(&object)));
    read_text(&lines.join("\n")).expect("usable")
}

/// A CSV table of some of the columns.
fn csv(header: &str, object: &str) -> Contents {
    let mut text = format!("{header}\n");
    for (kind, created, inner) in events() {
        let cells = header.split(',').map(|name| match name {
            "id" => "evt_1".to_owned(),
            "object" => object.to_owned(),
            "type" => kind.to_owned(),
            "created" => created.to_string(),
            _ => format!("\"{}\"", data(&inner).replace('"', "\"\"")),
        });
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    read_text(&text).expect("usable")
}

fn faults(contents: &Contents) -> Vec<(u64, &str, &str)> {
    let faults = contents.defects.iter();
    faults.map(|fault| (fault.source.line, fault.column.as_str(), fault.kind.code())).collect()
}

#[test]
fn a_raw_table_of_events_reads_as_the_events_do() {
    let log = lines(|kind, created, data| {
        format!(r#"{{"id":"evt_1","object":"event","type":"{kind}","created":{created},"data":{data}}}"#)
    });
    assert_eq!((log.rows.len(), log.defects.len()), (2, 0));
    for (row, word) in log.rows.iter().zip(["known_at: Some(1762000000)", "known_at: Some(1762172800)"]) {
        assert!(row.contains(word), "{row}");
    }
    let text = |data: &str| serde_json::to_string(data).expect("a text");
    let unnamed = lines(|kind, created, data| format!(r#"{{"type":"{kind}","created":{created},"data":{data}}}"#));
    let as_text = lines(|kind, created, data| {
        format!(r#"{{"object":"event","type":"{kind}","created":{created},"data":{}}}"#, text(data))
    });
    let both = lines(|kind, created, data| {
        format!(r#"{{"id":"evt_1","type":"{kind}","created":{created},"data":{}}}"#, text(data))
    });
    let texts = |of: fn((&'static str, i64, String)) -> String| {
        Arc::new(StringArray::from_iter_values(events().map(of))) as ArrayRef
    };
    let columns = || {
        let created = Arc::new(Int64Array::from_iter_values(events().map(|event| event.1))) as ArrayRef;
        vec![
            ("object", texts(|_| "event".to_owned())),
            ("type", texts(|event| event.0.to_owned())),
            ("created", created),
            ("data", texts(|event| data(&event.2))),
        ]
    };
    let typed = read(parquet(columns()).path()).expect("usable");
    let without_name = read(parquet(columns().split_off(1)).path()).expect("usable");
    for (name, raw) in [
        ("without a name", unnamed),
        ("as text", as_text),
        ("both", both),
        ("CSV", csv("id,object,type,created,data", "event")),
        ("CSV without a name", csv("id,type,created,data", "")),
        ("Parquet", typed),
        ("Parquet without a name", without_name),
    ] {
        assert_eq!((raw.rows, raw.defects), (log.rows.clone(), vec![]), "{name}");
    }
}

#[test]
fn a_whole_event_in_a_table_has_its_own_time_and_not_that_of_the_row() {
    let event = |kind: &str, created: i64, data: &str| {
        format!(r#"{{"id":"evt_1","object":"event","type":"{kind}","created":{created},"data":{data}}}"#)
    };
    let log = lines(event);
    let text = |event: &str| serde_json::to_string(event).expect("a text");
    // When it was loaded, in the columns of the row.
    let loaded = |data: String| format!(r#""id":1,"created":1790000000,"data":{data}}}"#);
    let tables = [
        lines(|kind, created, data| format!(r#"{{"type":"{kind}",{}"#, loaded(event(kind, created, data)))),
        lines(|kind, created, data| format!(r#"{{"object":"event",{}"#, loaded(event(kind, created, data)))),
        lines(|kind, created, data| format!(r#"{{"object":"event",{}"#, loaded(text(&event(kind, created, data))))),
        lines(|kind, created, data| format!(r#"{{"id":1,"data":{}}}"#, event(kind, created, data))),
        lines(|kind, created, data| format!(r#"{{"id":1,"data":{}}}"#, text(&event(kind, created, data)))),
    ];
    for (at, table) in tables.iter().enumerate() {
        assert_eq!((&table.rows, faults(table)), (&log.rows, vec![]), "table {at}");
    }
}

#[test]
fn an_event_of_a_raw_table_without_its_time_is_set_aside_and_no_undated_export() {
    // The plan's event tells nothing, whenever it came.
    let missing = |first| vec![(first, "created", "missing_value"), (first + 2, "created", "missing_value")];
    for header in ["id,object,type,data", "id,data"] {
        let raw = csv(header, "event");
        assert_eq!((raw.rows.len(), faults(&raw)), (0, missing(2)), "{header}");
    }
    for raw in [
        lines(|kind, _, data| format!(r#"{{"type":"{kind}","data":{data}}}"#)),
        lines(|_, _, data| format!(r#"{{"id":"evt_1","_raw":{data}}}"#)),
        lines(|_, _, data| format!(r#"{{"id":"evt_1","payload":{}}}"#, serde_json::Value::from(data))),
    ] {
        assert_eq!((raw.rows.len(), faults(&raw)), (0, missing(1)));
    }
    // What a thin event says of which account stands in columns that are not read.
    let thin = csv("id,object,type,created,data", "v2.core.event");
    assert_eq!((thin.rows.len(), faults(&thin)), (0, (2..5).map(|line| (line, "object", "unknown_object")).collect()));
}

#[test]
fn the_object_itself_beside_columns_of_those_names_is_no_event() {
    let mut text = "id,object,type,created,data\n".to_owned();
    let (_, _, account) = &events()[0];
    text += &format!("1,financial_connections.account,raw,1762000000,\"{}\"\n", account.replace('"', "\"\""));
    let (raw, alone) = (read_text(&text).expect("usable"), read_text(account).expect("usable"));
    assert_eq!((raw.rows, raw.defects), (alone.rows, vec![]));
}
