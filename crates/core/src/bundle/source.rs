//! What a bundle is frozen from, and the engine's parts that its texts make.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{BundleError, Text};
use crate::{
    attribute::registry::{self, Registry},
    category::{categoriser::Categoriser, rule, taxonomy, taxonomy::Taxonomy},
    decide::policy::{self, Policy},
    engine::{EngineError, EngineParts, Options},
    hash::sha256,
    institution::{self, Institutions, Names},
    model::{self, Model},
    reason::{self, Dictionary},
    time::Zone,
};

/// What a text is, in the order in which texts stand in a bundle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The names that rules may give.
    Taxonomy,
    /// Category rules that ship with the engine.
    Rules,
    /// A lender's category rules.
    OwnRules,
    /// Declared attributes that ship with the engine.
    Attributes,
    /// A lender's declared attributes.
    OwnAttributes,
    /// The reason dictionary.
    Reasons,
    /// The model.
    Model,
    /// The policy.
    Policy,
    /// How someone else's export maps to ours; the engine does not read it, the doors do.
    Mapping,
    /// How names of institutions are read; bundles of builds that told no institution hold none.
    Institutions,
}

impl Part {
    /// All parts.
    pub const ALL: [Part; 10] = [
        Part::Taxonomy,
        Part::Rules,
        Part::OwnRules,
        Part::Attributes,
        Part::OwnAttributes,
        Part::Reasons,
        Part::Model,
        Part::Policy,
        Part::Mapping,
        Part::Institutions,
    ];

    /// The part as files write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Part::Taxonomy => "taxonomy",
            Part::Rules => "rules",
            Part::OwnRules => "own_rules",
            Part::Attributes => "attributes",
            Part::OwnAttributes => "own_attributes",
            Part::Reasons => "reasons",
            Part::Model => "model",
            Part::Policy => "policy",
            Part::Mapping => "mapping",
            Part::Institutions => "institutions",
        }
    }

    /// The fewest and the most texts of this part.
    fn counts(self) -> (usize, usize, &'static str) {
        match self {
            Part::Taxonomy | Part::Reasons | Part::Model | Part::Policy => (1, 1, "one"),
            Part::Rules | Part::Attributes => (1, usize::MAX, "one or more"),
            Part::OwnRules | Part::OwnAttributes => (0, usize::MAX, "any number"),
            Part::Mapping | Part::Institutions => (0, 1, "none or one"),
        }
    }
}

/// Texts to freeze: everything as shipped, until what is the lender's own is put in.
#[derive(Clone, PartialEq, Debug)]
pub struct Sources {
    texts: Vec<Text>,
    options: Options,
}

impl Sources {
    /// Everything as shipped.
    #[must_use]
    pub fn shipped() -> Sources {
        let mut sources = Sources { texts: vec![], options: Options::default() };
        sources.put(Part::Taxonomy, "taxonomy.toml", taxonomy::BUILTIN);
        rule::BUILTIN.iter().for_each(|(name, text)| sources.put(Part::Rules, name, text));
        registry::FILES.iter().for_each(|(name, text)| sources.put(Part::Attributes, name, text));
        sources.put(Part::Reasons, "reasons.toml", reason::BUILTIN);
        sources.put(Part::Model, "card_consumer.toml", model::BUILTIN);
        sources.put(Part::Policy, "policy_none.toml", policy::NONE);
        sources.put(Part::Institutions, "institutions.toml", institution::BUILTIN);
        sources
    }

    /// Puts a text in: in the place of the one there where a part has one text, else after those there. Of a path only the
    /// last part is kept.
    pub fn put(&mut self, part: Part, name: &str, text: &str) {
        let name = Path::new(name).file_name().map_or(name.into(), |last| last.to_string_lossy());
        let new = Text { part, name: name.into_owned(), sha256: sha256(text.as_bytes()), text: text.to_owned() };
        if part.counts().1 == 1 {
            self.texts.retain(|known| known.part != part);
        }
        let at = self.texts.iter().take_while(|known| known.part <= part).count();
        self.texts.insert(at, new);
    }

    /// Names the numeric columns of the applications that model and policy may read.
    pub fn extra_columns(&mut self, names: &[String]) {
        self.options.extras = names.to_vec();
    }

    /// Says how old a balance may be and still be fresh: see [`Options`].
    pub fn balance_age_days_max(&mut self, days: u16) {
        self.options.balance_age_days_max = days;
    }

    /// In the order of a bundle.
    #[must_use]
    pub fn texts(&self) -> &[Text] {
        &self.texts
    }

    /// The engine's parts that these texts make.
    ///
    /// # Errors
    ///
    /// [`BundleError`] when a text is refused.
    pub fn parts(&self) -> Result<EngineParts, BundleError> {
        parts(&self.texts, &self.options)
    }
}

/// Each part stands there as often as it must.
pub(super) fn check_counts(texts: &[Text]) -> Result<(), BundleError> {
    for part in Part::ALL {
        let count = of(texts, part).len();
        let (least, most, needs) = part.counts();
        if count < least || most < count {
            return Err(BundleError::Count { part: part.code(), count, needs });
        }
    }
    Ok(())
}

fn of(texts: &[Text], part: Part) -> Vec<(&str, &str)> {
    let own = texts.iter().filter(|text| text.part == part);
    own.map(|text| (text.name.as_str(), text.text.as_str())).collect()
}

pub(super) fn parts(texts: &[Text], options: &Options) -> Result<EngineParts, BundleError> {
    check_counts(texts)?;
    // Counted above, so that there is one.
    let only = |part: Part| of(texts, part).first().copied().unwrap_or_default();
    let (name, text) = only(Part::Taxonomy);
    let taxonomy = Taxonomy::parse(name, text)?;
    let categoriser = Categoriser::with_shipped(taxonomy, &of(texts, Part::Rules), &of(texts, Part::OwnRules))?;
    let mut registry = Registry::with_shipped(&of(texts, Part::Attributes), categoriser.taxonomy())?;
    for (name, text) in of(texts, Part::OwnAttributes) {
        registry.extend(name, text, categoriser.taxonomy())?;
    }
    let names = of(texts, Part::Institutions).first().map_or_else(Names::builtin, |(_, text)| Names::from_toml(text));
    Ok(EngineParts {
        registry,
        categoriser,
        model: Model::from_toml(only(Part::Model).1)?,
        challengers: vec![],
        reasons: Dictionary::from_toml(only(Part::Reasons).1)?,
        policy: Policy::from_toml(only(Part::Policy).1)?,
        institutions: Institutions { names: names.map_err(EngineError::from)?, known: None },
        zone: Zone::utc(),
        options: options.clone(),
    })
}
