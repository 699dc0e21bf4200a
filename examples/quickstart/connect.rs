//! Connecting the accounts by OAuth 2.0 with PKCE.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use xmp::{Account, AccountState, CompleteOptions, ConnectOptions, OnAbsent, PlatformId, Xmp};

use crate::Failure;
use crate::world::World;

/// The accounts that were connected before, or are connected now.
pub(crate) async fn all(xmp: &Xmp, world: &World) -> Result<Vec<Account>, Failure> {
    let known = xmp.accounts().list().await?;
    let active = |handle: &str| {
        known
            .iter()
            .find(|account| account.handle == handle && account.state == AccountState::Active)
            .cloned()
    };
    match world {
        World::Simulated(sim) => {
            let mut accounts = Vec::new();
            for handle in ["ada", "bob"] {
                if let Some(account) = active(handle) {
                    println!("@{handle} was connected before");
                    accounts.push(account);
                    continue;
                }
                let pending =
                    xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(world.redirect_uri())).await?;
                let callback = sim.consent_url_approve(&pending.url, handle).await?;
                // The simulator's timeline hides nothing, so that a post that is not there may be sent again.
                let options = CompleteOptions { on_absent: Some(OnAbsent::Resend) };
                accounts.push(xmp.accounts().complete(&callback, options).await?);
                println!("@{handle} is connected");
            }
            Ok(accounts)
        }
        World::Real { redirect_uri, .. } => {
            if let Some(account) = known.iter().find(|account| account.state == AccountState::Active) {
                println!("@{} was connected before", account.handle);
                return Ok(vec![account.clone()]);
            }
            let pending = xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(redirect_uri)).await?;
            println!("open this in a browser, as the account that shall post:\n\n    {}\n", pending.url);
            let callback = wait_for_browser(redirect_uri).await?;
            let account = xmp.accounts().complete(&callback, CompleteOptions::default()).await?;
            println!("@{} is connected", account.handle);
            Ok(vec![account])
        }
    }
}

/// Listens on the redirect URI's port until the browser comes back, and gives the address that it came to.
async fn wait_for_browser(redirect_uri: &str) -> Result<String, Failure> {
    let wrong = "XMP_X_REDIRECT_URI has to be http://127.0.0.1:PORT/PATH, as registered with the app";
    let (host, path) =
        redirect_uri.strip_prefix("http://").and_then(|rest| rest.split_once('/')).ok_or(wrong)?;
    let listener = TcpListener::bind(host).await.map_err(|error| format!("{wrong}: {host}: {error}"))?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        let mut head = vec![0; 8192];
        let length = stream.read(&mut head).await?;
        let head = String::from_utf8_lossy(&head[..length]);
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let ours = target.trim_start_matches('/').starts_with(path);
        let answer = if ours { "Connected. You may close this page." } else { "Not here." };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
            answer.len()
        );
        stream.write_all(answer.as_bytes()).await?;
        if ours {
            return Ok(format!("http://{host}{target}"));
        }
    }
}
