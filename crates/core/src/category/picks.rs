//! A list for values of which it is not foreseen whether they count.

/// Values that count; the space is kept from text to text.
#[derive(Clone, Debug, Default)]
pub(super) struct Picks<T> {
    all: Vec<T>,
    count: usize,
}

impl<T: Copy + Default> Picks<T> {
    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a value that counts. One that does not is written too, and the next one over it: no branch is to be foreseen.
    #[inline]
    pub(super) fn add(&mut self, value: T, counts: bool) {
        if let Some(room) = self.all.get_mut(self.count) {
            *room = value;
            self.count = self.count.wrapping_add(usize::from(counts));
        } else {
            self.grow(value, counts);
        }
    }

    #[cold]
    fn grow(&mut self, value: T, counts: bool) {
        self.all.resize((2 * self.count).max(32), T::default());
        self.add(value, counts);
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[T] {
        self.all.get(..self.count).unwrap_or_default()
    }
}
