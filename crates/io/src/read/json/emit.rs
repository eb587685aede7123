//! Objects to rows: which table an object belongs to, what each key must hold, and what is wrong when it does not.

use std::{collections::BTreeMap, path::Path};

use cashline_core::{
    defect::{Defect, DefectKind, Source, Whose},
    row::{Row, TransactionRow},
};

use super::{
    Piece, application,
    events::{EVENT, EventRow, THIN_EVENT},
    field::Scalar,
    lines::{self, Lines},
    near,
    object::Object,
    plain,
    rows::{self, Fault, Snapshot},
    scan::OBJECT_BYTES_MAX,
};
use crate::{
    error::Error,
    read::{Batch, Batches, InputFile, Item, ListEnd, ListOf, ReadOptions, Table, correction, hand_over},
};

/// Inferred balances of one page whose account is not yet known: the page's address, which names it, comes last.
const PENDING_MAX: usize = 100_000;

/// Transactions that are handed on together.
const ROWS_TOGETHER: usize = 256;

/// Makes rows of objects and hands them to the sink.
pub(super) struct Emitter<'e, 's> {
    file: u32,
    path: &'e Path,
    /// It reads a cell of some table.
    is_of_cell: bool,
    forced: Option<Table>,
    options: &'e ReadOptions,
    sink: &'e mut Batches<'s>,
    pages: Vec<Page>,
    lists: BTreeMap<ListOf, bool>,
    has_begun: bool,
}

/// A list envelope that is open.
#[derive(Default)]
struct Page {
    /// Accounts whose rows stood in it; nearly always one.
    accounts: Vec<String>,
    has_accounts: bool,
    pending: Vec<Pending>,
    /// The session whose accounts it lists: those of two sessions are no pages of one list.
    session: Option<String>,
}

/// An inferred balance without account.
struct Pending {
    source: Source,
    snapshot: Snapshot,
}

/// What an object is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A row of a table, or rows of it.
    Row(Table),
    List,
    Session,
    Event,
    /// A column with the object's JSON in it.
    Column,
    ThinEvent,
    Authorization,
    /// Recognised and left unread.
    Ignored(&'static str),
    /// The result of Stripe.js in a browser.
    Browser,
    /// A name that no table takes.
    Unknown,
}

impl Kind {
    /// Tells by the `object` name, else by the keys that only one table has.
    pub(super) fn of(object: &Object<'_>) -> Kind {
        let Some(name) = object.name.text() else {
            return if object.name.is_absent() { Kind::by_keys(object) } else { Kind::Unknown };
        };
        match name {
            "financial_connections.transaction" => Kind::Row(Table::Transactions),
            "financial_connections.account" => Kind::Row(Table::Accounts),
            "financial_connections.account_inferred_balance" => Kind::Row(Table::Balances),
            "financial_connections.session" => Kind::Session,
            "list" => Kind::List,
            EVENT => Kind::Event,
            THIN_EVENT => Kind::ThinEvent,
            "financial_connections.account_owner"
            | "financial_connections.account_ownership"
            | "linked_account_owner"
            | "linked_account_ownership" => Kind::Ignored("owner"),
            "financial_connections.authorization" => Kind::Authorization,
            "financial_connections.institution" => Kind::Ignored("institution"),
            "financial_connections.ownership_match" => Kind::Ignored("ownership match"),
            // `cashline payouts` reads them out of the same files.
            "bank_account" => Kind::Ignored("bank account"),
            _ => Kind::Unknown,
        }
    }

