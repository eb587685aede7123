//! E-mail addresses and phone numbers.

use crate::{
    answer::Evidence,
    fold::{edits, is_slip},
};

/// Hosts whose mailboxes have several spellings: full stops say nothing.
const DOTLESS: &[&str] = &["gmail.com", "googlemail.com"];

struct Mailbox {
    local: String,
    host: String,
}

fn mailbox(text: &str) -> Option<Mailbox> {
    let lower = text.trim().trim_start_matches("mailto:").to_lowercase();
    let (local, host) = lower.rsplit_once('@')?;
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
    if one.local == other.local {
        // gmial.com is a slip; another provider may be another person's.
        return Some(if edits(&one.host, &other.host) <= 2 {
            (90, vec![Evidence::Typo])
        } else {
            (60, vec![Evidence::OtherDomain])
        });
    }
    if one.host == other.host
        && is_slip(&one.local, &other.local)
        && 6 <= one.local.len()
        && digits(&one.local) == digits(&other.local)
    {
        return Some((86, vec![Evidence::Typo]));
    }
    Some((0, vec![Evidence::OtherMailbox]))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A number's digits without the country's code and the extension; a letter ends it.
fn number(text: &str) -> Option<(String, bool)> {
    let lower = text.to_lowercase();
    let end = lower.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(lower.len());
    let all = digits(&lower[..end]);
    let national = match all.len() {
        11 if all.starts_with('1') => all[1..].to_owned(),
        7.. => all.clone(),
        _ => return None,
    };
    Some((national.clone(), national.len() != all.len()))
}

/// How alike two phone numbers are; none when one is none.
pub(crate) fn phone(claim: &str, owner: &str) -> Option<(u32, Vec<Evidence>)> {
    let ((one, coded), (other, other_coded)) = (number(claim)?, number(owner)?);
    let code = if coded == other_coded { vec![] } else { vec![Evidence::CountryCode] };
    if one == other {
        return Some((100, code));
    }
    let tail = |number: &str| number[number.len() - 7..].to_owned();
    if one.len() != other.len() && tail(&one) == tail(&other) && (one.ends_with(&other) || other.ends_with(&one)) {
        // One side without its area.
        return Some((85, vec![Evidence::Truncated]));
    }
    if tail(&one) == tail(&other) {
        return Some((60, vec![Evidence::OtherAreaCode]));
    }
    if one.len() == other.len() && edits(&one, &other) == 1 {
        return Some((70, vec![Evidence::Typo]));
    }
    Some((0, vec![]))
}
