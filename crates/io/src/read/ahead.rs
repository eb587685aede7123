//! What is read next, made ready on a thread of its own while what was read before is taken.

use std::{
    panic::resume_unwind,
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

/// Steps that may wait until they are taken: they are in memory meanwhile.
const WAITING: usize = 2;

/// Hands on what `next` gives, in its order, until it gives nothing or either side reports an error; nothing is asked for or handed
/// on after that.
/// Without `ahead` one thread does both in turns, which changes nothing but the time.
///
/// # Errors
///
/// Those of `next` and of `take`.
pub(super) fn each<T: Send, E: Send>(
    ahead: bool,
    next: impl FnMut() -> Result<Option<T>, E> + Send,
    take: &mut dyn FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    // Whoever makes ready holds it; a thread that cannot be had leaves it to this one.
    let next = Mutex::new(next);
    let step = || (next.lock().unwrap_or_else(PoisonError::into_inner))();
    let in_turns = |take: &mut dyn FnMut(T) -> Result<(), E>| {
        while let Some(one) = step()? {
            take(one)?;
        }
        Ok(())
    };
    if !ahead {
        return in_turns(take);
    }
    thread::scope(|scope| {
        let (ready, waiting) = mpsc::sync_channel(WAITING);
        let work = move || {
            while let Some(one) = step().transpose() {
                // A taker that is gone has reported an error.
                let failed = one.is_err();
                if ready.send(one).is_err() || failed {
                    break;
                }
            }
        };
        let Ok(worker) = thread::Builder::new().spawn_scoped(scope, work) else { return in_turns(take) };
        let outcome = waiting.iter().try_for_each(|one| take(one?));
        drop(waiting);
        match worker.join() {
            Ok(()) => outcome,
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn steps_come_in_order_until_the_end_or_an_error_with_a_thread_ahead_or_without() {
        for ahead in [false, true] {
            let steps = |stop: u32| {
                let (mut given, mut taken) = (0..100_u32, vec![]);
                let outcome = each(ahead, || Ok(given.next()), &mut |one| {
                    taken.push(one);
                    if one == stop { Err(one) } else { Ok(()) }
                });
                (outcome, taken)
            };
            assert_eq!(steps(1_000), (Ok(()), (0..100).collect()), "{ahead}");
            assert_eq!(steps(7), (Err(7), (0..=7).collect()), "{ahead}");
            let (mut asked, mut taken) = (0, 0);
            let failing = || {
                asked += 1;
                if asked < 5 { Ok(Some(asked)) } else { Err(asked) }
            };
            let outcome = each(ahead, failing, &mut |_| {
                taken += 1;
                Ok(())
            });
            assert_eq!((outcome, taken, asked), (Err(5), 4, 5), "what failed is not asked again");
        }
    }

    #[test]
    fn a_panic_of_either_side_goes_on() {
        for ahead in [false, true] {
            let of = |next: fn() -> Result<Option<u32>, u32>, take: fn(u32) -> Result<(), u32>| {
                catch_unwind(AssertUnwindSafe(|| each(ahead, next, &mut { take }))).is_err()
            };
            assert!(of(|| panic!("planted"), |_| Ok(())), "{ahead}");
            assert!(of(|| Ok(Some(1)), |_| panic!("planted")), "{ahead}");
        }
    }
}