    fn by_keys(object: &Object<'_>) -> Kind {
        let part = object.account_part.as_deref();
        let is_of_transaction = !object.amount.is_absent() && !object.transacted_at.is_absent();
        if object.has_application_id && is_of_transaction {
            // It fits two tables.
            Kind::Unknown
        } else if object.has_application_id {
            Kind::Row(Table::Applications)
        } else if object.has_transaction_id && object.has_action {
            Kind::Row(Table::Corrections)
        } else if object.is_of_browser {
            Kind::Browser
        } else if object.is_event {
            Kind::Event
        } else if !object.raw.is_absent() || object.nested.is_some() {
            Kind::Column
        } else if object.items.is_some() {
            Kind::List
        } else if !object.amount.is_absent() || !object.transacted_at.is_absent() {
            Kind::Row(Table::Transactions)
        } else if part.is_some_and(|part| !part.category.is_absent() || !part.institution_name.is_absent()) {
            Kind::Row(Table::Accounts)
        } else if part.is_some_and(|part| !part.as_of.is_absent()) {
            Kind::Row(Table::Balances)
        } else if object.has_ownership_id || object.has_owner {
            Kind::Ignored("owner")
        } else {
            Kind::Unknown
        }
    }

    /// The table that its rows belong to, when it is one.
    pub(super) fn table(self) -> Option<Table> {
        if let Kind::Row(table) = self { Some(table) } else { None }
    }
}

impl<'e, 's> Emitter<'e, 's> {
    pub(super) fn new(file: &'e InputFile, options: &'e ReadOptions, sink: &'e mut Batches<'s>) -> Emitter<'e, 's> {
        let of_cell = Emitter::of_cell((&file.path, file.index), options, sink);
        Emitter { is_of_cell: false, forced: file.table, ..of_cell }
    }

