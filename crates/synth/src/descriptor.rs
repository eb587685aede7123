//! Bank texts: six banks word the same event in six ways, with trace and store numbers that differ on every row.

use cashline_core::time::Day;

use crate::{draw::Draw, words};

/// How a payment travels; with the bank it decides the wording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Channel {
    CardPurchase,
    CardRefund,
    AchCredit,
    AchDebit,
    ZelleIn,
    ZelleOut,
    Check,
    CheckDeposit,
    Atm,
    CashDeposit,
    TransferOut,
    TransferIn,
    CardPaymentReceived,
    OverdraftFee,
    ReturnedFee,
    ReturnedItem,
    MonthlyFee,
    Interest,
    FinanceCharge,
    Hold,
    Wire,
}

/// `{M}` party · `{E}` entry · `{C}` city · `{S}` state · `{N}` the holder · `{W}` card digits · `{D}` mm/dd · `{d}` yymmdd ·
/// `{n}` followed by a digit: that many random digits.
fn templates(channel: Channel) -> &'static [&'static str; 6] {
    match channel {
        Channel::CardPurchase => &[
            "POS DEBIT {M} #{n4} {C} {S}",
            "DEBIT CARD PURCHASE XXXX{W} {M} {C} {S}",
            "PURCHASE AUTHORIZED ON {D} {M} {C} {S} S{n9}{n6} CARD {W}",
            "{M} {n4} {C} {S} {D}",
            "{M}",
            "CHECKCARD {d} {M} {C} {S} {n9}{n9}{n5}",
        ],
        Channel::CardRefund => &[
            "POS REFUND {M} #{n4} {C} {S}",
            "CARD PURCHASE RETURN XXXX{W} {M} {C} {S}",
            "PURCHASE RETURN AUTHORIZED ON {D} {M} {C} {S} CARD {W}",
            "{M} {n4} {C} {S} REFUND",
            "REFUND {M}",
            "CHECKCARD {d} {M} {C} {S} CREDIT",
        ],
        Channel::AchCredit => &[
            "{M} DES:{E} ID:{n4} INDN:{N} CO ID:{n9} PPD",
            "ORIG CO NAME:{M} ORIG ID:{n9} DESC DATE:{d} CO ENTRY DESCR:{E} SEC:PPD TRACE#:{n9}{n6} IND NAME:{N}",
            "{M} {E} {d} {n6} {N}",
            "ACH DEPOSIT {M} {E}",
            "{M} {E}",
            "DIRECT DEP {M} {E} PPD ID: {n9}",
        ],
        Channel::AchDebit => &[
            "{M} DES:{E} ID:{n8} INDN:{N} CO ID:{n9} WEB",
            "ORIG CO NAME:{M} ORIG ID:{n9} DESC DATE:{d} CO ENTRY DESCR:{E} SEC:WEB TRACE#:{n9}{n6} IND NAME:{N}",
            "{M} {E} {d} {n9} {N}",
            "ACH WITHDRAWAL {M} {E}",
            "{M} {E}",
            "ELECTRONIC PMT {M} {E} WEB ID: {n9}",
        ],
        Channel::ZelleIn => &[
            "ZELLE PAYMENT FROM {M} CONF# {n9}",
            "ZELLE FROM {M} ON {D} REF # {n9}",
            "ZELLE FROM {M} {n9}",
            "VENMO CASHOUT {n9}",
            "CASH APP*{M}",
            "ZELLE TRANSFER CONF# {n9}; {M}",
        ],
        Channel::ZelleOut => &[
            "ZELLE PAYMENT TO {M} CONF# {n9}",
            "ZELLE TO {M} ON {D} REF # {n9}",
            "ZELLE TO {M} {n9}",
            "VENMO PAYMENT {n9} {M}",
            "CASH APP*{M}",
            "ZELLE TRANSFER CONF# {n9}; {M}",
        ],
        _ => rarer_templates(channel),
    }
}

