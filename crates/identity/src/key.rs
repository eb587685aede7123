//! Keys by which the same owner is found again without comparing everybody with everybody. A key is as personal as its
//! value: it may group, and may not be written anywhere.

use crate::{business, contact, fold, person, placeholder};

/// A name's words, folded, legal forms, titles and initials off, in an order that does not depend on who stands first. A
/// namesake has the same key, so a key finds whom to ask about and shows nothing by itself.
#[must_use]
pub fn name_key(name: &str) -> Option<String> {
    // Whoever has no name has no namesake.
    if placeholder::is_placeholder(name) {
        return None;
    }
    let mut words = fold::words(name);
    words.retain(|word| 1 < word.len() && !business::is_form(word) && !person::is_title(word));
    words.sort_unstable();
    words.dedup();
    // A single word is half the country's.
    (2 <= words.len()).then(|| words.join(" "))
}

/// A mailbox, in each of its spellings; none for a role's, which many people may read.
#[must_use]
pub fn email_key(email: &str) -> Option<String> {
    contact::mailbox_key(email)
}

/// A line with its area, in each of its formats; none where the area is not given.
#[must_use]
pub fn phone_key(phone: &str) -> Option<String> {
    contact::line_key(phone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_owner_share_a_key_and_half_a_value_has_none() {
        assert_eq!(name_key("Peña, José"), name_key("JOSE PENA"));
        assert_eq!(name_key("PENA JOSE M"), name_key("Dr. Jose Pena"));
        assert_eq!(name_key("Harbor Cafe LLC"), name_key("HARBOR CAFE, L.L.C."));
        assert_ne!(name_key("Ann Lee"), name_key("Ann Leigh"));
        assert_eq!(name_key("Madonna"), None);
        assert_eq!(name_key("NOT AVAILABLE"), None);
        assert_eq!(email_key("A.nn+x@gmail.com"), email_key("ann@googlemail.com"));
        assert_eq!(email_key("ann"), None);
        assert_eq!(phone_key("+1 (212) 555-0123"), phone_key("212.555.0123"));
        assert_eq!(phone_key("555-0123"), None);
    }
}
