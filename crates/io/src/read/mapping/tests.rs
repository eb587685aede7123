use cashline_core::{
    defect::{DefectKind, Source},
    money::Currency,
    row::Row,
};

use super::*;
use crate::read::Item;

fn mapped(body: &str) -> Mapped {
    let columns = "[transactions.columns]\nid='i'\naccount='a'\ncurrency='c'\nstatus='s'\ntransacted_at='t'\n";
    let text = format!("name='x'\n[transactions]\n{body}\n{columns}");
    let mapping = Mapping::parse(&text, Path::new("x.toml")).expect("a mapping");
    mapping.tables[0].clone()
}

#[test]
fn the_presets_are_the_files_that_a_user_may_copy() {
    for (name, text) in PRESETS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../data/mapping/{name}.toml"));
        assert_eq!(std::fs::read_to_string(&path).expect("beside the sources"), *text);
        assert_eq!(Mapping::preset(name).expect("valid").name(), *name);
    }
    let error = Mapping::preset("yodel").expect_err("unknown").to_string();
    assert!(error.contains("there are: plaid"), "{error}");
}

#[test]
fn a_header_with_nearly_the_name_of_a_column_that_it_lacks_is_refused() {
    let text = "name='x'\n[transactions]\npending='Pending?'\n[transactions.columns]\nid='Ref'\naccount='a'\namount='Amount'\n\
                currency='c'\ntransacted_at='Booked'\ndescription=['Text','Memo']\n'status_transitions.posted_at'='Value date'\n";
    let mapping = Mapping::parse(text, Path::new("x.toml")).expect("a mapping");
    let mapped = &mapping.tables[0];
    let near = |more: &[&str]| {
        let own = ["Ref", "a", "Amount", "c", "Booked"];
        let header: Vec<String> = own.iter().chain(more).map(|name| (*name).to_owned()).collect();
        mapped.check_near(&header, &mapped.absent(&header))
    };
    assert_eq!(near(&["Pending?", "Text", "Value date"]), Ok(()));
    // Absent columns alone are told in a warning: a bank may not have them.
    assert_eq!(near(&["Pending?", "Note"]), Ok(()));
    assert_eq!(
        near(&["Pending?", "Text", "value_date"]).expect_err("the posting day"),
        "transactions: column `Value date` is missing; `value_date` looks like it: names are exact, rename it"
    );
    assert!(near(&["pending"]).expect_err("a flag").contains("column `Pending?` is missing"));
    assert_eq!(near(&["Pending?", "Memo", "text"]), Ok(()), "one of its two columns is there");
    assert!(near(&["Pending?", "memo"]).expect_err("neither").contains("column `Memo` is missing"));
}

#[test]
fn major_units_are_read_exactly_by_the_currency_and_surplus_digits_are_refused() {
    let mapped = mapped("units='major'\ndecimal=','\nthousands='.'\ndebit='d'\ncredit='k'");
    let read = |text: &str, code: &str| mapped.amount(text, Currency::parse(code));
    for (text, code, minor) in [
        ("12,34", "usd", 1_234),
        ("-0,5", "usd", -50),
        ("1.234.567,8", "usd", 123_456_780),
        ("7", "jpy", 7),
        ("1,005", "kwd", 1_005),
        // As doubles, 0.29 and 4.35 times 100 are 28.999… and 434.999….
        ("0,29", "usd", 29),
        ("4,35", "usd", 435),
        ("9.999.999.999.999,99", "usd", 999_999_999_999_999),
    ] {
        assert_eq!(read(text, code), Ok(minor), "{text} {code}");
    }
    assert_eq!(read("10.000.000.000.000,01", "usd"), Err(DefectKind::OutOfRange));
    for (text, code) in [
        ("12,345", "usd"),
        ("7,0", "jpy"),
        ("12.34", "usd"),
        ("1.2345,00", "usd"),
        ("12,", "usd"),
        (",5", "usd"),
        ("1e2", "usd"),
        ("+1", "usd"),
        ("--1", "usd"),
        ("$1", "usd"),
        ("", "usd"),
        ("1.,5", "usd"),
    ] {
        assert_eq!(read(text, code), Err(DefectKind::NotANumber), "{text} {code}");
    }
}

