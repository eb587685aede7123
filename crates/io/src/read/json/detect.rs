//! Which JSON layout a file is, by its first bytes: shape (lines or documents) and the kinds of object that are met.

use super::{
    Piece, documents,
    emit::Kind,
    lines,
    scan::{Place, Stop, reach},
};
use crate::{
    error::Error,
    read::{Detected, Head, Table},
};

/// The forms of JSON, each a layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Envelopes,
    Events,
    Sessions,
    Array,
    TextColumn,
    Flattened,
    Lines,
    Objects,
}

/// What the head of a JSON file shows.
#[derive(Debug, Default)]
pub(crate) struct Sniff {
    is_lines: bool,
    is_array: bool,
    has_pages: bool,
    is_flattened: bool,
    kinds: Vec<Kind>,
    /// The one account met lacks `category`, which every account has.
    has_partial_account: bool,
    /// The `object` name of the first object that no table takes.
    stranger: Option<String>,
    malformed: Option<(Place, &'static str)>,
    defects: u32,
}

/// Says whether a head is of a form.
pub(super) fn detect(head: &Head<'_>, form: Form) -> Detected {
    let Some(sniff) = head.json.get_or_init(|| sniff(head)) else { return Detected::No };
    if sniff.form() != form {
        return Detected::No;
    }
    if let Some(message) = sniff.refusal(head) {
        return Detected::Refused(message);
    }
    Detected::Yes(sniff.table(head))
}

impl Sniff {
    fn form(&self) -> Form {
        let all = |kinds: &[Kind]| !self.kinds.is_empty() && self.kinds.iter().all(|kind| kinds.contains(kind));
        match () {
            () if all(&[Kind::Event, Kind::ThinEvent]) => Form::Events,
            () if all(&[Kind::Session, Kind::Browser]) => Form::Sessions,
            () if self.has_pages => Form::Envelopes,
            () if self.is_array => Form::Array,
            () if all(&[Kind::Column]) => Form::TextColumn,
            () if self.is_lines && self.is_flattened => Form::Flattened,
            () if self.is_lines => Form::Lines,
            () => Form::Objects,
        }
    }

    /// Why the file is of no use, and the way out.
    fn refusal(&self, head: &Head<'_>) -> Option<String> {
        if self.kinds.is_empty() {
            return self.malformed.map(|(place, what)| {
                format!("line {}, column {}: {what}; repair or export the file again", place.line, place.column)
            });
        }
        let all = |kind: Kind| self.kinds.iter().all(|found| *found == kind);
        if all(Kind::Browser) {
            return Some(
                "a result of Stripe.js in the browser carries neither balances nor transactions; list the accounts \
                 of the session on the server"
                    .into(),
            );
        }
        if all(Kind::Ignored("session")) {
            return Some("sessions without accounts carry no data; export the accounts by the list endpoint".into());
        }
        let are_payees = all(Kind::Ignored("bank account"));
        if all(Kind::Unknown) || are_payees {
            let other = if are_payees { "bank_account" } else { "no `object` key and no known columns" };
            let name = self.stranger.as_deref().unwrap_or(other);
            return Some(format!(
                "objects that no table takes ({name}); export accounts, transactions and inferred balances of \
                 financial connections"
            ));
        }
        if head.whole && self.kinds.len() == 1 && self.has_partial_account {
            return Some(
                "the response of a refresh, subscribe or disconnect call, part of an account only; export the \
                 accounts by the list endpoint"
                    .into(),
            );
        }
        None
    }

    /// One table, when the whole file was seen and holds no other.
    fn table(&self, head: &Head<'_>) -> Option<Table> {
        let first = self.kinds.first()?.table()?;
        let is_one = head.whole && self.kinds.iter().all(|kind| kind.table() == Some(first));
        is_one.then_some(first)
    }
}

fn sniff(head: &Head<'_>) -> Option<Sniff> {
    let text = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes);
    let first = *text.trim_ascii_start().first()?;
    if first != b'{' && first != b'[' {
        return None;
    }
    let mut sniff = Sniff { is_lines: is_lines(head), is_array: first == b'[', ..Sniff::default() };
    // The last line of a head that is not the whole file is cut: it would be no valid JSON.
    let text = match memchr::memrchr2(b'\n', b'\r', text) {
        Some(end) if sniff.is_lines && !head.whole => &text[..end],
        _ => text,
    };
    let walk = if sniff.is_lines {
        lines::walk(text, &mut |piece| sniff.take(&piece))
    } else {
        documents::walk(text, &mut |piece| sniff.take(&piece))
    };
    match walk {
        Err(Stop::Malformed(place, what)) if head.whole || place_is_inside(text, place) => {
            sniff.malformed = Some((place, what));
        }
        _ => {}
    }
    if sniff.is_lines && sniff.kinds.is_empty() && 0 < sniff.defects {
        sniff.malformed = Some((Place::START, "no line is valid JSON"));
    }
    Some(sniff)
}

/// An error at the very end of a head is the cut, not a fault.
fn place_is_inside(text: &[u8], place: Place) -> bool {
    let end = Place::START.after(text);
    (place.line, place.column) < (end.line, end.column)
}

