#![doc = include_str!("../README.md")]

mod assemble;
mod business;
mod case;
mod descriptor;
mod draw;
pub mod lives;
mod persona;
mod plan;
mod population;
mod portfolio;
mod simulate;
mod spec;
mod twins;
mod words;
mod write;

pub use case::{Case, IncomeText, Truth};
pub use persona::{Persona, personas, readme};
pub use plan::Tag;
pub use portfolio::{case, cases};
pub use spec::{DEPTH_DAYS_MAX, DamagePlan, Preset, STRIPE_DEPTH_DAYS, Spec};
pub use twins::{Plant, Planted, plant as plant_twins};
pub use write::{Written, write, write_cases};

#[cfg(test)]
mod context_tests;
#[cfg(test)]
mod forecast_tests;
#[cfg(test)]
mod payment_tests;
#[cfg(test)]
mod scoring_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin_tests;
