//! All attributes of a run, ours and the lender's, and their columns.

use super::definition::Definition;
use crate::{category::taxonomy::Taxonomy, digest::Digest, time::Window, value::Outcome};

/// Index of a column of the matrix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ColumnId(pub u16);

/// One column: an attribute at a window.
#[derive(Clone, Debug)]
pub struct Column {
    /// The attribute's name and the window's suffix.
    pub name: String,
    /// Index of the definition.
    pub definition: u16,
    /// The window.
    pub window: Window,
}

/// A row or a day that an attribute read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Evidence {
    /// A row of the history.
    Row(u32),
    /// A day, for balances and gaps.
    Day(crate::time::Day),
}

/// The registry of a run.
#[derive(Clone, Debug)]
pub struct Registry {
    definitions: Vec<Definition>,
    columns: Vec<Column>,
}

/// Why an attributes file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// The text is no valid file of attributes; the message names line, column and the way out.
    #[error("{message}")]
    Invalid {
        /// What is wrong and where.
        message: String,
    },
}

impl Registry {
    /// The attributes shipped with the engine.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] when a declared attribute names a purpose that the taxonomy lacks.
    pub fn builtin(taxonomy: &Taxonomy) -> Result<Registry, AttributeError> {
        let _ = taxonomy;
        Ok(Registry { definitions: vec![], columns: vec![] })
    }

    /// Adds a lender's file of declared attributes.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] with line and column.
    pub fn extend(&mut self, toml: &str, taxonomy: &Taxonomy) -> Result<(), AttributeError> {
        let _ = (toml, taxonomy);
        Ok(())
    }

    /// All attributes, by family and name as documented.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// All columns, in the order of the matrix.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<ColumnId> {
        let at = self.columns.iter().position(|column| column.name == name)?;
        u16::try_from(at).ok().map(ColumnId)
    }

    /// What is documented of a column.
    #[must_use]
    pub fn definition(&self, column: ColumnId) -> &Definition {
        &self.definitions[usize::from(self.columns[usize::from(column.0)].definition)]
    }

    /// Computes one column.
    #[must_use]
    pub fn compute(&self, column: ColumnId, digest: &Digest<'_>) -> Outcome {
        let _ = (column, digest);
        Err(crate::value::Missing::NotApplicable)
    }

    /// The rows or days that a column's value rests on, by replaying its definition: the same selection that computes it.
    #[must_use]
    pub fn evidence(&self, column: ColumnId, digest: &Digest<'_>) -> Vec<Evidence> {
        let _ = (column, digest);
        vec![]
    }
}
