//! From a connection string to a pool of connections.

use std::path::PathBuf;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use xmp_core::{Error, ErrorKind, Result};

use super::PostgresOptions;
use super::tls::Tls;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// A server, and how it is spoken to.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) config: Config,
    pub(super) tls: Tls,
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, "store.url", message)
        .hint("write it as postgres://user:password@host:5432/database?sslmode=require")
}

impl Server {
    /// Reads a connection string: `postgres://…`, or `host=… user=… dbname=…`. It is a secret: no error shows it.
    pub(super) fn of(url: &str) -> Result<Self> {
        let (url, asked) = take(url);
        // The client's own error names the part that is wrong, and quotes it in some cases: a password could be.
        let mut config: Config = url.parse().map_err(|_| wrong("the connection string can't be read"))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("the connection string names no host"));
        }
        let mode = match asked.mode.as_deref() {
            Some("disable") => SslMode::Disable,
            Some("prefer" | "allow") => SslMode::Prefer,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(_) => return Err(wrong("the sslmode of the connection string is not known")),
            // A way that no other machine is on needs none; any other one does unless it is said that it doesn't.
            None if config.get_hosts().iter().all(is_here) && config.get_hostaddrs().is_empty() => {
                SslMode::Disable
            }
            None => SslMode::Require,
        };
        config.ssl_mode(mode).connect_timeout(CONNECT);
        config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(Duration::from_secs(15));
        if config.get_application_name().is_none() {
            config.application_name("xmp");
        }
        Ok(Self { config, tls: Tls::new(asked.authorities.as_deref())? })
    }

    pub(super) fn pool(&self, options: &PostgresOptions) -> Result<Pool> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(self.config.clone(), self.tls.clone(), config);
        Pool::builder(manager)
            .max_size(options.pool_size.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(options.pool_wait))
            .create_timeout(Some(CONNECT))
            .recycle_timeout(Some(CONNECT))
            .build()
            .map_err(|error| wrong(format!("no pool of connections: {error}")))
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// What a connection string asks for that the client has no word for.
#[derive(Default)]
struct Asked {
    mode: Option<String>,
    authorities: Option<PathBuf>,
}

impl Asked {
    /// Takes `name=value` if it is one of these.
    fn takes(&mut self, setting: &str) -> bool {
        match setting.trim().split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
            Some(("sslmode", mode)) => self.mode = Some(mode.to_owned()),
            Some(("sslrootcert", file)) => self.authorities = Some(PathBuf::from(decoded(file))),
            _ => return false,
        }
        true
    }
}

/// Takes the settings of TLS out of a connection string. A host that stands among the settings, as libpq has it for
/// sockets (`postgres:///db?host=/run/postgresql`), comes to where the client looks for it.
fn take(url: &str) -> (String, Asked) {
    let mut asked = Asked::default();
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let Some((place, settings)) = url.split_once('?') else { return (url.to_owned(), asked) };
        let mut rest: Vec<&str> = settings.split('&').filter(|setting| !asked.takes(setting)).collect();
        let mut place = place.to_owned();
        let mut pull = |name: &str| {
            let at = rest.iter().position(|setting| setting.starts_with(name))?;
            Some(rest.remove(at)[name.len()..].replace('/', "%2F"))
        };
        if let Some(at) = empty_host(&place)
            && let Some(host) = pull("host=")
        {
            let port = pull("port=").map(|port| format!(":{port}")).unwrap_or_default();
            place.insert_str(at, &format!("{host}{port}"));
        }
        let rest = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
        return (format!("{place}{rest}"), asked);
    }
    // Values with spaces stand in quotes: only whole words of ours are taken out.
    let rest: Vec<&str> = url.split(' ').filter(|setting| !asked.takes(setting)).collect();
    (rest.join(" "), asked)
}

/// Where the host of a URL would stand that names none.
fn empty_host(url: &str) -> Option<usize> {
    let start = url.find("://")? + 3;
    let end = url[start..].find('/').map_or(url.len(), |slash| start + slash);
    let host = url[start..end].rfind('@').map_or(start, |at| start + at + 1);
    (host == end).then_some(end)
}

/// A value of a URL: `%2F` is a slash.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        Server::of(url).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn only_the_way_within_a_machine_goes_without_tls_unless_that_is_said() {
        assert_eq!(mode("postgres://u:p@db.example/xmp"), SslMode::Require);
        assert_eq!(mode("postgres://u:p@127.0.0.1:5433/xmp"), SslMode::Disable);
        assert_eq!(mode("host=localhost user=u dbname=xmp"), SslMode::Disable);
        assert_eq!(mode("host=db.example user=u sslmode=disable dbname=xmp"), SslMode::Disable);
        assert_eq!(
            mode("postgres://u@db.example/xmp?sslmode=verify-full&connect_timeout=3"),
            SslMode::Require
        );
    }

    #[test]
    fn errors_show_nothing_of_the_string() {
        for url in [
            "postgres://ada:hunter2@db.example:port/xmp",
            "host=db.example password=hunter2 sslmode=what",
            "postgres://ada:hunter2@db.example/xmp?sslrootcert=%2Fnone.pem",
            "hunter2",
        ] {
            let error = Server::of(url).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_among_the_settings_is_the_host() {
        for url in ["postgres://u@/xmp?host=/run/pg&port=5", "postgres://u@/xmp?port=5&host=%2Frun%2Fpg"] {
            let config = Server::of(url).unwrap().config;
            assert_eq!(config.get_hosts(), [Host::Unix("/run/pg".into())]);
            assert_eq!((config.get_ports(), config.get_ssl_mode()), ([5].as_slice(), SslMode::Disable));
        }
    }

    #[test]
    fn a_file_of_a_url_is_decoded() {
        assert_eq!(decoded("%2Fetc%2Fca%20one.pem%"), "/etc/ca one.pem%");
    }
}
