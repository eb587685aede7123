//! The polars door: frames of applications, accounts and transactions in, an assessed frame out.
