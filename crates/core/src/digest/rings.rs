//! Age rings: the days before T cut wherever a window begins or ends, so that every window is a run of whole rings.

use super::plan::{Plan, Span};
use crate::time::{Day, Window};

/// No ring.
const NONE: u16 = u16::MAX;

/// The rings of one T.
#[derive(Debug)]
pub(super) struct Rings {
    // Where the rings begin, ascending from 0; the last ring is open.
    edges: Vec<u32>,
    // The ring of each age up to the last edge, and the ring that begins there, if one does.
    of_age: Vec<u16>,
    begins: Vec<u16>,
    // The ages at which the calendar months begin, T's month first.
    months: Vec<u32>,
    // Whether the day before `end` is the last of a month.
    ends_with_month: bool,
    end: Day,
}

impl Rings {
    /// The rings that a plan asks for before `end`.
    pub(super) fn of(plan: &Plan, end: Day) -> Rings {
        let months = plan.month_starts(end);
        let edges = plan.edges(&months);
        let last = edges.last().map_or(0, |last| *last as usize);
        let mut of_age = Vec::with_capacity(last + 1);
        for (ring, next) in (0..).zip(edges.iter().skip(1)) {
            of_age.resize(*next as usize, ring);
        }
        of_age.push(u16::try_from(edges.len() - 1).unwrap_or(u16::MAX));
        let mut begins = vec![NONE; of_age.len()];
        for (ring, edge) in (0..).zip(&edges) {
            begins[*edge as usize] = ring;
        }
        Rings { edges, of_age, begins, months, ends_with_month: end.civil().2 == 1, end }
    }

    /// The ring that holds an age.
    pub(super) fn ring(&self, age: u32) -> usize {
        usize::from(self.place(age))
    }

    /// The same, narrow.
    #[inline]
    pub(super) fn place(&self, age: u32) -> u16 {
        // The last age of the table stands in the last ring.
        let last = self.of_age.len() - 1;
        self.of_age[(age as usize).min(last)]
    }

    /// The rings of a span; `None` when it does not begin and end with a ring.
    #[inline]
    pub(super) fn range(&self, span: Span) -> Option<(u32, u32)> {
        Some((self.edge(span.near)?, self.edge(span.far)?))
    }

    /// How many rings lie on the near side of an age; `None` when no ring begins there.
    #[inline]
    fn edge(&self, age: u32) -> Option<u32> {
        match self.begins.get(age as usize) {
            Some(&NONE) => None,
            Some(ring) => Some(u32::from(*ring)),
            None => (age == Span::OPEN).then_some(self.count()),
        }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.edges.len()).unwrap_or(u32::MAX)
    }

    /// How many rings there are up to that of an age.
    pub(super) fn filled(&self, age: u32) -> u32 {
        u32::from(self.place(age)) + 1
    }

    /// Whether the last day before T is the last of its month.
    pub(super) fn ends_with_month(&self) -> bool {
        self.ends_with_month
    }

    /// The ages of a window: those of [`Span::of`], with the months that the plan knows at hand.
    pub(super) fn span(&self, window: Window) -> Span {
        let month = |back: usize| self.months.get(back).copied();
        match window {
            Window::Month(back) => {
                let far = month(usize::from(back));
                let near = usize::from(back).checked_sub(1).map_or(Some(0), month);
                let known = near.zip(far).map(|(near, far)| Span { near, far });
                known.unwrap_or_else(|| Span::of(window, self.end))
            }
            _ => Span::of(window, self.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_know_every_edge_and_every_month_of_their_plan_and_no_other() {
        let mut plan = Plan::new();
        for window in [Window::days(7), Window::Days { far: 60, near: 30 }, Window::Month(3)] {
            plan.window(window);
        }
        plan.tabulate();
        // February had 28 days, so the months before 2026-03-15 begin 14, 42, 73 and 104 days before it.
        let end = Day::from_civil(2026, 3, 15);
        let rings = Rings::of(&plan, end);
        let edges = [0, 7, 14, 30, 42, 60, 73, 104];
        assert_eq!(rings.edges.len(), edges.len());
        for age in 0..200 {
            assert_eq!(rings.ring(age), edges.iter().filter(|edge| **edge <= age).count() - 1, "{age}");
            assert_eq!(rings.edge(age).map(|ring| ring as usize), edges.iter().position(|edge| *edge == age), "{age}");
        }
        assert_eq!(rings.edge(Span::OPEN), Some(8));
        for window in (0..6).map(Window::Month).chain([Window::days(9), Window::Point]) {
            assert_eq!(rings.span(window), Span::of(window, end), "{window:?}");
        }
    }

    #[test]
    fn a_plan_without_windows_has_one_ring() {
        let rings = Rings::of(&Plan::new(), Day(0));
        assert_eq!((rings.edges.len(), rings.ring(0), rings.ring(9_999)), (1, 0, 0));
        assert_eq!(rings.range(Span::HISTORY), Some((0, 1)));
        assert_eq!(rings.range(Span { near: 0, far: 30 }), None);
    }
}