fn rarer_templates(channel: Channel) -> &'static [&'static str; 6] {
    match channel {
        Channel::Check => &["CHECK {n4}", "CHECK # {n4}", "CHECK {n4}", "CHECK PAID {n4}", "Check {n4}", "DRAFT {n4}"],
        Channel::CheckDeposit => &[
            "MOBILE DEPOSIT REF {n9}",
            "REMOTE ONLINE DEPOSIT # {n4}",
            "MOBILE DEPOSIT : REF NUMBER :{n9}",
            "CHECK DEPOSIT {n6}",
            "Mobile check deposit",
            "BKOFAMERICA MOBILE {D} {n9} DEPOSIT",
        ],
        Channel::Atm => &[
            "ATM WITHDRAWAL {n6} {C} {S}",
            "NON-CHASE ATM WITHDRAW {n6} {D} {C} {S}",
            "ATM WITHDRAWAL AUTHORIZED ON {D} {C} {S} ATM ID {n4} CARD {W}",
            "ATM {n6} {C} {S}",
            "ATM Withdrawal",
            "WITHDRWL {D} #{n9} {C} {S}",
        ],
        Channel::CashDeposit => &[
            "ATM CASH DEPOSIT {n6} {C} {S}",
            "ATM CASH DEPOSIT {D} {C} {S}",
            "CASH DEPOSIT BRANCH {n4}",
            "CASH DEPOSIT {n4}",
            "GREEN DOT CASH DEPOSIT",
            "BKOFAMERICA ATM {D} #{n9} DEPOSIT",
        ],
        Channel::TransferOut => &[
            "ONLINE TRANSFER TO SAV ...{W} TRANSACTION#: {n9}",
            "Online Transfer to {M} ...{W} transaction#: {n9} {D}",
            "ONLINE TRANSFER REF #IB{n8} TO {M} XXXX{W} ON {D}",
            "TRANSFER TO {M} {W}",
            "Transfer to {M}",
            "Online Banking transfer to {M} {W} Confirmation# {n9}",
        ],
        Channel::TransferIn => &[
            "ONLINE TRANSFER FROM CHK ...{W} TRANSACTION#: {n9}",
            "Online Transfer from {M} ...{W} transaction#: {n9}",
            "ONLINE TRANSFER REF #IB{n8} FROM {M} XXXX{W} ON {D}",
            "TRANSFER FROM {M} {W}",
            "Transfer from {M}",
            "Online Banking transfer from {M} {W} Confirmation# {n9}",
        ],
        Channel::CardPaymentReceived => &[
            "PAYMENT THANK YOU",
            "Payment Thank You-Mobile",
            "ONLINE PAYMENT THANK YOU",
            "AUTOPAY PYMT RECEIVED",
            "Payment received",
            "PAYMENT - THANK YOU {n9}",
        ],
        _ => bank_templates(channel),
    }
}

/// What the bank itself does.
fn bank_templates(channel: Channel) -> &'static [&'static str; 6] {
    match channel {
        Channel::OverdraftFee => &[
            "OVERDRAFT ITEM FEE",
            "OVERDRAFT FEE FOR A $ ITEM - DETAILS {D}",
            "OVERDRAFT FEE FOR A TRANSACTION POSTED ON {D}",
            "OD FEE {n4}",
            "Overdraft fee",
            "OVERDRAFT ITEM FEE FOR ACTIVITY OF {D}",
        ],
        Channel::ReturnedFee => &[
            "NSF RETURNED ITEM FEE",
            "INSUFFICIENT FUNDS FEE FOR ITEM {D}",
            "RETURNED ITEM FEE {D}",
            "NSF FEE {n4}",
            "Returned payment fee",
            "NSF: RETURNED ITEM FEE FOR ACTIVITY OF {D}",
        ],
        Channel::ReturnedItem => &[
            "RETURNED ITEM REVERSAL {M}",
            "RETURN OF POSTED CHECK / ITEM {M}",
            "NSF RETURN ITEM {M} {n6}",
            "REJECTED ITEM {M}",
            "Payment returned: {M}",
            "RETURN ITEM {M} R01 INSUFFICIENT FUNDS",
        ],
        Channel::Wire => &[
            "WIRE TYPE:WIRE IN DATE: {d} TRN:{n9} ORIG:{M}",
            "FEDWIRE CREDIT VIA: {M} REF: {n9}",
            "WT FED#{n6} {M}",
            "WIRE IN {M} {n6}",
            "Wire from {M}",
            "WIRE TYPE:BOOK IN DATE:{d} ORIG:{M} ID:{n9}",
        ],
        Channel::MonthlyFee => &["MONTHLY MAINTENANCE FEE"; 6],
        Channel::Interest => &["INTEREST PAYMENT"; 6],
        Channel::FinanceCharge => &["PURCHASE INTEREST CHARGE"; 6],
        _ => &["{M} {C} {S} AUTH HOLD"; 6],
    }
}

