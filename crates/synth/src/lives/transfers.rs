//! Money between linked accounts, and rows that only look like it.

use cashline_core::time::Day;

use super::{
    book::{Book, Slip, chance_days, span, weighted},
    calendar::{is_banking_day, on_or_after},
    truth::{Mark, Noise, PlantedTransfer},
};
use crate::{descriptor::Channel, draw::Draw, words};

/// How a transfer between two banks is worded on both sides.
#[derive(Clone, Copy, Debug)]
enum Wording {
    /// Sent by the bank that the money leaves.
    Pushed,
    /// Fetched by the bank that gets it.
    Pulled,
    /// Sent to oneself as to a friend.
    ToSelf,
}

/// Draws and plants the transfers between the first account and each of the others.
pub(super) fn person(book: &mut Book, draw: &mut Draw) {
    for other in 1..book.accounts.len() {
        let habit = draw.unit();
        let sum = draw.between(1, 12) * 2_500;
        if habit < 0.6 {
            let paydays: Vec<Day> = book
                .truth
                .payers
                .first()
                .map_or_else(Vec::new, |payer| payer.occurrences.iter().map(|one| one.posted).collect());
            for day in paydays {
                if draw.chance(0.85) {
                    let day = day.plus(span(draw, 0, 1));
                    transfer(book, draw, (0, other), day, sum);
                }
            }
        }
        if 0.4 < habit {
            for day in chance_days(draw, 0.5, book.start, book.end) {
                // A habit of few sums makes pairs of one amount overlap.
                let sum = if draw.chance(0.4) { sum } else { draw.between(2, 40) * 1_000 };
                transfer(book, draw, (0, other), day, sum);
            }
        }
        for day in chance_days(draw, 0.25, book.start, book.end) {
            let sum = if draw.chance(0.3) { sum } else { draw.between(2, 30) * 1_000 };
            transfer(book, draw, (other, 0), day, sum);
        }
    }
    if 1 < book.accounts.len() && draw.chance(0.35) {
        traps(book, draw);
    }
    if draw.chance(0.25) {
        outside(book, draw);
    }
}

/// Moves money between the accounts `(from, to)`. A leg outside the life leaves the other one alone.
pub(super) fn transfer(book: &mut Book, draw: &mut Draw, accounts: (usize, usize), day: Day, sum: i64) {
    let same_bank = book.accounts[accounts.0].bank == book.accounts[accounts.1].bank;
    let (wording, lag) = if same_bank {
        (Wording::Pushed, i32::from(draw.chance(0.05)))
    } else {
        let lag = weighted(draw, &[(0, 15), (1, 30), (2, 30), (3, 18), (4, 7)]);
        match weighted(draw, &[(Wording::Pushed, 45), (Wording::Pulled, 40), (Wording::ToSelf, 15)]) {
            // Two of the six banks word payments between people as those of an app, which says nothing of the sender.
            Wording::ToSelf if name_the_sender(book, accounts) => (Wording::ToSelf, 0),
            Wording::ToSelf => (Wording::Pushed, lag),
            // Some banks give the money before they have it.
            wording if draw.chance(0.06) => (wording, -lag.min(2)),
            wording => (wording, lag),
        }
    };
    lagged(book, accounts, day, sum, wording, lag);
}

fn name_the_sender(book: &Book, accounts: (usize, usize)) -> bool {
    [accounts.0, accounts.1].iter().all(|at| !matches!(book.accounts[*at].bank % 6, 3 | 4))
}

/// A transfer with a lag that is given.
pub(super) fn transfer_after(book: &mut Book, accounts: (usize, usize), day: Day, sum: i64, lag: i32) {
    lagged(book, accounts, day, sum, Wording::Pushed, lag);
}