    pub(super) fn of_cell(
        (path, file): (&'e Path, u32),
        options: &'e ReadOptions,
        sink: &'e mut Batches<'s>,
    ) -> Emitter<'e, 's> {
        Emitter {
            file,
            path,
            is_of_cell: true,
            forced: None,
            options,
            sink,
            pages: Vec::new(),
            lists: BTreeMap::new(),
            has_begun: false,
        }
    }

    /// How the paged lists of the file ended.
    pub(super) fn finish(self) -> Vec<ListEnd> {
        super::ends(self.lists)
    }

    pub(super) fn take(&mut self, piece: Piece<'_>) -> Result<(), Error> {
        self.has_begun |= matches!(piece, Piece::Object { .. } | Piece::Defect { .. });
        match piece {
            Piece::Object { object, text, line } => self.object(object, Some(text), line, None),
            Piece::Transaction(row) => self.plain_transaction(row),
            Piece::Lines(lines) => self.lines(lines),
            Piece::Defect { line, column, kind } => self.defect(line, Fault { column, kind }, None),
            Piece::PageStart => {
                self.pages.push(Page::default());
                Ok(())
            }
            Piece::PageEnd { url, has_more } => self.page_end(url, has_more),
        }
    }

    /// Plain transactions are handed on together, other lines one by one.
    fn lines(&mut self, lines: Lines<'_>) -> Result<(), Error> {
        let takes_transactions = self.forced.is_none_or(|table| table == Table::Transactions);
        let file = self.file;
        let plain = |(line, text): (u64, _)| {
            let text = Some(text).filter(|text: &&[u8]| takes_transactions && text.len() <= OBJECT_BYTES_MAX)?;
            plain::transaction(std::str::from_utf8(text).ok()?, Source { file, line })
        };
        let has_begun = std::mem::replace(&mut self.has_begun, true);
        if !has_begun && lines.clone().next().is_some() && lines.clone().all(|line| plain(line).is_some()) {
            (self.sink)(Batch::Seems(Table::Transactions))?;
        }
        let mut ready: Vec<TransactionRow<'_>> = Vec::with_capacity(ROWS_TOGETHER);
        for (line, text) in lines {
            if let Some(row) = plain((line, text)) {
                ready.push(row);
                if ready.len() == ROWS_TOGETHER {
                    hand_over(&mut ready, self.sink)?;
                }
                continue;
            }
            hand_over(&mut ready, self.sink)?;
            lines::one(text, line, &mut |piece| self.take(piece))?;
        }
        hand_over(&mut ready, self.sink)
    }

    fn plain_transaction(&mut self, row: TransactionRow<'_>) -> Result<(), Error> {
        let source = self.source(row.source.line);
        if self.forced.is_some_and(|forced| !belongs(Table::Transactions, forced)) {
            return self.defect(source.line, Fault { column: "object", kind: DefectKind::UnknownObject }, None);
        }
        if let Some(page) = self.pages.last_mut() {
            page.note(row.account);
        }
        if !std::mem::replace(&mut self.has_begun, true) {
            (self.sink)(Batch::Seems(Table::Transactions))?;
        }
        self.hand_on(Item::Row(Row::Transaction(TransactionRow { source, ..row })))
    }

    fn hand_on(&mut self, item: Item<'_>) -> Result<(), Error> {
        (self.sink)(Batch::Item(item))
    }

    fn source(&self, line: u64) -> Source {
        Source { file: self.file, line }
    }

    fn defect(&mut self, line: u64, fault: Fault, account: Option<&str>) -> Result<(), Error> {
        self.defect_of(line, fault, account.map_or(Whose::Unknown, Whose::account))
    }

    fn defect_of(&mut self, line: u64, fault: Fault, whose: Whose) -> Result<(), Error> {
        let (source, column) = (self.source(line), fault.column.to_owned());
        self.hand_on(Item::Defect(Defect { source, column, kind: fault.kind, whose }))
    }

    fn object(
        &mut self,
        object: &Object<'_>,
        text: Option<&str>,
        line: u64,
        known_at: Option<i64>,
    ) -> Result<(), Error> {
        let mut kind = Kind::of(object);
        if let Some(forced) = self.forced {
            if object.name.is_absent() && kind == Kind::Unknown {
                kind = Kind::Row(forced);
            } else if kind.table().is_some_and(|table| !belongs(table, forced)) {
                return self.defect(line, Fault { column: "object", kind: DefectKind::UnknownObject }, None);
            }
        }
        if let Kind::Row(table) = kind {
            self.check_near(object, table, line)?;
        }
        match kind {
            Kind::Row(Table::Transactions) => self.transaction(object, line),
            Kind::Row(Table::Accounts) => self.account(object, line, known_at),
            Kind::Row(Table::Balances) => self.balance(object, line),
            Kind::Row(Table::Applications) => self.application(text, line),
            Kind::Row(Table::Corrections) => self.correction(text, line),
            Kind::List => self.list(object, line),
            Kind::Session if object.items.as_ref().is_none_or(|items| items.objects.is_empty()) => {
                self.hand_on(Item::Ignored("session"))
            }
            Kind::Session => self.list(object, line),
            Kind::Event => self.event(object, line),
            Kind::Column => self.column(object, line),
            Kind::ThinEvent => self.thin_event(object, line),
            Kind::Authorization => self.authorization(object, line, known_at, None),
            Kind::Ignored("owner") => self.owners(object.owners.0.max(1)),
            Kind::Ignored(what) => self.hand_on(Item::Ignored(what)),
            Kind::Browser | Kind::Unknown => {
                self.defect(line, Fault { column: "object", kind: DefectKind::UnknownObject }, None)
            }
        }
    }

    /// Refuses the file over a key that is nearly the name of a field that the object lacks; other tables look for themselves.
    fn check_near(&self, object: &Object<'_>, table: Table, line: u64) -> Result<(), Error> {
        let Some((field, key)) = near::miss(object, table) else { return Ok(()) };
        let message = format!("line {line}: {}", crate::read::near::doubt(table.name(), field, key));
        Err(Error::Unusable { path: self.path.to_owned(), message })
    }

    fn owners(&mut self, count: u32) -> Result<(), Error> {
        (0..count).try_for_each(|_| self.hand_on(Item::Ignored("owner")))
    }

    fn transaction(&mut self, object: &Object<'_>, line: u64) -> Result<(), Error> {
        match rows::transaction(object, self.source(line)) {
            Ok(row) => {
                if let Some(page) = self.pages.last_mut() {
                    page.note(row.account);
                }
                self.hand_on(Item::Row(Row::Transaction(row)))
            }
            Err(fault) => {
                let account = rows::id(&object.account, "account").ok();
                if let (Some(page), Some(account)) = (self.pages.last_mut(), account) {
                    page.note(account);
                }
                self.defect(line, fault, account)
            }
        }
    }

    fn account(&mut self, object: &Object<'_>, line: u64, known_at: Option<i64>) -> Result<(), Error> {
        if let Some(page) = self.pages.last_mut() {
            page.has_accounts = true;
        }
        let source = self.source(line);
        let mut padded = [b'0'; 4];
        let row = match rows::account(object, known_at, source, &mut padded) {
            Ok(row) => row,
            Err(fault) => return self.defect_of(line, fault, rows::whose_account(object)),
        };
        let id = row.id;
        self.hand_on(Item::Row(Row::Account(row)))?;
        self.owners(object.owners.0)?;
        let Some(part) = &object.account_part else { return Ok(()) };
        match rows::reported(&part.balance) {
            Ok(snapshot) => self.snapshot(id, &snapshot, source),
            Err(fault) => self.defect(line, fault, Some(id)),
        }
    }

    fn snapshot(&mut self, account: &str, snapshot: &Snapshot, source: Source) -> Result<(), Error> {
        for amount in &snapshot.amounts {
            self.hand_on(Item::Row(Row::Balance(snapshot.row(account, amount, source))))?;
        }
        (0..snapshot.without_currency).try_for_each(|_| self.hand_on(Item::Ignored("balance without currency")))
    }

    fn balance(&mut self, object: &Object<'_>, line: u64) -> Result<(), Error> {
        let account = match &object.account {
            absent if absent.is_absent() => None,
            given => match rows::id(given, "account") {
                Ok(account) => Some(account),
                Err(fault) => return self.defect(line, fault, None),
            },
        };
        let source = self.source(line);
        match (rows::standing(object), account, self.pages.last_mut()) {
            (Err(fault), account, _) => self.defect(line, fault, account),
            (Ok(snapshot), Some(account), _) => self.snapshot(account, &snapshot, source),
            (Ok(snapshot), None, Some(page)) if page.pending.len() < PENDING_MAX => {
                page.pending.push(Pending { source, snapshot });
                Ok(())
            }
            (Ok(_), None, _) => self.defect(line, Fault { column: "account", kind: DefectKind::MissingValue }, None),
        }
    }

    fn application(&mut self, text: Option<&str>, line: u64) -> Result<(), Error> {
        let Some(text) = text.filter(|_| !self.is_of_cell) else {
            return self.defect(line, Fault { column: "object", kind: DefectKind::UnknownObject }, None);
        };
        match application::fault(text) {
            Some(fault) => self.defect(line, fault, None),
            None => application::read(text, self.path, self.source(line), self.options, &mut |item| {
                (self.sink)(Batch::Item(item))
            }),
        }
    }

    fn correction(&mut self, text: Option<&str>, line: u64) -> Result<(), Error> {
        let Some(text) = text else {
            return self.defect(line, Fault { column: "object", kind: DefectKind::UnknownObject }, None);
        };
        match application::fault(text) {
            Some(fault) => self.defect(line, fault, None),
            None => correction::object(text, self.path, self.source(line), &mut |item| (self.sink)(Batch::Item(item))),
        }
    }

    fn list(&mut self, object: &Object<'_>, line: u64) -> Result<(), Error> {
        let Some(items) = &object.items else { return Ok(()) };
        let is_session = Kind::of(object) == Kind::Session;
        let session = is_session.then(|| object.id.text().unwrap_or_default().to_owned());
        self.pages.push(Page { session, ..Page::default() });
        for item in &items.objects {
            self.object(item, None, line, None)?;
        }
        let (has_more, url) = if object.url.is_absent() && object.has_more.is_absent() {
            (&items.has_more, &items.url)
        } else {
            (&object.has_more, &object.url)
        };
        self.page_end(url.text(), *has_more == Scalar::Bool(true))?;
        match has_more {
            Scalar::Absent | Scalar::Bool(_) => Ok(()),
            // Whether the list is whole, and whose rows it lacks if not, nobody can tell.
            _ => self.defect(line, Fault { column: "has_more", kind: DefectKind::NotABoolean }, None),
        }
    }

    /// Reads a cell of a table that holds an object as JSON, or an event's `data`.
    pub(super) fn cell(
        &mut self,
        object: &Object<'_>,
        row: EventRow<'_>,
        text: Option<&str>,
        line: u64,
    ) -> Result<(), Error> {
        match row.object {
            _ if object.is_whole_event() => self.object(object, text, line, None),
            Some(EVENT) => self.event_of(row, object, line),
            // Its account stands in another column.
            Some(THIN_EVENT) => self.defect(line, Fault { column: "object", kind: DefectKind::UnknownObject }, None),
            _ if object.is_event && object.created.is_absent() => self.event_of(row, object, line),
            _ => self.object(object, text, line, None),
        }
    }

    fn event(&mut self, object: &Object<'_>, line: u64) -> Result<(), Error> {
        let row = EventRow::of(object);
        match (&object.nested, object.raw.text()) {
            (Some(nested), _) => self.event_of(row, nested, line),
            (None, Some(data)) => match lines::read(data.as_bytes()) {
                Ok((_, data)) => self.event_of(row, &data, line),
                Err(kind) => self.defect(line, Fault { column: "data", kind }, None),
            },
            (None, None) => self.hand_on(Item::Ignored("event")),
        }
    }

    /// What an event says of its object, which is given, or its `data` around it.
    fn event_of(&mut self, row: EventRow<'_>, data: &Object<'_>, line: u64) -> Result<(), Error> {
        let nested = data.nested.as_deref().filter(|_| data.is_event).unwrap_or(data);
        // A whole event holds its own time; that of the row may be when it was loaded.
        if let Some(whole) = [data, nested].into_iter().find(|object| object.is_whole_event()) {
            return self.object(whole, None, line, None);
        }
        let kind = Kind::of(nested);
        let fault = |kind| Fault { column: "created", kind };
        match kind {
            Kind::Row(Table::Accounts | Table::Transactions | Table::Balances)
            | Kind::Session
            | Kind::Authorization => match row.created {
                Ok(Some(known_at)) if kind == Kind::Authorization => {
                    self.authorization(nested, line, Some(known_at), row.kind)
                }
                Ok(Some(known_at)) => self.object(nested, None, line, Some(known_at)),
                Ok(None) => self.defect(line, fault(DefectKind::MissingValue), None),
                Err(kind) => self.defect(line, fault(kind), rows::id(&nested.id, "id").ok()),
            },
            Kind::Ignored(what) => self.hand_on(Item::Ignored(what)),
            _ => self.hand_on(Item::Ignored("event of another product")),
        }
    }

    /// What an authorisation says of all its accounts; `kind` is the type of the event that it came in.
    fn authorization(
        &mut self,
        object: &Object<'_>,
        line: u64,
        known_at: Option<i64>,
        kind: Option<&str>,
    ) -> Result<(), Error> {
        match rows::authorization(object, known_at, kind, self.source(line)) {
            Ok(row) => self.hand_on(Item::Row(Row::Account(row))),
            Err(fault) => self.defect(line, fault, None),
        }
    }

    /// An event without a body. Its account is named by `related_object`; one that cannot be read puts it in doubt.
    fn thin_event(&mut self, object: &Object<'_>, line: u64) -> Result<(), Error> {
        match rows::event(object, self.source(line)) {
            Ok(Some(row)) => self.hand_on(Item::Row(Row::Account(row))),
            Ok(None) => self.hand_on(Item::Ignored("event without news")),
            Err(fault) => {
                let related = object.account_part.as_deref().map(|part| &part.related.0);
                let account = related.and_then(|related| rows::id(related, "related_object.id").ok());
                self.defect(line, fault, account)
            }
        }
    }

    fn column(&mut self, object: &Object<'_>, line: u64) -> Result<(), Error> {
        if let Some(nested) = &object.nested {
            return match Kind::of(nested) {
                // One level is what such tables have; more is no table of ours.
                Kind::Column => self.defect(line, Fault { column: "payload", kind: DefectKind::UnknownObject }, None),
                _ => self.cell(nested, EventRow::of(object), None, line),
            };
        }
        let Some(text) = object.raw.text() else {
            return self.defect(line, Fault { column: "payload", kind: DefectKind::BadJson }, None);
        };
        match lines::read(text.as_bytes()) {
            Err(kind) => self.defect(line, Fault { column: "payload", kind }, None),
            Ok((_, inner)) if Kind::of(&inner) == Kind::Column => {
                self.defect(line, Fault { column: "payload", kind: DefectKind::UnknownObject }, None)
            }
            Ok((text, inner)) => self.cell(&inner, EventRow::of(object), Some(text), line),
        }
    }

    fn page_end(&mut self, url: Option<&str>, has_more: bool) -> Result<(), Error> {
        let Some(page) = self.pages.pop() else { return Ok(()) };
        let url = url.unwrap_or("");
        let named = account_of_url(url).map(ToOwned::to_owned);
        for Pending { source, snapshot } in &page.pending {
            match &named {
                Some(account) => self.snapshot(account, snapshot, *source)?,
                None => {
                    let fault = Fault { column: "account", kind: DefectKind::MissingValue };
                    self.defect(source.line, fault, None)?;
                }
            }
        }
        let is_of_balances = !page.pending.is_empty() || url.contains("inferred_balances");
        let is_of_rows = !page.accounts.is_empty() || is_of_balances || url.contains("transactions");
        let accounts = if page.accounts.is_empty() { named.into_iter().collect() } else { page.accounts };
        if is_of_rows {
            for account in accounts {
                let of = if is_of_balances { ListOf::Balances(account) } else { ListOf::Account(account) };
                // Pages of one list come in any order: it is whole when one of them is its last.
                *self.lists.entry(of).or_insert(true) &= has_more;
            }
        } else if page.has_accounts && !is_log(url) {
            let list = without_cursors(url) + &page.session.map_or_else(String::new, |id| format!("#{id}"));
            *self.lists.entry(ListOf::Accounts(list)).or_insert(true) &= has_more;
        }
        Ok(())
    }
}

/// Accounts carry balances, so a file forced to hold balances may hold accounts.
fn belongs(table: Table, forced: Table) -> bool {
    table == forced || (table == Table::Accounts && forced == Table::Balances)
}

impl Page {
    fn note(&mut self, account: &str) {
        if self.accounts.iter().rev().all(|known| known != account) {
            self.accounts.push(account.to_owned());
        }
    }
}

/// The account that a list's address names: `/v1/financial_connections/accounts/fca_1/inferred_balances` or
/// `…/transactions?account=fca_1`.
fn account_of_url(url: &str) -> Option<&str> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let in_query = query.split('&').find_map(|pair| pair.strip_prefix("account="));
    let in_path = || path.split_once("/accounts/")?.1.split('/').next();
    in_query.or_else(in_path).filter(|account| !account.is_empty())
}

