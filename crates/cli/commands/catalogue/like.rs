//! `cashline catalogue KIND --like NAME|FILE`: what others call ours, and which of ours is nearest.

use std::path::Path;

use anyhow::{Result, bail};
use cashline_core::{
    attribute::like::{TABLES, read},
    category::{
        label::Purpose,
        taxonomy::{Direction, Taxonomy},
        vocabulary::{VOCABULARIES, Vocabulary},
    },
    engine::Engine,
};

use super::Listing;
use crate::load;

/// Reads a table, by its name in errors and its text.
type Rows = fn(&Engine, &str, &str) -> Result<Vec<Vec<String>>>;

/// Tables between the names of a catalogue and those of others.
pub(super) struct Like {
    /// The title of the page.
    pub about: &'static str,
    /// Those shipped with the engine: name and text.
    pub tables: &'static [(&'static str, &'static str)],
    header: &'static [&'static str],
    rows: Rows,
    /// Tables that begin alike are parts of one; else they are rivals, and one is meant.
    together: bool,
}

pub(super) const ATTRIBUTES: Like = Like {
    about: "What others call our attributes",
    tables: &TABLES,
    header: &["theirs", "ours", "exactness", "note", "our definition"],
    rows: attributes,
    together: true,
};

pub(super) const PURPOSES: Like = Like {
    about: "What others call our purposes",
    tables: VOCABULARIES,
    header: &["theirs", "parent", "ours", "back", "about ours"],
    rows: purposes,
    together: false,
};

impl Like {
    /// The names of the shipped tables, as a text.
    pub(super) fn names(&self) -> String {
        names(self.tables.iter())
    }

    /// The rows of the tables whose name begins with what was asked for, or of a file.
    pub(super) fn listing(&self, engine: &Engine, asked: &str) -> Result<Listing> {
        let shipped = || self.tables.iter().filter(|(name, _)| name.starts_with(asked));
        if !self.together && 1 < shipped().count() {
            bail!("`{asked}` may be any of {}; say which", names(shipped()));
        }
        let mut rows = vec![];
        for (name, text) in shipped() {
            rows.extend((self.rows)(engine, name, text)?);
        }
        if shipped().next().is_none() {
            let path = Path::new(asked);
            if !path.exists() {
                bail!("`{asked}` is neither a file nor a table; tables are {}", self.names());
            }
            rows = (self.rows)(engine, asked, &load::text(path)?)?;
        }
        Ok((self.header.to_vec(), rows))
    }
}

