//! Schedules the rows of a CSV file, and says of each what became of it: `cargo run --example bulk -- posts.csv`. Without
//! a file it shows a table of its own, in which two rows are wrong. It posts nowhere: the accounts are those of a simulator.

use std::error::Error;

use xmp::{
    BulkMode, BulkProgress, BulkRow, CompleteOptions, ConnectOptions, PlatformId, RowOutcome, Secret,
    XConfig, Xmp,
};
use xmp_sim::Sim;

const REDIRECT: &str = "http://127.0.0.1/callback";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = Sim::builder().client("bulk", Some("secret"), &[REDIRECT]).account("ada").start().await?;
    let x = XConfig::new("bulk").client_secret(Secret::new("secret")).base_url(sim.url());
    let xmp = Xmp::builder().memory().with(x).open().await?;
    let pending = xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(REDIRECT)).await?;
    let callback = sim.consent_url_approve(&pending.url, "ada").await?;
    let ada = xmp.accounts().complete(&callback, CompleteOptions::default()).await?;

    let csv = match std::env::args().nth(1) {
        Some(file) => std::fs::read_to_string(file)?,
        None => format!(
            "key,text,account,when,zone\n\
             monday,\"Good morning, everybody\",{0},2040-12-24T09:00,Europe/Berlin\n\
             tuesday,Good morning,{0},2040-03-25T02:30,Europe/Berlin\n\
             wednesday,{long},{0},2040-12-26T09:00,Europe/Berlin\n",
            ada.id,
            long = "long ".repeat(60)
        ),
    };
    let tell = |so_far: BulkProgress| eprintln!("{} of {} rows checked", so_far.checked, so_far.rows);
    let rows = BulkRow::from_csv(csv)?;
    let report = xmp.posts().schedule_all_with(rows, BulkMode::EachRow, tell).await?;
    for row in &report.rows {
        match (&row.outcome, row.post) {
            (RowOutcome::Refused, _) => println!("line {}, {:?}: refused", row.row, row.key),
            (_, Some(post)) => println!("line {}, {:?}: {post}", row.row, row.key),
            (_, None) => {}
        }
        for problem in &row.problems {
            println!("    {problem}");
        }
    }
    println!("{} scheduled, {} were there, {} refused", report.scheduled, report.replayed, report.refused);
    xmp.close().await;
    sim.stop().await;
    Ok(())
}
