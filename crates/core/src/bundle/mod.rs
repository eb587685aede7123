//! A bundle: one file with all that decides an answer, and a fingerprint of how this build behaved when it was frozen.
//!
//! Files that ship inside the binary change between releases; so a bundle holds their texts too. Code changes as well; so it
//! holds what the build made of the probe applicants, of every rule's own examples and of the calendar. A build that loads a
//! bundle compiles those texts and compares: it answers as the frozen one did, or it refuses and says what differs.

mod behaviour;
mod source;

use serde::{Deserialize, Serialize};

pub use self::{
    behaviour::{Behaviour, Difference},
    source::{Part, Sources},
};
use crate::{
    attribute::registry::AttributeError,
    category::rule::RuleError,
    decide::policy::PolicyError,
    engine::{Engine, EngineError, EngineParts, Options},
    hash::sha256,
    limits::{BUNDLE_TEXTS_MAX, CONFIG_BYTES_MAX},
    model::ModelError,
    reason::ReasonError,
};

/// Version of the file's shape.
pub const BUNDLE_SCHEMA: u32 = 1;

/// A checked bundle.
#[derive(Clone, PartialEq, Debug)]
pub struct Bundle {
    file: File,
}

/// The file as it stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    /// Over everything else in the file.
    id: String,
    settings: Settings,
    behaviour: Behaviour,
    texts: Vec<Text>,
}

/// Settings that decide and stand in no text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// See [`crate::engine::Options`].
    pub balance_age_days_max: u16,
    /// See [`crate::engine::Options`].
    pub extra_columns: Vec<String>,
}

/// One text of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// What it is.
    pub part: Part,
    /// Its file's name.
    pub name: String,
    /// Of the text.
    pub sha256: String,
    /// The text.
    pub text: String,
}

/// Why a bundle is not made or not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// No JSON of the closed schema.
    #[error("no bundle of this version, at line {line}, column {column}; freeze it again")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Another version of the file's shape.
    #[error("the bundle has schema {found}, this build reads {BUNDLE_SCHEMA}; run it with the build that froze it")]
    Schema {
        /// What the file says.
        found: u32,
    },
    /// Larger than a bundle may be.
    #[error("the bundle has {bytes} bytes, above the limit of {CONFIG_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// More texts than a bundle may hold.
    #[error("the bundle holds {count} texts, above the limit of {BUNDLE_TEXTS_MAX}")]
    TooManyTexts {
        /// How many.
        count: usize,
    },
    /// A part stands there too often or not at all.
    #[error("the bundle holds {count} texts of part `{part}`; it needs {needs}")]
    Count {
        /// The part.
        part: &'static str,
        /// How many there are.
        count: usize,
        /// How many there must be.
        needs: &'static str,
    },
    /// A text is not the one that was frozen.
    #[error(
        "`{name}` in the bundle was changed after freezing: its SHA-256 differs; take the bundle from its source again"
    )]
    Changed {
        /// The text's name.
        name: String,
    },
    /// Something else than a text was changed.
    #[error(
        "the bundle was changed after freezing: its content is not what its id says; take it from its source again"
    )]
    Id,
    /// This build does not behave as the one that froze the bundle.
    #[error(
        "this build ({running}) would not answer as the one that froze the bundle ({frozen}): {difference}; run it with that \
         build, or review the change and freeze again"
    )]
    Behaves {
        /// The running build.
        running: &'static str,
        /// The build that froze it.
        frozen: String,
        /// What differs.
        difference: Difference,
    },
    /// A text is refused.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// A text is refused.
    #[error(transparent)]
    Attributes(#[from] AttributeError),
    /// A text is refused.
    #[error(transparent)]
    Reasons(#[from] ReasonError),
    /// A text is refused.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A text is refused.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The texts do not agree with each other.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Bundle {
    /// Freezes texts that make a working engine.
    ///
    /// # Errors
    ///
    /// [`BundleError`]: a text is refused, or they do not agree.
    pub fn freeze(sources: &Sources) -> Result<Bundle, BundleError> {
        let parts = sources.parts()?;
        let mut behaviour = Behaviour::of(&parts);
        let settings = Settings {
            balance_age_days_max: parts.options.balance_age_days_max,
            extra_columns: parts.options.extras.clone(),
        };
        // What cannot score is not frozen.
        behaviour.answers = behaviour::answers(&Engine::new(parts)?);
        let texts = sources.texts().to_vec();
        let mut file = File { schema: BUNDLE_SCHEMA, id: String::new(), settings, behaviour, texts };
        file.id = id(&file);
        Ok(Bundle { file })
    }

    /// Reads a bundle and proves that nothing in it was changed. What it means is for [`Bundle::parts`].
    ///
    /// # Errors
    ///
    /// [`BundleError`] naming what is wrong.
    pub fn parse(text: &str) -> Result<Bundle, BundleError> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let bytes = text.len() as u64;
        if CONFIG_BYTES_MAX < bytes {
            return Err(BundleError::TooLarge { bytes });
        }
        let syntax = |error: serde_json::Error| BundleError::Syntax { line: error.line(), column: error.column() };
        let Version { schema } = serde_json::from_str(text).map_err(syntax)?;
        if schema != BUNDLE_SCHEMA {
            return Err(BundleError::Schema { found: schema });
        }
        let file: File = serde_json::from_str(text).map_err(syntax)?;
        if BUNDLE_TEXTS_MAX < file.texts.len() {
            return Err(BundleError::TooManyTexts { count: file.texts.len() });
        }
        if let Some(text) = file.texts.iter().find(|text| sha256(text.text.as_bytes()) != text.sha256) {
            return Err(BundleError::Changed { name: text.name.clone() });
        }
        if id(&file) != file.id {
            return Err(BundleError::Id);
        }
        source::check_counts(&file.texts)?;
        Ok(Bundle { file })
    }

    /// The file's text: the same bundle gives the same bytes.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.file).expect("texts and numbers under text keys");
        text.push('\n');
        text
    }

    /// The SHA-256 of the content, as `sha256:` and 64 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.file.id
    }

    /// How the build behaved that froze it.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        &self.file.behaviour
    }

    /// Settings that stand in no text.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.file.settings
    }

    /// All texts, in the order in which they are read.
    #[must_use]
    pub fn texts(&self) -> &[Text] {
        &self.file.texts
    }

    /// The parts of the engine that was frozen.
    ///
    /// # Errors
    ///
    /// [`BundleError::Behaves`] when this build behaves differently; else what it cannot read.
    pub fn parts(&self) -> Result<EngineParts, BundleError> {
        let Settings { balance_age_days_max, extra_columns } = self.file.settings.clone();
        let parts = source::parts(&self.file.texts, &Options { balance_age_days_max, extras: extra_columns })?;
        let frozen = &self.file.behaviour;
        let refusal = |difference| BundleError::Behaves {
            running: behaviour::ENGINE_VERSION,
            frozen: frozen.engine_version.clone(),
            difference,
        };
        if let Some(difference) = frozen.difference(&Behaviour::of(&parts)) {
            return Err(refusal(difference));
        }
        let answers = behaviour::answers(&Engine::new(parts.clone())?);
        frozen.answered_otherwise(&answers).map_or(Ok(parts), |difference| Err(refusal(difference)))
    }
}

/// The digest of everything but the id itself: compact JSON in the order of the schema, maps by key.
fn id(file: &File) -> String {
    let content = (file.schema, &file.settings, &file.behaviour, &file.texts);
    sha256(&serde_json::to_vec(&content).expect("texts and numbers under text keys"))
}

#[cfg(test)]
mod tests;
