//! E-mail addresses and phone numbers.

use crate::{
    answer::Evidence,
    fold::{edits, is_slip},
};

/// Hosts whose mailboxes have several spellings: full stops say nothing.
const DOTLESS: &[&str] = &["gmail.com", "googlemail.com"];
/// Mailboxes that every company has: at two companies they are two.
const ROLES: &[&str] = &[
    "accounting",
    "accounts",
    "admin",
    "billing",
    "bookings",
    "contact",
    "enquiries",
    "finance",
    "hello",
    "help",
    "hr",
    "info",
    "inquiries",
    "jobs",
    "legal",
    "mail",
    "marketing",
    "noreply",
    "office",
    "orders",
    "owner",
    "payroll",
    "postmaster",
    "reception",
    "sales",
    "service",
    "support",
    "team",
    "webmaster",
];

struct Mailbox {
    local: String,
    host: String,
}

impl Mailbox {
    fn is_role(&self) -> bool {
        ROLES.contains(&self.local.as_str())
    }

    /// The name without the marks that people and providers put in and leave out.
    fn handle(&self) -> String {
        self.local.chars().filter(|letter| !matches!(letter, '.' | '_' | '-')).collect()
    }
}

fn mailbox(text: &str) -> Option<Mailbox> {
    let lower = text.to_lowercase();
    // "Ann Lee <ann@example.com>", "mailto:ann@example.com".
    let inner = lower.split_once('<').map_or(lower.as_str(), |(_, rest)| rest.split('>').next().unwrap_or(rest));
    let (local, host) = inner.trim().trim_start_matches("mailto:").rsplit_once('@')?;
    // What follows a plus sorts the mail of one mailbox.
    let local = local.split('+').next().unwrap_or(local);
    let host = if host == "googlemail.com" { "gmail.com" } else { host };
    let local = if DOTLESS.contains(&host) { local.replace('.', "") } else { local.to_owned() };
    (!local.is_empty() && host.contains('.')).then(|| Mailbox { local, host: host.to_owned() })
}

