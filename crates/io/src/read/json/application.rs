//! Applications as JSON objects: the rules that hold for the columns of any table of applications read them. What JSON
//! adds is that a key may stand twice.

use std::{borrow::Cow, path::Path};

use cashline_core::defect::{DefectKind, Source};
use serde::de::{IgnoredAny, MapAccess};

use super::{
    field::{Scalar, Take, next_key, parse},
    rows::Fault,
};
use crate::{
    error::Error,
    read::{ReadOptions, Sink, application},
};

/// The keys of an object.
#[derive(Default)]
struct Keys<'a>(Vec<Cow<'a, str>>);

impl<'de> Take<'de> for Keys<'de> {
    fn scalar(&mut self, _: Scalar<'de>) {}

    fn map<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = next_key(&mut map)? {
            map.next_value::<IgnoredAny>()?;
            self.0.push(key);
        }
        Ok(())
    }
}

/// What is wrong with the object of a lender's own table (an application, a correction) as JSON: some key stands twice.
pub(super) fn fault(text: &str) -> Option<Fault> {
    let mut keys = Keys::default();
    if parse(text, &mut keys).is_err() {
        return Some(Fault { column: "", kind: DefectKind::BadJson });
    }
    keys.0.sort_unstable();
    let is_twice = keys.0.windows(2).any(|pair| pair[0] == pair[1]);
    // The key may be a column of the lender's own: it is not named.
    is_twice.then_some(Fault { column: "", kind: DefectKind::DuplicateKey })
}

/// Reads the text of an application's object, in which no key stands twice.
pub(super) fn read(
    text: &str,
    path: &Path,
    source: Source,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    application::object(text, path, source, options, sink)
}