fn lagged(book: &mut Book, accounts: (usize, usize), day: Day, sum: i64, wording: Wording, lag: i32) {
    let (from, to) = accounts;
    let same_bank = book.accounts[from].bank == book.accounts[to].bank;
    let instant = same_bank || matches!(wording, Wording::ToSelf);
    let out_day = if instant { day } else { on_or_after(day) };
    let mut in_day = out_day.plus(lag);
    // Weekends lengthen a lag, but never beyond four days.
    if !instant && !is_banking_day(in_day) {
        let later = on_or_after(in_day);
        in_day = if (-4..=4).contains(&(later.0 - out_day.0)) { later } else { out_day };
    }
    let bank = |book: &Book, at: usize| words::BANKS[book.accounts[at].bank % words::BANKS.len()].to_uppercase();
    let name = |book: &Book, at: usize| if book.accounts[at].savings { "SAVINGS" } else { "CHECKING" }.to_owned();
    let (out, into) = match wording {
        Wording::Pushed if same_bank => {
            ((Channel::TransferOut, name(book, to), ""), (Channel::TransferIn, name(book, from), ""))
        }
        Wording::Pushed => {
            ((Channel::TransferOut, bank(book, to), ""), (Channel::AchCredit, bank(book, from), "EXT TRNSFR"))
        }
        Wording::Pulled => {
            ((Channel::AchDebit, bank(book, to), "ACH TRNSFR"), (Channel::TransferIn, bank(book, from), ""))
        }
        Wording::ToSelf => ((Channel::ZelleOut, book.holder(), ""), (Channel::ZelleIn, book.holder(), "")),
    };
    let mark = Mark::Transfer;
    let slip = Slip { account: from, mark, channel: out.0, party: &out.1, entry: out.2 };
    let out = book.post_leg(&slip, to, out_day, -sum);
    let slip = Slip { account: to, mark, channel: into.0, party: &into.1, entry: into.2 };
    let into = book.post_leg(&slip, from, in_day, sum);
    if let (Some(out), Some(into)) = (out, into) {
        book.truth.transfers.push(PlantedTransfer { out, into, lag: in_day.0 - out_day.0, same_bank });
    }
}

/// Rows of both accounts that agree in amount by chance; their texts say that they have nothing to do with one another.
fn traps(book: &mut Book, draw: &mut Draw) {
    let from_to = (book.start, book.end.plus(-5));
    let friend = words::person(draw);
    for day in chance_days(draw, 0.12, from_to.0, from_to.1) {
        let sum = draw.between(2, 30) * 1_000;
        let out = noise(0, Noise::PersonToPerson, Channel::ZelleOut, &friend);
        let into = noise(1, Noise::CheckDeposit, Channel::CheckDeposit, "");
        let out = book.post(&out, day, -sum);
        let into = book.post(&into, on_or_after(day.plus(span(draw, 0, 1))), sum);
        book.truth.traps.extend(out.zip(into).map(|(out, into)| [out, into]));
    }
    // In the shadow of a transfer: a deposit of the same amount while the money is under way.
    for at in 0..book.truth.transfers.len() {
        if !draw.chance(0.06) {
            continue;
        }
        let out = book.truth.transfers[at].out.clone();
        let into = book.truth.transfers[at].into.clone();
        let find = |book: &Book, id: &str| book.lines.iter().find(|line| line.id == id).cloned();
        let (Some(left), Some(came)) = (find(book, &out), find(book, &into)) else { continue };
        if draw.chance(0.5) {
            let slip = noise(came.account, Noise::CashDeposit, Channel::CashDeposit, "");
            let row = book.post(&slip, left.posted, came.amount);
            book.truth.traps.extend(row.map(|row| [out, row]));
        } else {
            let slip = noise(left.account, Noise::Cash, Channel::Atm, "");
            let row = book.post(&slip, came.posted, left.amount);
            book.truth.traps.extend(row.map(|row| [row, into]));
        }
    }
}

/// Round sums to and from an account that is not linked: one leg only.
fn outside(book: &mut Book, draw: &mut Draw) {
    let (bank, entry) =
        *draw.pick(&[("FIDELITY BROKERAGE", "MONEYLINE"), ("COINBASE", "TRANSFER"), ("CHIME", "TRANSFER")]);
    for day in chance_days(draw, 0.25, book.start, book.end) {
        let sum = draw.between(3, 80) * 1_000;
        let inward = draw.chance(0.4);
        let channel = if inward { Channel::AchCredit } else { Channel::AchDebit };
        let slip = Slip { entry, ..noise(0, Noise::OutsideTransfer, channel, bank) };
        book.post(&slip, on_or_after(day), if inward { sum } else { -sum });
    }
}

fn noise(account: usize, what: Noise, channel: Channel, party: &str) -> Slip<'_> {
    Slip { account, mark: Mark::Noise(what), channel, party, entry: "" }
}
