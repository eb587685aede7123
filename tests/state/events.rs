//! Every type of event that Stripe lists, and what is made of it: folded into the account, or counted and left.

use std::fs;

use cashline_core::row::{AccountChange, AccountNumbers, AccountStatus, NumberStatus, RefreshStatus, Row};
use cashline_io::{
    input::Inputs,
    read::{EVENT_TYPES, Item, LAYOUTS, ReadOptions},
};

use crate::support::{scratch, shared};

/// What a type is to become.
#[derive(Clone, Debug, PartialEq)]
enum Plan {
    /// A version of the account, known at the event's time.
    Version,
    /// One thing of it.
    Change(AccountChange),
    /// Counted under that name.
    Counted(&'static str),
}

const SNAPSHOTS: [(&str, Plan); 14] = [
    ("financial_connections.account.created", Plan::Version),
    ("financial_connections.account.deactivated", Plan::Version),
    ("financial_connections.account.reactivated", Plan::Version),
    ("financial_connections.account.disconnected", Plan::Version),
    ("financial_connections.account.refreshed_balance", Plan::Version),
    ("financial_connections.account.refreshed_ownership", Plan::Version),
    ("financial_connections.account.refreshed_transactions", Plan::Version),
    ("financial_connections.account.account_numbers_updated", Plan::Version),
    ("financial_connections.account.upcoming_account_number_expiry", Plan::Version),
    ("financial_connections.account.expected_deactivation_date_updated", Plan::Version),
    ("financial_connections.account.upcoming_deactivation", Plan::Version),
    ("financial_connections.account.supported_payment_method_types_updated", Plan::Version),
    (
        "financial_connections.authorization.expected_deactivation_date_updated",
        Plan::Change(AccountChange::Authorization { ends: Some(CREATED + 8), is_announced: false }),
    ),
    (
        "financial_connections.authorization.upcoming_deactivation",
        Plan::Change(AccountChange::Authorization { ends: Some(CREATED + 8), is_announced: true }),
    ),
];

const NOTHING: Plan = Plan::Counted("event without news");

const THIN: [(&str, Plan); 22] = [
    ("account_numbers_updated", Plan::Change(AccountChange::NumbersUpdated)),
    ("balance_refresh_failed", Plan::Change(AccountChange::BalanceRefresh(RefreshStatus::Failed))),
    ("balance_refresh_succeeded", Plan::Change(AccountChange::BalanceRefresh(RefreshStatus::Succeeded))),
    ("created", NOTHING),
    ("deactivated", Plan::Change(AccountChange::Status(AccountStatus::Inactive))),
    ("disconnected", Plan::Change(AccountChange::Status(AccountStatus::Disconnected))),
    ("expected_deactivation_date_updated", NOTHING),
    ("inferred_balances_refresh_failed", NOTHING),
    ("inferred_balances_refresh_succeeded", NOTHING),
    ("ownership_refresh_failed", NOTHING),
    ("ownership_refresh_succeeded", NOTHING),
    ("reactivated", Plan::Change(AccountChange::Status(AccountStatus::Active))),
    ("refreshed_balance", NOTHING),
    ("refreshed_ownership", NOTHING),
    ("refreshed_transactions", NOTHING),
    ("risk_intelligence_refresh_failed", NOTHING),
    ("risk_intelligence_refresh_succeeded", NOTHING),
    ("supported_payment_method_types_updated", Plan::Change(AccountChange::PaymentMethodsUpdated)),
    ("transactions_refresh_failed", Plan::Change(AccountChange::TransactionRefresh(RefreshStatus::Failed))),
    ("transactions_refresh_succeeded", Plan::Change(AccountChange::TransactionRefresh(RefreshStatus::Succeeded))),
    ("upcoming_account_number_expiry", Plan::Change(AccountChange::UpcomingNumberExpiry)),
    ("upcoming_deactivation", Plan::Change(AccountChange::UpcomingDeactivation)),
];

/// 2023-11-14T22:13:20Z
const CREATED: i64 = 1_700_000_000;

fn snapshot(kind: &str) -> String {
    let body = if kind.contains("authorization") {
        format!(
            r#"{{"id":"fcauth_1","object":"financial_connections.authorization","institution_name":"A Bank","livemode":true,"status":"active","status_details":{{"active":{{"action":"relink_required","expected_deactivation_date":{}}}}}}}"#,
            CREATED + 8
        )
    } else {
        format!(
            r#"{{"id":"fca_1","object":"financial_connections.account","category":"cash","subcategory":"checking","status":"active","institution_name":"A Bank","livemode":true,"created":{},"account_holder":{{"type":"customer","customer":"cus_1"}},"authorization":"fcauth_1","account_numbers":[{{"identifier_type":"tokenized_account_number","status":"expired","expected_expiry_date":{},"supported_networks":["ach"]}},{{"identifier_type":"tokenized_account_number","status":"transactable","expected_expiry_date":{},"supported_networks":["ach"]}}],"supported_payment_method_types":["us_bank_account","link"],"status_details":{{"active":{{"action":"none","cause":null,"expected_deactivation_date":{}}}}}}}"#,
            CREATED - 9,
            CREATED - 7,
            CREATED + 7,
            CREATED + 9
        )
    };
    format!(
        r#"{{"id":"evt_1","object":"event","api_version":"2026-10-28","created":{CREATED},"data":{{"object":{body}}},"livemode":true,"pending_webhooks":0,"request":{{"id":null,"idempotency_key":null}},"type":"{kind}"}}"#
    )
}

fn thin(kind: &str) -> String {
    format!(
        r#"{{"id":"evt_2","object":"v2.core.event","type":"v1.financial_connections.account.{kind}","created":"2023-11-14T22:13:20.000Z","livemode":true,"snapshot_event":"evt_1","related_object":{{"id":"fca_1","type":"financial_connections.account","url":"/v1/financial_connections/accounts/fca_1"}}}}"#
    )
}

/// What a file of that one line hands over.
fn made(line: &str) -> Vec<Plan> {
    let place = scratch();
    let path = place.path().join("log.ndjson");
    fs::write(&path, format!("{line}\n")).unwrap();
    let options = ReadOptions::default();
    let file = Inputs::discover(&[&path], &options).unwrap().files.remove(0);
    assert_eq!(LAYOUTS[file.layout].name, "events", "{line}");
    let mut made = vec![];
    (LAYOUTS[file.layout].read)(&file, &options, &mut |item| {
        made.push(match item {
            Item::Row(Row::Account(row)) => {
                let id = if line.contains("\"financial_connections.authorization\"") { "fcauth_1" } else { "fca_1" };
                assert_eq!((row.id, row.known_at), (id, Some(CREATED)));
                match row.change {
                    None => {
                        let best = AccountNumbers { status: NumberStatus::Transactable, expires: Some(CREATED + 7) };
                        assert_eq!(row.expected_deactivation, Some(CREATED + 9));
                        assert_eq!((row.authorization, row.numbers), (Some("fcauth_1"), Some(best)));
                        assert_eq!(row.ach_debit, Some(true));
                        Plan::Version
                    }
                    Some(change) => Plan::Change(change),
                }
            }
            Item::Ignored(name) => Plan::Counted(name),
            other => panic!("{other:?}"),
        });
        Ok(())
    })
    .unwrap();
    made
}

#[test]
fn every_type_of_event_is_folded_or_counted_as_planned() {
    for (kind, plan) in SNAPSHOTS {
        assert_eq!(made(&snapshot(kind)), [plan], "{kind}");
    }
    for (kind, plan) in THIN {
        assert_eq!(made(&thin(kind)), [plan], "{kind}");
    }
    assert_eq!(made(&thin("of_tomorrow")), [NOTHING]);
    assert_eq!(made(&thin("deactivated").replace("v1.financial_connections", "v2.core")), [NOTHING]);
}

#[test]
fn the_page_of_webhooks_says_of_every_type_whether_it_is_counted() {
    let thin = THIN.map(|(kind, plan)| (format!("v1.financial_connections.account.{kind}"), false, plan));
    let planned = SNAPSHOTS.map(|(kind, plan)| (kind.to_owned(), true, plan)).into_iter().chain(thin);
    let mut planned: Vec<_> = planned.map(|(name, body, plan)| (name, body, plan == NOTHING)).collect();
    planned.sort();
    let row = |one: &cashline_io::read::EventType| (one.name.to_owned(), one.has_body, one.does.starts_with("counted"));
    let mut told: Vec<_> = EVENT_TYPES.iter().map(row).collect();
    told.sort();
    assert_eq!(told, planned);
}

#[test]
fn the_types_are_those_that_stripe_lists() {
    let Some(path) = shared("reference/stripe_fc_schemas.json") else { return };
    let schemas: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut snapshots: Vec<&str> = SNAPSHOTS.iter().map(|(kind, _)| *kind).collect();
    snapshots.sort_unstable();
    let mut listed: Vec<&String> = schemas["events"]["snapshot_types"].as_object().unwrap().keys().collect();
    listed.sort_unstable();
    assert_eq!(snapshots, listed);
    let thin: Vec<String> = THIN.iter().map(|(kind, _)| format!("v1.financial_connections.account.{kind}")).collect();
    let listed: Vec<&str> =
        schemas["events"]["thin_types"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
    assert_eq!(thin, listed);
}
