//! The histories of posts that ended wrongly.

use xmp_sim::LedgerEntry;

use crate::Result;
use crate::storm::Round;

/// How many posts are told of: the first ones most often tell it all.
const TOLD: usize = 5;

/// Prints what is wrong with a round, and all that happened to the posts concerned.
///
/// # Errors
/// If a text can't be written as JSON.
pub fn print(round: &Round) -> Result<()> {
    for offence in &round.verdict.offences {
        let whose =
            offence.post.map_or_else(String::new, |index| format!("{}: ", round.plan.posts[index].key));
        println!("  {whose}{}", offence.what);
    }
    let mut told: Vec<_> = round.verdict.offences.iter().filter_map(|offence| offence.post).collect();
    told.sort_unstable();
    told.dedup();
    for index in told.into_iter().take(TOLD) {
        post(round, index)?;
    }
    Ok(())
}

fn post(round: &Round, index: usize) -> Result<()> {
    let planned = &round.plan.posts[index];
    println!("\n--- {}: {planned:?}", planned.key);
    let Some(view) = &round.posts[index] else { return Ok(()) };
    for delivery in &view.deliveries {
        let account = round.stage.accounts.iter().position(|id| *id == delivery.account);
        let account = account.map(|index| &round.plan.accounts[index]);
        println!("delivery {} to {account:?}: {} {:?}", delivery.id, delivery.state, delivery.waiting);
        for part in &delivery.parts {
            println!("  part {} {}: {:?}", part.index, part.state, part.content.text);
            println!(
                "    published {:?}, error {:?}",
                part.published,
                part.error.as_ref().map(|error| &error.message)
            );
            println!("    attempts {}, looks {}, last {:?}", part.attempts, part.looks, part.attempt);
        }
    }
    for event in round.events.iter().filter(|event| event.post == Some(view.post.id)) {
        println!("  {} {} {} {}", event.at, event.kind.as_str(), event.actor, event.data);
    }
    for text in &planned.texts {
        for LedgerEntry { account, remote_id, at, .. } in
            round.ledger.iter().filter(|entry| entry.text == *text)
        {
            println!("  ledger: {at} {account} {remote_id} {text:?}");
        }
        let quoted = serde_json::to_string(text)?;
        for request in round.requests.iter().filter(|request| request.body.contains(&quoted)) {
            println!(
                "  request {}: {} to {:?} (left {:?}) by {:?}, status {:?}",
                request.id, request.at, request.done_at, request.left_at, request.account, request.status
            );
        }
    }
    Ok(())
}
