//! A small portfolio over some nights, delivered as exports are: rows late, in versions, twice; accounts every night; events
//! replayed and out of order; one row damaged, one page cut and healed, one account linked anew.

use std::{fmt::Write as _, fs, path::Path};

use cashline_core::{
    row::{AccountStatus, RefreshStatus, TransactionStatus},
    time::Day,
};
use cashline_io::{
    export::{AccountObject, ExportOptions, Exporter, TransactionObject, export_layout},
    read::Packing,
};
use cashline_synth::{Case, Preset, Spec, cases};

/// T of the last night.
const LAST: Day = Day(20_758);
const DAY: i64 = 86_400;
/// Applications of the portfolio, one of them without a planted thing.
const APPLICATIONS: u64 = 5;

pub struct World {
    nights: usize,
    cases: Vec<Case>,
}

/// What is planted on which night; a world of fewer nights lacks the later ones.
const BAD_ROW: usize = 5;
const CUT_PAGE: usize = 6;
const ANNOUNCED: usize = 8;
const DEACTIVATED: usize = 12;
const REACTIVATED: usize = 16;
const DISCONNECTED: usize = 20;
const LOAN: usize = 22;
const RELINKED: usize = 24;

/// When Stripe learnt of a version: some hours after what it says happened. The generator writes all versions at the end.
fn written(row: &TransactionObject) -> i64 {
    row.void_at.or(row.posted_at).unwrap_or(row.transacted_at) + 6 * 3_600
}

fn version(row: &TransactionObject) -> TransactionObject {
    TransactionObject { updated: written(row), ..row.clone() }
}

impl World {
    pub fn new(nights: usize) -> World {
        let spec = Spec {
            preset: Preset::Prime,
            as_of: LAST.plus(1),
            days: 120,
            late_share: 0.0,
            relink_share: 0.0,
            gap_share: 0.0,
            couple_share: 0.2,
            ..Spec::new(11, APPLICATIONS)
        };
        World { nights, cases: cases(&spec).collect() }
    }

    pub fn nights(&self) -> usize {
        self.nights
    }

    fn t(&self, at: usize) -> Day {
        LAST.plus(1 - i32::try_from(self.nights - at).unwrap())
    }

    pub fn as_of(&self, at: usize) -> String {
        self.t(at).to_string()
    }

    fn seconds(&self, at: usize) -> i64 {
        i64::from(self.t(at).0) * DAY
    }

    /// The first account of an application.
    fn account(&self, application: usize) -> &AccountObject {
        &self.cases[application].accounts[0]
    }

    /// Writes what a night brings.
    pub fn write(&self, at: usize, dir: &Path) {
        let options =
            ExportOptions { layout: export_layout("ndjson").unwrap(), packing: Packing::Plain, outcome: false };
        let mut exporter = Exporter::create(dir, &options).unwrap();
        for (index, case) in self.cases.iter().enumerate() {
            for (place, account) in case.accounts.iter().enumerate() {
                exporter.account(&self.account_of(at, index, place, account)).unwrap();
            }
            for row in case.transactions.iter().filter(|row| self.is_delivered(at, row)) {
                exporter.transaction(&version(row)).unwrap();
            }
        }
        exporter.finish().unwrap();
        // The exporter's applications name their T; these are scored at each night's.
        fs::remove_file(dir.join("applications.csv")).unwrap();
        if at == 0 {
            let mut text = "application_id,applicant_id\n".to_owned();
            for row in self.cases.iter().flat_map(|case| &case.applications) {
                writeln!(text, "{},{}", row.application_id, row.applicant_id).unwrap();
            }
            fs::write(dir.join("applications.csv"), text).unwrap();
        }
        self.plant(at, dir);
    }

    /// A row comes on the first night after it was written, every ninth one night later, every fiftieth on both.
    fn is_delivered(&self, at: usize, row: &TransactionObject) -> bool {
        let first = (0..self.nights).find(|night| written(row) < self.seconds(*night));
        let Some(first) = first else { return false };
        let number = row.id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        match number {
            _ if number.is_multiple_of(50) => at == first || at == first + 1,
            _ if number.is_multiple_of(9) => at == first + 1,
            _ => at == first,
        }
    }