/// What a row with these cells under debit and credit amounts to.
fn two_sided(debit: &str, credit: &str) -> Result<i64, DefectKind> {
    let mapped = mapped("units='major'\ndebit='d'\ncredit='k'");
    let cell = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    mapped.two_sided(cell(debit), cell(credit), Some(Currency::USD))
}

#[test]
fn debit_and_credit_columns_make_one_signed_amount() {
    for (debit, credit, minor) in [
        ("12.34", "", -1_234),
        ("0.00", "5", 500),
        ("0", "0.00", 0),
        ("-", "7.00", 700),
        ("3", " - ", -300),
        ("NaN", "4", 400),
        // Zeros as databases and ledgers print them.
        (".00", "5.00", 500),
        ("12", "0.000", -1_200),
        ("–", "5.00", 500),
        ("3", "—", -300),
    ] {
        assert_eq!(two_sided(debit, credit), Ok(minor), "{debit} {credit}");
    }
    for (debit, credit, kind) in [
        ("1", "1", DefectKind::OutOfRange),
        ("-1", "", DefectKind::OutOfRange),
        ("", "", DefectKind::MissingValue),
        ("-", "-", DefectKind::MissingValue),
        ("NaN", " ", DefectKind::MissingValue),
    ] {
        assert_eq!(two_sided(debit, credit), Err(kind), "{debit} {credit}");
    }
}

#[test]
fn text_that_is_no_amount_under_debit_or_credit_is_a_defect_and_never_nothing() {
    for (debit, credit) in [
        ("l00.OO", ""),
        ("n/a", "n/a"),
        ("\u{662}\u{663}.\u{660}\u{660}", ""),
        ("5.00", "see below"),
        ("see below", "5.00"),
        ("--", ""),
        ("", "0.0.0"),
        (".", "5.00"),
    ] {
        assert_eq!(two_sided(debit, credit), Err(DefectKind::NotANumber), "{debit} {credit}");
    }
}

#[test]
fn a_word_may_stand_for_a_currency_and_the_unit_follows_it() {
    let text = "name='x'\n[transactions]\nunits='major'\n[transactions.columns]\nid='i'\naccount='a'\namount='m'\n\
                currency='c'\nstatus='s'\ntransacted_at='t'\n[transactions.values.currency]\n'Yen'='jpy'\n";
    let mapping = Mapping::parse(text, Path::new("m.toml")).expect("a mapping");
    let mut rows = Vec::new();
    let look = |name: &str| {
        let cells = [("i", "t1"), ("a", "X1"), ("m", "700"), ("c", "Yen"), ("s", "posted"), ("t", "1767225600")];
        cells.iter().find(|(column, _)| *column == name).map(|(_, cell)| (*cell).to_owned())
    };
    let source = Source { file: 0, line: 2 };
    mapping.tables()[0]
        .emit(&look, Vec::new(), source, &mut |item| {
            if let Item::Row(Row::Transaction(row)) = item {
                rows.push((row.amount, row.currency.as_str().to_owned()));
            }
            Ok(())
        })
        .expect("a row");
    // A yen has no cents: 700 and not 70,000.
    assert_eq!(rows, [(700, "jpy".to_owned())]);
}

#[test]
fn a_date_is_midnight_utc_and_a_pattern_with_a_time_is_that_time() {
    let mapped = mapped("time=['%d/%m/%Y %H:%M', '%d/%m/%Y']\ndebit='d'\ncredit='k'");
    // 2026-01-01T00:00:00Z is 1767225600.
    assert_eq!(mapped.seconds("01/01/2026"), Ok(1_767_225_600));
    assert_eq!(mapped.seconds("01/01/2026 01:01"), Ok(1_767_225_600 + 3_660));
    assert_eq!(mapped.seconds("2026-01-01"), Err(DefectKind::NotADate));
    // A time of day that its pattern does not settle is no midnight.
    for unsettled in ["%d/%m/%Y %I:%M", "%d/%m/%Y %H"] {
        let mapped = self::mapped(&format!("time=['{unsettled}']\ndebit='d'\ncredit='k'"));
        for text in ["01/01/2026 01:01", "01/01/2026 01"] {
            assert_eq!(mapped.seconds(text), Err(DefectKind::NotADate), "{unsettled}: {text}");
        }
    }
}

