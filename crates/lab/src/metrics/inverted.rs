//! A score that ranks the wrong way round.

use serde::Serialize;

use super::Estimate;

/// A score whose AUC lies below 0.5, where a coin ranks better.
///
/// Neither Gini's size nor KS tells it: KS is the same for a score and for its reverse.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Inverted {
    /// Whether the whole interval of the AUC lies below 0.5: then chance is no excuse.
    pub beyond_chance: bool,
    /// In a sentence without its full stop.
    pub text: String,
}

impl Inverted {
    /// What has to be said of such an AUC; `None` of 0.5 and above.
    #[must_use]
    pub fn of(auc: &Estimate) -> Option<Inverted> {
        if 0.5 <= auc.value {
            return None;
        }
        let figure = format!("AUC {:.4} ({:.4} to {:.4})", auc.value, auc.lower, auc.upper);
        let beyond_chance = auc.upper < 0.5;
        let text = match beyond_chance {
            true => format!(
                "the score ranks upside down: {figure}, the whole interval below 0.5; the higher the score, the more went bad"
            ),
            false => format!(
                "{figure} is below 0.5, where a coin ranks better; by these outcomes the score tells no good from a bad, though \
                 chance may have turned it"
            ),
        };
        Some(Inverted { beyond_chance, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auc_below_a_half_is_told_and_chance_is_told_from_what_it_cannot_have_done() {
        let of = |value: f64, lower: f64, upper: f64| Inverted::of(&Estimate { value, lower, upper });
        assert_eq!(of(0.5, 0.4, 0.6), None);
        assert_eq!(of(0.7, 0.45, 0.9), None, "a wide interval is shown, and is no finding");
        let unclear = of(0.45, 0.3, 0.5).expect("below a half");
        assert!(!unclear.beyond_chance && unclear.text.starts_with("AUC 0.4500 (0.3000 to 0.5000) is below 0.5"));
        let turned = of(0.4, 0.31, 0.4999).expect("below a half");
        assert!(turned.beyond_chance && turned.text.starts_with("the score ranks upside down: AUC 0.4000"));
    }
}
