//! One database of a server.

use std::sync::Arc;

use crate::Result;
use crate::postgres::Server;

/// A database of its own, gone with its server, or with this value where the server is somebody else's.
#[derive(Debug)]
pub struct Database {
    server: Arc<Server>,
    name: String,
}

impl Database {
    pub(crate) fn create(server: &Arc<Server>, template: Option<&str>) -> Result<Self> {
        let name = format!("xmp_{}", crate::postgres::random_hex()?);
        let from = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
        server.psql(&server.url(), &format!("CREATE DATABASE {name}{from}"))?;
        Ok(Self { server: server.clone(), name })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is: over the private socket, as the server's superuser.
    #[must_use]
    pub fn url(&self) -> String {
        with_database(&self.server.url(), &self.name)
    }

    /// The same over loopback TCP, for clients that know no sockets, and where real clients are measured.
    #[must_use]
    pub fn tcp_url(&self) -> String {
        with_database(&self.server.tcp_url(), &self.name)
    }

    /// Another database with all that is in this one. Nobody may be connected to this one meanwhile.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn copy(&self) -> Result<Self> {
        Self::create(&self.server, Some(&self.name))
    }

    /// Runs statements, and gives what they answer: a line a row, tabs between columns.
    ///
    /// # Errors
    /// If one of them fails; those before it stay done.
    pub fn run(&self, sql: &str) -> Result<String> {
        self.server.psql(&self.url(), sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.server.is_ours() {
            // What can't be dropped (the server is gone, say) is left to whoever owns it.
            let _ =
                self.server.psql(&self.server.url(), &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

/// The same URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = url.split_once('?').map_or((url, None), |(a, options)| (a, Some(options)));
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find('/').map_or(address.len(), |at| start + at);
    let mut changed = format!("{}/{name}", &address[..end]);
    if let Some(options) = options {
        changed.push('?');
        changed.push_str(options);
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_of_a_url_is_changed() {
        let cases = [
            ("postgresql://ada@host:1/old?sslmode=require", "postgresql://ada@host:1/new?sslmode=require"),
            ("postgres://host", "postgres://host/new"),
            ("postgresql://ada@/old?host=/run/pg&port=5", "postgresql://ada@/new?host=/run/pg&port=5"),
        ];
        for (before, after) in cases {
            assert_eq!(with_database(before, "new"), after);
        }
    }
}