#[test]
fn patterns_of_which_one_takes_anothers_text_for_another_time_are_refused_at_the_later_one() {
    let parse = |time: &str| {
        let columns = "[balances.columns]\naccount='a'\nas_of='t'\ncurrent='c'\n";
        let text = format!("name='x'\n[balances]\ntime=[{time}]\n{columns}");
        Mapping::parse(&text, Path::new("m.toml")).map(|_| ()).map_err(|error| error.to_string())
    };
    for time in [
        // 03/04/2010 is a day of March to one and of April to the other.
        "'%m/%d/%Y','%d/%m/%Y'",
        "'%d/%m/%y','%m/%d/%y'",
        "'%y-%m-%d','%d-%m-%y'",
        // The year 10.
        "'%m/%d/%Y','%m/%d/%y'",
        // 20100304 is a second of August 1970.
        "'seconds','%Y%m%d'",
        "'rfc3339','%Y-%d-%m %H:%M','%Y-%m-%d %H:%M'",
    ] {
        let error = parse(time).expect_err(time);
        assert!(error.contains("line 3, column ") && error.contains("reads the same text as another time"), "{error}");
    }
    assert!(
        parse("'%m/%d/%Y','%d/%m/%Y'").expect_err("two").starts_with("m.toml: line 3, column 18: `%m/%d/%Y` before it")
    );
    for time in [
        "'rfc3339','%Y-%m-%d'",
        "'%d/%m/%Y %H:%M','%d/%m/%Y'",
        "'%m/%d/%Y','%d.%m.%Y','%b %e, %Y'",
        "'%m/%d/%y','%m/%d/%Y'",
        "'%Y-%m-%d %H:%M:%S%#z','%Y-%m-%d %H:%M:%S'",
        "'seconds','rfc3339','%s'",
    ] {
        assert_eq!(parse(time), Ok(()), "{time}");
    }
}

#[test]
fn a_word_that_a_mapping_gives_for_theirs_is_one_of_ours() {
    let parse = |more: &str| {
        let columns = "id='i'\ncategory='k'\nsubcategory='u'\nstatus='s'\n'balance.currency'='c'\n";
        let text = format!("name='x'\n[accounts.columns]\n{columns}{more}\n");
        Mapping::parse(&text, Path::new("m.toml")).map(|_| ()).map_err(|error| error.to_string())
    };
    for (table, word, says) in [
        ("category", "csh", "`csh` is no `category`; there are: cash, credit, investment, other, unknown"),
        ("subcategory", "saving", "there are: checking, savings"),
        ("status", "open", "there are: active, inactive, disconnected"),
        ("'balance.currency'", "dollar", "codes of ISO 4217"),
    ] {
        let error = parse(&format!("[accounts.values.{table}]\nX='{word}'\n")).expect_err(word);
        assert!(error.starts_with("m.toml: line 8, column 18: ") && error.contains(says), "{error}");
    }
    let all = "[accounts.values.category]\nX='cash'\nY='unknown'\n[accounts.values.'balance.currency']\nDollar='USD'\n";
    assert_eq!(parse(all), Ok(()));
    let constant = |more: &str| {
        let text = format!(
            "name='x'\n[accounts.columns]\nid='i'\nsubcategory='u'\nstatus='s'\n[accounts.constants]\ncategory='csh'\n{more}"
        );
        Mapping::parse(&text, Path::new("m.toml")).map(|_| ()).map_err(|error| error.to_string())
    };
    assert!(constant("").expect_err("misspelt").contains("`csh` is no `category`"));
    assert_eq!(constant("[accounts.values.category]\ncsh='cash'\n"), Ok(()), "their word, translated");
}