    /// An account as it is exported on a night: refreshed some hours before T, with the balance that its rows give, while it
    /// is active.
    fn account_of(&self, at: usize, index: usize, place: usize, account: &AccountObject) -> AccountObject {
        let first = place == 0;
        let last_active = match index {
            0 if first && (DEACTIVATED..REACTIVATED).contains(&at) => DEACTIVATED - 1,
            1 if first && DISCONNECTED <= at => DISCONNECTED - 1,
            _ => at,
        };
        let mut now = account.clone();
        now.created = self.seconds(0) - 40 * DAY;
        if last_active != at {
            now.status = if index == 0 { AccountStatus::Inactive } else { AccountStatus::Disconnected };
        }
        let attempt = self.seconds(last_active) - 3 * 3_600;
        let refreshes = [now.balance_refresh.as_mut(), now.transaction_refresh.as_mut().map(|(_, refresh)| refresh)];
        for refresh in refreshes.into_iter().flatten() {
            refresh.last_attempted_at = Some(attempt);
            refresh.status = RefreshStatus::Succeeded;
        }
        if let Some(balance) = &mut now.balance {
            let case = &self.cases[index];
            balance.as_of = attempt;
            balance.current = case.openings[place] + self.moved(case, account, attempt);
            balance.available = balance.available.map(|_| balance.current);
        }
        if now.status == AccountStatus::Disconnected {
            now.balance = None;
        }
        now
    }

    /// What an account's rows moved before a second.
    fn moved(&self, case: &Case, account: &AccountObject, until: i64) -> i64 {
        let rows = case.transactions.iter().filter(|row| row.account == account.id);
        let posted = rows.filter(|row| row.status == TransactionStatus::Posted);
        posted.filter(|row| row.posted_at.is_some_and(|at| at < until)).map(|row| row.amount).sum()
    }

    fn plant(&self, at: usize, dir: &Path) {
        let mut log = String::new();
        let mut thin = |id: &str, kind: &str, night: usize, application: usize| {
            let created = self.t(night).plus(-1);
            writeln!(
                log,
                r#"{{"id":"{id}","object":"v2.core.event","type":"v1.financial_connections.account.{kind}","created":"{created}T22:30:00Z","livemode":{},"related_object":{{"id":"{}","type":"financial_connections.account","url":"/"}}}}"#,
                self.account(application).livemode,
                self.account(application).id,
            )
            .unwrap();
        };
        match at {
            ANNOUNCED => thin("evt_a", "upcoming_deactivation", ANNOUNCED, 0),
            DEACTIVATED => thin("evt_d", "deactivated", DEACTIVATED, 0),
            // Replayed, late, and of a type that says nothing.
            14 => {
                thin("evt_d", "deactivated", DEACTIVATED, 0);
                thin("evt_a", "upcoming_deactivation", ANNOUNCED, 0);
                thin("evt_b", "refreshed_balance", 10, 0);
                thin("evt_f", "transactions_refresh_failed", 14, 2);
            }
            REACTIVATED => thin("evt_r", "reactivated", REACTIVATED, 0),
            18 => thin("evt_d", "deactivated", DEACTIVATED, 0),
            DISCONNECTED => thin("evt_x", "disconnected", DISCONNECTED, 1),
            _ => {}
        }
        if !log.is_empty() {
            fs::write(dir.join("thin.ndjson"), log).unwrap();
        }
        let row = |id: &str, account: &str, amount: &str, night: usize, text: &str| {
            let seconds = self.seconds(night) - 12 * 3_600;
            let livemode = self.account(0).livemode;
            format!(
                r#"{{"id":"{id}","object":"financial_connections.transaction","account":"{account}","amount":{amount},"currency":"usd","description":"{text}","livemode":{livemode},"status":"posted","status_transitions":{{"posted_at":{seconds},"void_at":null}},"transacted_at":{seconds},"transaction_refresh":"fctxnref_1","updated":{seconds}}}"#
            )
        };
        let page = |id: &str, has_more: bool, night: usize| {
            let account = &self.account(3).id;
            let row = row(id, account, "-1200", night, "COFFEE");
            format!(
                r#"{{"object":"list","data":[{row}],"has_more":{has_more},"url":"/v1/financial_connections/transactions?account={account}"}}"#
            )
        };
        let last = self.account(4);
        match at {
            BAD_ROW => {
                fs::write(dir.join("bad.ndjson"), row("fctxn_bad", &last.id, "\"12.5\"", at, "COFFEE") + "\n").unwrap();
            }
            CUT_PAGE => fs::write(dir.join("page.json"), page("fctxn_p1", true, at)).unwrap(),
            n if n == CUT_PAGE + 1 => fs::write(dir.join("page.json"), page("fctxn_p2", false, at)).unwrap(),
            LOAN => {
                let account = &self.account(2).id;
                let line = row("fctxn_loan", account, "250000", at, "LENDINGCLUB LOAN PROCEEDS");
                fs::write(dir.join("loan.ndjson"), line + "\n").unwrap();
            }
            RELINKED => self.relink(at, dir),
            _ => {}
        }
    }

