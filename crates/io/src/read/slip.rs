//! Names that are another's but for a slip: in what people write for us, a name that nothing reads is more likely that than one
//! of theirs.

/// The same name but for case, space and punctuation, and for one letter more or less after the first.
pub(crate) fn is_misspelt(name: &str, as_written: &str) -> bool {
    let letters = |text: &str| -> Vec<char> {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (one, other) = (letters(name), letters(as_written));
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if short.len() == long.len() {
        return short == long;
    }
    // Of three letters and fewer, one more is another word.
    let first = long.iter().zip(&short).take_while(|(long, short)| long == short).count();
    3 < short.len() && short.len() + 1 == long.len() && 0 < first && long[first + 1..] == short[first..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_case_punctuation_or_one_letter_and_nothing_else() {
        for (name, meant) in [
            ("Observed_At", "observed_at"),
            ("observedAt", "observed_at"),
            ("weights", "weight"),
            ("segement", "segment"),
            ("curency", "currency"),
            ("aded", "added"),
            ("e-mail", "email"),
        ] {
            assert!(is_misspelt(name, meant) && is_misspelt(meant, name), "{name}");
        }
        for (name, meant) in
            [("fname", "name"), ("height", "weight"), ("ids", "id"), ("at", "as_of"), ("", "name"), ("bad", "outcome")]
        {
            assert!(!is_misspelt(name, meant), "{name}");
        }
    }
}