#[test]
fn accounts_whose_words_nobody_translated_are_counted_by_field() {
    let text = "name='x'\n[accounts.columns]\nid='i'\nsubcategory='u'\nstatus='s'\ncategory='k'\n\
                [accounts.values.category]\nCHK='cash'\n";
    let mapping = Mapping::parse(text, Path::new("m.toml")).expect("a mapping");
    let mut counts = BTreeMap::new();
    for (category, status) in
        [("CHK", "active"), ("SAV", "active"), ("cash", "OPEN"), ("SAV", ""), ("unknown", "active")]
    {
        let look = |name: &str| {
            let cells = [("i", "a1"), ("k", category), ("s", status)];
            cells.iter().find(|cell| cell.0 == name && !cell.1.is_empty()).map(|cell| cell.1.to_owned())
        };
        mapping.tables[0].count_unlisted(&look, &mut counts);
    }
    assert_eq!(counts, BTreeMap::from([("category", 2), ("status", 1)]));
}

#[test]
fn a_field_is_met_by_a_row_that_has_one_of_its_names() {
    let text = "name='x'\n[balances.columns]\naccount='a'\nas_of=['t', '/when']\ncurrent='c'\ncurrency='kind'\n";
    let mapping = Mapping::parse(text, Path::new("m.toml")).expect("a mapping");
    let mapped = &mapping.tables[0];
    let mut unmet = mapped.named();
    assert_eq!(unmet, ["account", "as_of", "currency", "current"]);
    mapped.still_unmet(&mut unmet, &|name| name == "a");
    mapped.still_unmet(&mut unmet, &|name| name == "/when" || name == "c");
    assert_eq!(unmet, ["currency"]);
}

#[test]
fn fields_whose_columns_a_header_has_not_are_named() {
    let text = "name='x'\n[balances]\ntime=['%Y-%m-%d']\n[balances.columns]\naccount='a'\nas_of=['t', 'when']\ncurrent='c'\n\
                currency='kind'\n";
    let mapping = Mapping::parse(text, Path::new("m.toml")).expect("a mapping");
    let absent = |header: &[&str]| {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        mapping.tables()[0].absent(&header).join(" ")
    };
    assert_eq!(absent(&["a", "when", "c", "kind"]), "");
    assert_eq!(absent(&["a", "t", "c", "knid"]), "currency");
}

#[test]
fn a_wrong_mapping_is_refused_with_line_and_column() {
    let columns = "[balances.columns]\naccount='a'\nas_of='t'\ncurrent='c'\n";
    for (text, line, what) in [
        ("name='x'\nnmae='y'\n".to_owned(), "line 2, column 1", "nmae"),
        ("name='x'\ndelimiter=';;'\n[balances]\n".to_owned() + columns, "line 2, column 11", "delimiter"),
        ("name='x'\n[balances]\n".to_owned() + columns + "amuont='b'\n", "line 7, column 1", "`amuont`"),
        ("name='x'\n[balances]\ntime=['yyyy']\n".to_owned() + columns, "line 3, column 7", "a time is"),
        ("name='x'\n[balances]\ntime=['%Y-%m-%d %H:%M %Z']\n".to_owned() + columns, "line 3, column 7", "a zone's name"),
        (
            "name='x'\n[transactions]\nsign='outflow_positive'\ndebit='d'\ncredit='k'\n[transactions.columns]\nid='i'\n".to_owned(),
            "line 3, column 6",
            "`debit` and `credit` say what went out",
        ),
        ("name='x'\n[balances]\nunits='dollars'\n".to_owned() + columns, "line 3, column 7", "dollars"),
        ("name='x'\n[transactions.columns]\nid='i'\n".to_owned(), "line 1, column 1", "`account` is required"),
        ("name='x'\n".to_owned(), "line 1, column 1", "maps no table"),
        ("name='x'\n[balances]\n".to_owned() + columns + "[balances.values.current]\n'a'='b'\n", "line 7, column 18", "no word"),
    ] {
        let error = Mapping::parse(&text, Path::new("m.toml")).expect_err("wrong").to_string();
        assert!(error.starts_with(&format!("m.toml: {line}")) && error.contains(what), "{error}");
    }
}

