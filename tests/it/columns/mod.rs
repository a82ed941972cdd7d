//! Columns that no scoring fills: imported and composite ones, as a user's script would use them.

mod composite;
mod import;
mod parquet;