impl Sniff {
    fn take(&mut self, piece: &Piece<'_>) -> Result<(), Error> {
        match piece {
            Piece::Object { object, .. } => {
                let mut kind = Kind::of(object);
                if kind == Kind::Session && object.items.as_ref().is_none_or(|items| items.objects.is_empty()) {
                    kind = Kind::Ignored("session");
                }
                if kind == Kind::Unknown && self.stranger.is_none() {
                    // The name of a type, never a value: it is Stripe's word.
                    self.stranger = object.name.text().map(|name| name.chars().take(60).collect());
                }
                let part = object.account_part.as_deref();
                self.has_partial_account |=
                    kind == Kind::Row(Table::Accounts) && part.is_none_or(|part| part.category.is_absent());
                self.is_flattened |= object.is_flattened;
                self.kinds.push(kind);
            }
            Piece::Transaction(_) => self.kinds.push(Kind::Row(Table::Transactions)),
            Piece::Lines(lines) => {
                for (line, text) in *lines {
                    lines::one(text, line, &mut |piece| self.take(&piece))?;
                }
            }
            Piece::Defect { .. } => self.defects += 1,
            Piece::PageStart => self.has_pages = true,
            Piece::PageEnd { .. } => {}
        }
        Ok(())
    }
}

/// True when each line is an object of its own. A list envelope is a document even when it stands on one line.
pub(super) fn is_lines(head: &Head<'_>) -> bool {
    let text = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head.bytes).trim_ascii_start();
    if text.first() != Some(&b'{') || documents::is_list(text) {
        return false;
    }
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii).peekable();
    let (mut objects, mut count) = (0_usize, 0_usize);
    while let Some(line) = lines.next() {
        let is_cut = lines.peek().is_none() && !head.whole;
        if line.is_empty() || is_cut {
            continue;
        }
        count += 1;
        objects += usize::from(line[0] == b'{' && reach(line).is_some_and(|(bytes, _)| bytes == line.len()));
        // The first line decides when it is an object: what follows may be damaged.
        if count == 1 && objects == 1 {
            return true;
        }
    }
    // One line, cut by the end of the head, or a damaged first line among whole ones.
    count == 0 || count <= objects * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Form, Detected) {
        let head = Head::new(text.as_bytes(), true);
        let sniff = sniff(&head).expect("JSON");
        let form = sniff.form();
        (form, detect(&head, form))
    }

    const TRANSACTION: &str = r#"{"object":"financial_connections.transaction","id":"t"}"#;
    const ACCOUNT: &str = r#"{"object":"financial_connections.account","id":"a","category":"cash"}"#;

    #[test]
    fn a_form_is_told_by_content() {
        let transactions = Detected::Yes(Some(Table::Transactions));
        for (text, form, detected) in [
            (TRANSACTION.to_owned(), Form::Lines, transactions.clone()),
            (format!("{TRANSACTION}\n{ACCOUNT}\n"), Form::Lines, Detected::Yes(None)),
            (format!("[{TRANSACTION},\n{TRANSACTION}]"), Form::Array, transactions.clone()),
            (format!("{{\"object\":\"list\",\"data\":[{TRANSACTION}]}}"), Form::Envelopes, transactions.clone()),
            (format!("[{{\"object\":\"list\",\"data\":[{TRANSACTION}]}}]"), Form::Envelopes, transactions.clone()),
            (TRANSACTION.replace(',', ",\n"), Form::Objects, transactions.clone()),
            (format!("{TRANSACTION}{TRANSACTION}"), Form::Objects, transactions.clone()),
            (format!("{{\"id\":\"t\",\"amo\n{TRANSACTION}\n{TRANSACTION}"), Form::Lines, transactions),
            (
                format!("{{\"id\":\"evt\",\"object\":\"event\",\"data\":{{\"object\":{ACCOUNT}}}}}"),
                Form::Events,
                Detected::Yes(None),
            ),
            (format!("{{\"id\":\"t\",\"_raw\":{:?}}}", TRANSACTION), Form::TextColumn, Detected::Yes(None)),
            ("[]".to_owned(), Form::Array, Detected::Yes(None)),
        ] {
            assert_eq!(of(&text), (form, detected), "{text}");
        }
    }

    #[test]
    fn a_layout_without_data_is_refused_with_a_way_out() {
        for (text, says) in [
            (
                r#"{"object":"financial_connections.session","accounts":{"object":"list","data":[]}}"#,
                "sessions without",
            ),
            (r#"{"object":"payment_intent","id":"pi"}"#, "payment_intent"),
            (r#"{"object":"financial_connections.account","id":"a","status":"disconnected"}"#, "disconnect"),
            ("{\n\"object\": \"financial_connections.account\",\n}", "line 3, column 1: a comma before the end"),
        ] {
            let (_, detected) = of(text);
            let Detected::Refused(message) = detected else { panic!("{text}: {detected:?}") };
            assert!(message.contains(says), "{message}");
        }
    }
}
