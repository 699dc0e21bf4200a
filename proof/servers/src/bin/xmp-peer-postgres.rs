//! A PostgreSQL for tests in other languages: prints where its one fresh database is, as a line of JSON, and ends with its
//! standard input.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Write};

use xmp_proof_servers::{Postgres, PostgresOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let database = Postgres::start_private(&PostgresOptions::default())?.fresh_database()?;
    let (url, seal_key) = (database.tcp_url(), seal_key()?);
    writeln!(io::stdout(), r#"{{"url": {url:?}, "seal_key": {seal_key:?}}}"#)?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// 32 bytes in base64, most of them random: the digits of hexadecimal are digits of base64 too, 42 of them and four bits make
/// up 32 bytes.
fn seal_key() -> Result<String, getrandom::Error> {
    let digits = [getrandom::u64()?, getrandom::u64()?, getrandom::u64()?].map(|bits| format!("{bits:016x}"));
    Ok(format!("{:.42}A=", digits.concat()))
}
