//! Reading what a lender writes: TOML with a closed schema, and errors that name the line.

use serde::de::DeserializeOwned;

use crate::limits::CONFIG_BYTES_MAX;

/// Why a text is no valid file of its kind.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text does not follow the grammar or the closed schema.
    #[error("line {line}: {message}")]
    Syntax {
        /// The line, from 1; 0 when the fault is the whole file's.
        line: usize,
        /// What is wrong, in the parser's words.
        message: String,
    },
    /// The text is larger than `limits::CONFIG_BYTES_MAX`.
    #[error("the file has {bytes} bytes, above the limit of {CONFIG_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
}

/// Parses a TOML text.
///
/// # Errors
///
/// [`ConfigError`] with the line at fault.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ConfigError> {
    let bytes = text.len() as u64;
    if CONFIG_BYTES_MAX < bytes {
        return Err(ConfigError::TooLarge { bytes });
    }
    toml::from_str(text).map_err(|error| ConfigError::Syntax {
        line: error.span().map_or(0, |span| line(text, span.start)),
        message: error.message().to_lowercase().replace('\n', ", "),
    })
}

/// Whether a name is written in snake case: it goes into column values, file names and messages, and no blank or letter's case
/// may make two of one.
#[must_use]
pub fn is_snake_case(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The line of a byte offset, as an editor counts it.
fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[serde(rename = "known")]
        _known: i64,
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = parse::<Small>("# first\nknown = 1\n\nunknwon = 2\n").expect_err("a key too many");
        assert!(error.to_string().starts_with("line 4: unknown field `unknwon`"), "{error}");
    }
}