    /// The account of the application without a planted thing comes once more under a new id, with its last rows.
    fn relink(&self, at: usize, dir: &Path) {
        let folder = dir.join("relinked");
        fs::create_dir(&folder).unwrap();
        let options =
            ExportOptions { layout: export_layout("ndjson").unwrap(), packing: Packing::Plain, outcome: false };
        let mut exporter = Exporter::create(&folder, &options).unwrap();
        let case = &self.cases[3];
        let old = self.account_of(at, 3, 0, &case.accounts[0]);
        let id: std::sync::Arc<str> = format!("{}_again", old.id).into();
        exporter.account(&AccountObject { id: id.clone(), created: self.seconds(at) - DAY, ..old.clone() }).unwrap();
        let rows = case.transactions.iter().filter(|row| row.account == old.id && written(row) < self.seconds(at));
        for row in rows.rev().take(80) {
            let row = TransactionObject { id: format!("{}_again", row.id), account: id.clone(), ..version(row) };
            exporter.transaction(&row).unwrap();
        }
        exporter.finish().unwrap();
        fs::remove_file(folder.join("applications.csv")).unwrap();
    }

    /// What was planted was told on its night, and on no other.
    pub fn check(&self, events: &[(usize, [String; 5])]) {
        let of_kind = |kind: &str| -> Vec<(usize, String, String, String)> {
            let found = events.iter().filter(|(_, event)| event[1] == kind);
            found.map(|(at, event)| (*at, event[2].clone(), event[3].clone(), event[4].clone())).collect()
        };
        let account = |application: usize| self.account(application).id.to_string();
        let turned = |at, application, from: &str, to: &str| (at, account(application), from.to_owned(), to.to_owned());
        assert_eq!(of_kind("account_inactive"), [turned(DEACTIVATED, 0, "active", "inactive")]);
        assert_eq!(of_kind("account_disconnected"), [turned(DISCONNECTED, 1, "active", "disconnected")]);
        assert_eq!(of_kind("authorisation_expiring"), [turned(ANNOUNCED, 0, "", "announced")]);
        let application = |at: usize| self.cases[at].applications[0].application_id.clone();
        let of = |kind: &str, at: usize| -> Vec<usize> {
            let found = events.iter().filter(|(_, event)| event[1] == kind && event[0] == application(at));
            found.map(|(at, _)| *at).collect()
        };
        assert_eq!(of("status_changed", 4), [BAD_ROW], "a row was set aside, and stays so");
        assert_eq!(of("status_changed", 3), [CUT_PAGE, CUT_PAGE + 1], "a page was cut and came the next night");
        assert!(of("new_loan_seen", 2).contains(&LOAN), "{events:?}");
    }
}