/// How alike two e-mail addresses are; none when one is none.
pub(crate) fn email(claim: &str, owner: &str) -> Option<(u32, Vec<Evidence>)> {
    let (one, other) = (mailbox(claim)?, mailbox(owner)?);
    let plain = claim.trim().eq_ignore_ascii_case(owner.trim());
    if one.local == other.local && one.host == other.host {
        return Some((100, if plain { vec![] } else { vec![Evidence::Alias] }));
    }
    let roles = one.is_role() && other.is_role();
    if one.handle() == other.handle() {
        // gmial.com is a slip, or another's; another provider may be another person's.
        return Some(match edits(&one.host, &other.host, 2) {
            0..=2 => (80, vec![Evidence::Typo]),
            _ if roles => (0, vec![Evidence::Role, Evidence::OtherDomain]),
            _ => (60, vec![Evidence::OtherDomain]),
        });
    }
    if one.host == other.host && roles {
        return Some((70, vec![Evidence::Role, Evidence::OtherMailbox]));
    }
    let is_near = is_slip(&one.local, &other.local) && 6 <= one.local.len().min(other.local.len());
    if one.host == other.host && is_near && digits(&one.local) == digits(&other.local) {
        return Some((75, vec![Evidence::Typo]));
    }
    Some((0, vec![Evidence::OtherMailbox]))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A phone number's digits.
struct Number {
    national: String,
    /// The country's code was given: a plus, or the United States' 1.
    is_coded: bool,
    extension: String,
}

/// Reads a number; a letter ends it, and an extension follows.
fn number(text: &str) -> Option<Number> {
    let lower = text.to_lowercase().replace("(0)", "");
    let end = lower.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(lower.len());
    let (all, extension) = (digits(&lower[..end]), digits(&lower[end..]));
    // 00 and, from here, 011 dial out.
    let dialled = ["011", "00"].iter().find_map(|prefix| all.strip_prefix(prefix));
    let (all, dials_out) = match dialled {
        Some(rest) if 11 <= rest.len() => (rest.to_owned(), true),
        _ => (all, false),
    };
    if all.len() < 7 {
        return None;
    }
    let is_coded = dials_out || lower.trim_start().starts_with('+') || all.len() == 11 && all.starts_with('1');
    let national = if all.len() == 11 && all.starts_with('1') { all[1..].to_owned() } else { all };
    Some(Number { national, is_coded, extension })
}

/// How alike two phone numbers are; none when one is none.
pub(crate) fn phone(claim: &str, owner: &str) -> Option<(u32, Vec<Evidence>)> {
    let (one, other) = (number(claim)?, number(owner)?);
    let mut evidence = if one.is_coded == other.is_coded { vec![] } else { vec![Evidence::CountryCode] };
    let extensions_differ =
        !one.extension.is_empty() && !other.extension.is_empty() && one.extension != other.extension;
    let (mine, theirs) = (one.national, other.national);
    if mine == theirs {
        if extensions_differ {
            evidence.push(Evidence::OtherExtension);
        }
        return Some((if extensions_differ { 75 } else { 100 }, evidence));
    }
    let (short, long) = if mine.len() < theirs.len() { (&mine, &theirs) } else { (&theirs, &mine) };
    // Abroad a 0 stands where the country's code does not: 020 7946 0958 is +44 20 7946 0958.
    let within = short.trim_start_matches('0');
    if short.len() != long.len() || within.len() != short.len() {
        if one.is_coded != other.is_coded && 9 <= within.len() && long.ends_with(within) {
            return Some((92, evidence));
        }
        if short.len() != long.len() && long.ends_with(short.as_str()) {
            // One side without its area.
            return Some((75, vec![Evidence::Truncated]));
        }
    }
    let tail = |number: &str| number[number.len() - 7..].to_owned();
    if tail(&mine) == tail(&theirs) {
        return Some((60, vec![Evidence::OtherAreaCode]));
    }
    if mine.len() == theirs.len() && edits(&mine, &theirs, 1) == 1 {
        return Some((70, vec![Evidence::Typo]));
    }
    Some((0, vec![]))
}

/// A mailbox in one spelling.
pub(crate) fn mailbox_key(text: &str) -> Option<String> {
    mailbox(text).filter(|found| !found.is_role()).map(|found| format!("{}@{}", found.local, found.host))
}

/// A line in one format. Seven digits are a line of every area.
pub(crate) fn line_key(text: &str) -> Option<String> {
    number(text).filter(|found| 10 <= found.national.len()).map(|found| found.national)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_one_in_each_of_its_spellings() {
        for (one, other, expected) in [
            ("Ann@Example.com", "ann@example.com", 100),
            ("Ann Lee <ann@example.com>", "mailto:ann@example.com", 100),
            ("a.n.n+x@gmail.com", "ann@googlemail.com", 100),
            ("ann.lee@gmail.com", "ann.lee@gmial.com", 80),
            ("ann.lee@gmail.com", "ann.lee@aol.com", 60),
            ("ann.lee@acme.com", "annlee@acme.com", 80),
            ("info@acme.com", "sales@acme.com", 70),
            ("info@acme.com", "info@zenith.com", 0),
            ("ann.lee1@acme.com", "ann.lee2@acme.com", 0),
        ] {
            for (claim, owner) in [(one, other), (other, one)] {
                assert_eq!(email(claim, owner).expect("two mailboxes").0, expected, "{claim} {owner}");
            }
        }
        assert!(email("ann", "ann@acme.com").is_none() && email("@acme.com", "ann@acme.com").is_none());
    }

    #[test]
    fn a_number_is_one_in_each_of_its_formats() {
        for (one, other, expected) in [
            ("(212) 555-0123", "+1 212.555.0123", 100),
            ("001 212 555 0123", "2125550123 x 45", 100),
            ("212 555 0123 x45", "212 555 0123 ext. 46", 75),
            ("555-0123", "212 555 0123", 75),
            ("646 555 0123", "212 555 0123", 60),
            ("212 555 0123", "212 555 0132", 70),
            ("+44 20 7946 0958", "020 7946 0958", 92),
            ("+44 (0)20 7946 0958", "011 44 20 7946 0958", 100),
            ("212 555 0123", "212 555 9876", 0),
        ] {
            for (claim, owner) in [(one, other), (other, one)] {
                assert_eq!(phone(claim, owner).expect("two numbers").0, expected, "{claim} {owner}");
            }
        }
        assert!(phone("n/a", "212 555 0123").is_none() && phone("911", "911").is_none());
    }
}