#[test]
fn a_key_that_would_do_nothing_is_refused_with_its_place() {
    let transactions = |keys: &str, more: &str| {
        format!(
            "name='x'\n[transactions]\n{keys}\n[transactions.columns]\nid='i'\naccount='a'\ncurrency='c'\ntransacted_at='t'\n{more}"
        )
    };
    let accounts = |keys: &str, more: &str| {
        format!(
            "name='x'\n[accounts]\n{keys}\n[accounts.columns]\nid='i'\ncategory='c'\nsubcategory='s'\nstatus='t'\n{more}"
        )
    };
    let amount = "amount='m'\nstatus='s'\n";
    for (text, place, what) in [
        (transactions("pending='p'", amount), "line 10, column 1", "keep `pending` or `status`"),
        (
            transactions("pending='p'", "amount='m'\n[transactions.constants]\nstatus='posted'\n"),
            "line 11, column 1",
            "keep `pending` or `status`",
        ),
        (transactions("debts=['loan']", amount), "line 3, column 7", "belongs in [accounts]"),
        (
            transactions("", &format!("{amount}[transactions.values.amount]\n'a'='1'\n")),
            "line 11, column 22",
            "`amount` is no word",
        ),
        (
            transactions("", &format!("{amount}[transactions.values.transacted_at]\n'a'='1'\n")),
            "line 11, column 22",
            "`transacted_at` is no word",
        ),
        (
            transactions("", &format!("{amount}[transactions.values.description]\n'a'='b'\n")),
            "line 11, column 22",
            "neither a column nor a constant",
        ),
        (transactions("debit='d'\ncredit='k'", amount), "line 3, column 7", "not both"),
        (accounts("sign='outflow_positive'", ""), "line 3, column 6", "`debts` names the categories"),
        (accounts("pending='p'", ""), "line 3, column 9", "[transactions] alone"),
        (accounts("debit='d'\ncredit='k'", ""), "line 3, column 7", "[transactions] alone"),
        (accounts("", "[accounts.values.'balance.current']\n'a'='1'\n"), "line 9, column 18", "no word"),
    ] {
        let error = Mapping::parse(&text, Path::new("m.toml")).expect_err("wrong").to_string();
        assert!(error.starts_with(&format!("m.toml: {place}")) && error.contains(what), "{text}\n{error}");
    }
    for text in [
        transactions("pending='p'", "amount='m'\n"),
        accounts("debts=['loan']", "'balance.currency'='b'\n[accounts.values.'balance.currency']\n'Dollar'='usd'\n"),
    ] {
        assert!(Mapping::parse(&text, Path::new("m.toml")).is_ok(), "{text}");
    }
}

#[test]
fn debts_may_be_named_in_the_banks_word_or_in_ours() {
    for debts in ["['Karte']", "['credit']"] {
        let text = format!(
            "name='x'\n[accounts]\nunits='minor'\ndebts={debts}\n[accounts.columns]\nid='i'\nstatus='s'\ncategory='k'\nsubcategory='u'\n\
             'balance.as_of'='t'\n'balance.currency'='c'\n'balance.current'='b'\n[accounts.values.category]\nKarte='credit'\n"
        );
        let mapping = Mapping::parse(&text, Path::new("x.toml")).expect("a mapping");
        let look = |name: &str| {
            let cells = [
                ("i", "a1"),
                ("s", "active"),
                ("k", "Karte"),
                ("u", "credit_card"),
                ("t", "1"),
                ("c", "usd"),
                ("b", "40000"),
            ];
            cells.iter().find(|cell| cell.0 == name).map(|cell| cell.1.to_owned())
        };
        let (_, entries) = mapping.tables[0].convert(&look).expect("a row");
        assert_eq!(entries.iter().map(|entry| entry.2).collect::<Vec<_>>(), [-40_000], "{debts}");
    }
}