/// Whether a page is of a log of events: it goes as far back as it was asked, and no list of accounts ends with it.
fn is_log(url: &str) -> bool {
    url.split_once('?').map_or(url, |(path, _)| path).ends_with("/events")
}

fn without_cursors(url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let is_cursor =
        |pair: &&str| ["starting_after=", "ending_before=", "limit="].iter().any(|cursor| pair.starts_with(cursor));
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_cursor(pair)).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_account_in_its_path_or_its_query() {
        for (url, account) in [
            ("/v1/financial_connections/accounts/fca_1/inferred_balances", Some("fca_1")),
            ("/v1/financial_connections/transactions?limit=100&account=fca_2", Some("fca_2")),
            ("/v1/financial_connections/transactions", None),
            ("/v1/financial_connections/accounts", None),
            ("", None),
        ] {
            assert_eq!(account_of_url(url), account, "{url}");
        }
    }

    #[test]
    fn pages_of_one_list_share_an_address_but_for_their_cursors() {
        let first = without_cursors("/v1/financial_connections/accounts?session=s&limit=10");
        let second = without_cursors("/v1/financial_connections/accounts?session=s&starting_after=fca_9&limit=10");
        assert_eq!(first, second);
        assert_ne!(first, without_cursors("/v1/financial_connections/accounts?session=t"));
    }
}