fn names<'a>(tables: impl Iterator<Item = &'a (&'static str, &'static str)>) -> String {
    tables.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn attributes(engine: &Engine, name: &str, text: &str) -> Result<Vec<Vec<String>>> {
    let registry = engine.registry();
    let shown = read(name, text, registry)?.into_iter().map(|row| {
        let meant = registry.column(&row.ours).map(|column| registry.definition(column).definition.clone());
        vec![row.theirs, row.ours, row.exactness.code().to_owned(), row.note, meant.unwrap_or_default()]
    });
    Ok(shown.collect())
}

/// Every code of theirs, then every purpose that none of them means.
fn purposes(engine: &Engine, name: &str, text: &str) -> Result<Vec<Vec<String>>> {
    let taxonomy = engine.categoriser().taxonomy();
    let vocabulary = Vocabulary::read(name, text, taxonomy)?;
    let row = |code: &str, parent: &str, purpose: Purpose| {
        let info = taxonomy.info(purpose);
        let back = back(&vocabulary, taxonomy, purpose);
        [code, parent, &info.name, &back, &info.about].map(str::to_owned).to_vec()
    };
    let mut rows: Vec<Vec<String>> =
        vocabulary.codes().iter().map(|code| row(&code.code, &code.parent, code.purpose)).collect();
    for purpose in taxonomy.purposes().iter().filter_map(|info| taxonomy.purpose(&info.name)) {
        if vocabulary.codes().iter().all(|code| code.purpose != purpose) {
            rows.push(row("", "", purpose));
        }
    }
    Ok(rows)
}

/// What they call money of a purpose, in each direction that it can move.
fn back(vocabulary: &Vocabulary, taxonomy: &Taxonomy, purpose: Purpose) -> String {
    let moves = taxonomy.info(purpose).direction;
    let code = |takes: fn(Direction) -> bool, amount| {
        if takes(moves) { vocabulary.code(purpose, amount).map(|code| code.code.as_str()) } else { None }
    };
    match (code(Direction::takes_inflow, 1), code(Direction::takes_outflow, -1)) {
        (Some(inflow), Some(outflow)) if inflow != outflow => format!("in: {inflow}, out: {outflow}"),
        (inflow, outflow) => inflow.or(outflow).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> &'static Engine {
        static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
        ENGINE.get_or_init(|| Engine::builtin().expect("the shipped files agree"))
    }

    fn row_of(listing: &Listing, at: usize, name: &str) -> Vec<String> {
        listing.1.iter().find(|row| row[at] == name).unwrap_or_else(|| panic!("{name} is listed")).clone()
    }

    #[test]
    fn a_vocabulary_is_listed_with_the_way_there_and_back() {
        let found = PURPOSES.listing(engine(), "pfc_v2").expect("shipped");
        assert_eq!(found.0, ["theirs", "parent", "ours", "back", "about ours"]);
        let coffee = row_of(&found, 0, "FOOD_AND_DRINK_COFFEE");
        let back = "FOOD_AND_DRINK_RESTAURANT";
        assert_eq!(coffee[1..], ["FOOD_AND_DRINK", "restaurants", back, "restaurants, coffee, delivery, bars"]);
        let back = "in: TRANSFER_IN_SAVINGS, out: TRANSFER_OUT_SAVINGS";
        assert_eq!(row_of(&found, 0, "TRANSFER_IN_SAVINGS")[3], back);
        // No code means this purpose; it has one all the same.
        let rent_to_own = row_of(&found, 2, "rto_payment");
        assert_eq!(rent_to_own[..4], ["", "", "rto_payment", "LOAN_PAYMENTS_OTHER_PAYMENT"]);
    }

    #[test]
    fn every_shipped_table_is_listed_by_its_name() {
        for like in [ATTRIBUTES, PURPOSES] {
            for (name, _) in like.tables {
                let found = like.listing(engine(), name).expect(name);
                assert!(found.1.iter().all(|row| row.len() == found.0.len()) && !found.1.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn attributes_of_one_vendor_are_read_together_and_rival_vocabularies_are_not() {
        let [all, one] = ["plaid", "plaid_signal"].map(|asked| ATTRIBUTES.listing(engine(), asked).expect(asked));
        assert!(one.1.len() < all.1.len());
        let error = PURPOSES.listing(engine(), "pfc").expect_err("two begin so").to_string();
        assert_eq!(error, "`pfc` may be any of pfc_v2, pfc_v1; say which");
        let error = PURPOSES.listing(engine(), "plaid").expect_err("neither").to_string();
        assert!(error.ends_with("tables are credit, pfc_v2, pfc_v1, prism, ocrolus"), "{error}");
    }

    #[test]
    fn a_vocabulary_of_ones_own_is_read_from_a_file_and_refused_with_its_line() {
        let folder = tempfile::tempdir().expect("a place to write");
        let path = folder.path().join("mine.toml");
        let path = path.to_str().expect("a name in UTF-8");
        std::fs::write(path, "[[code]]\ncode = \"Wohnen\"\npurpose = \"rent\"\n").expect("written");
        let found = PURPOSES.listing(engine(), path).expect("valid");
        assert_eq!(found.1[0][..4], ["Wohnen", "", "rent", "Wohnen"]);
        assert_eq!(row_of(&found, 2, "fuel")[..4], ["", "", "fuel", ""]);
        std::fs::write(path, "[[code]]\ncode = \"Wohnen\"\npurpose = \"lease\"\n").expect("written");
        let error = PURPOSES.listing(engine(), path).expect_err("refused").to_string();
        assert!(error.starts_with(&format!("{path}:3:11: the taxonomy has no purpose \"lease\"")), "{error}");
    }
}