/// Who words texts: a bank, for a holder.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    pub(crate) bank: usize,
    pub(crate) holder: String,
    pub(crate) card: u32,
    pub(crate) city: (&'static str, &'static str),
    draw: Draw,
}

impl Teller {
    pub(crate) fn new(bank: usize, mut draw: Draw) -> Teller {
        let holder = words::person(&mut draw);
        let card = u32::try_from(draw.below(10_000)).unwrap_or(0);
        let city = *draw.pick(words::CITIES);
        Teller { bank: bank % 6, holder, card, city, draw }
    }

    /// The text of one event.
    pub(crate) fn text(&mut self, channel: Channel, party: &str, entry: &str, day: Day) -> String {
        let template = templates(channel)[self.bank];
        // A shop's city is mostly the holder's own.
        let city = if self.draw.chance(0.12) { *self.draw.pick(words::CITIES) } else { self.city };
        let (_, month, date) = day.civil();
        let year = day.civil().0.rem_euclid(100);
        let mut out = String::with_capacity(template.len() + 48);
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            let Some(end) = rest[at..].find('}') else { break };
            match &rest[at + 1..at + end] {
                "M" => out.push_str(party),
                "E" => out.push_str(entry),
                "C" => out.push_str(city.0),
                "S" => out.push_str(city.1),
                "N" => out.push_str(&self.holder),
                "W" => digits(u64::from(self.card), 4, &mut out),
                "D" => {
                    digits(u64::from(month), 2, &mut out);
                    out.push('/');
                    digits(u64::from(date), 2, &mut out);
                }
                "d" => {
                    digits(u64::from(year.unsigned_abs()), 2, &mut out);
                    digits(u64::from(month), 2, &mut out);
                    digits(u64::from(date), 2, &mut out);
                }
                number => {
                    let width = number.as_bytes().get(1).map_or(4, |byte| u32::from(byte.saturating_sub(b'0')));
                    digits(self.draw.bits(), width, &mut out);
                }
            }
            rest = &rest[at + end + 1..];
        }
        out.push_str(rest);
        out
    }
}

/// The last `width` decimal digits, zeros included.
pub(crate) fn digits(value: u64, width: u32, out: &mut String) {
    let mut scale = 10_u64.pow(width.min(18));
    let mut left = value % scale;
    while 1 < scale {
        scale /= 10;
        out.push(char::from(b'0' + u8::try_from(left / scale).unwrap_or(0)));
        left %= scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Domain;

    #[test]
    fn every_bank_words_every_channel_without_a_leftover_placeholder() {
        let channels = [
            Channel::CardPurchase,
            Channel::CardRefund,
            Channel::AchCredit,
            Channel::AchDebit,
            Channel::ZelleIn,
            Channel::ZelleOut,
            Channel::Check,
            Channel::CheckDeposit,
            Channel::Atm,
            Channel::CashDeposit,
            Channel::TransferOut,
            Channel::TransferIn,
            Channel::CardPaymentReceived,
            Channel::OverdraftFee,
            Channel::ReturnedFee,
            Channel::ReturnedItem,
            Channel::MonthlyFee,
            Channel::Interest,
            Channel::FinanceCharge,
            Channel::Hold,
            Channel::Wire,
        ];
        for bank in 0..6 {
            let mut teller = Teller::new(bank, Draw::of(7, 0, Domain::Text));
            for channel in channels {
                let text = teller.text(channel, "PARTY", "ENTRY", Day(20_000));
                assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
            }
        }
    }

    #[test]
    fn dates_and_digits_have_their_width() {
        let mut out = String::new();
        digits(1_234_567, 4, &mut out);
        digits(5, 3, &mut out);
        assert_eq!(out, "4567005");
        // 2024-10-04 is day 20,000 after 1970-01-01.
        let mut teller = Teller::new(1, Draw::of(7, 0, Domain::Text));
        assert!(teller.text(Channel::ReturnedFee, "", "", Day(20_000)).ends_with(" 10/04"));
    }
}
