//! Very many accounts: one is connected, the others are its copies, made by the database.

use std::str::FromStr;

use rusqlite::Connection;
use tokio_postgres::NoTls;
use xmp_core::{Account, AccountId, Context, NewAccount, PlatformId, RemoteId, Secret};

use super::echo::APP;
use super::{Place, Subject};
use crate::Result;

/// The columns in which copies differ from the first.
const OWN: [&str; 3] = ["id", "remote_id", "handle"];

impl Subject {
    /// So many accounts, in a store that has none.
    pub(crate) async fn make_accounts(&self, count: usize) -> Result<Vec<Account>> {
        let first = NewAccount {
            platform: PlatformId::X,
            app: APP.to_owned(),
            remote_id: RemoteId::new("first"),
            handle: "first".to_owned(),
            scopes: Vec::new(),
            on_absent: None,
        };
        let first = self.store.connect(&Context::default(), first, Secret::new("{}")).await?;
        match &self.at {
            Place::Sqlite(path) => copy_in_sqlite(path, count)?,
            Place::Postgres(url) => copy_in_postgres(url, count).await?,
        }
        self.accounts(&first, count)
    }

    /// The accounts that were made in this store before.
    pub(super) async fn made_accounts(&self, count: usize) -> Result<Vec<Account>> {
        let made = self.store.account(&Context::default(), id(1)?).await?;
        self.accounts(&made, count)
    }

    fn accounts(&self, like: &Account, count: usize) -> Result<Vec<Account>> {
        (1..=count).map(|n| Ok(Account { id: id(n)?, ..like.clone() })).collect()
    }
}

/// The id of a copy.
fn id(n: usize) -> Result<AccountId> {
    Ok(AccountId::from_str(&format!("acc_{n:032x}"))?)
}

/// The columns of a copy: the first account's, but for those that are its own.
fn columns(all: &[String], own: impl Fn(&str) -> String) -> (String, String) {
    let values =
        all.iter().map(|name| if OWN.contains(&name.as_str()) { own(name) } else { format!("a.{name}") });
    (all.join(", "), values.collect::<Vec<_>>().join(", "))
}

fn copy_in_sqlite(path: &str, count: usize) -> Result<()> {
    let conn = Connection::open(path)?;
    let mut named = conn.prepare("SELECT name FROM pragma_table_info('accounts')")?;
    let all = named.query_map([], |row| row.get(0))?.collect::<std::result::Result<Vec<String>, _>>()?;
    let (names, values) = columns(&all, |name| match name {
        "id" => "printf('acc_%032x', n)".to_owned(),
        _ => "'copy' || n".to_owned(),
    });
    let sql = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
         INSERT INTO accounts ({names}) SELECT {values} FROM accounts a, numbers WHERE a.remote_id = 'first'"
    );
    conn.execute(&sql, [i64::try_from(count)?])?;
    Ok(())
}

async fn copy_in_postgres(url: &str, count: usize) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let named = "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema = 'xmp' AND table_name = 'accounts'";
    let all: Vec<String> = client.query(named, &[]).await?.iter().map(|row| row.get(0)).collect();
    let (names, values) = columns(&all, |name| match name {
        "id" => "lpad(to_hex(n), 32, '0')::uuid".to_owned(),
        _ => "'copy' || n".to_owned(),
    });
    let sql = format!(
        "INSERT INTO xmp.accounts ({names}) SELECT {values} FROM xmp.accounts a, generate_series(1, {count}) n
         WHERE a.remote_id = 'first'"
    );
    client.execute(&sql, &[]).await?;
    Ok(())
}
