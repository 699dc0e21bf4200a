//! Prints a page of the reference, out of the code itself: `error-kinds`, `states` or `platforms`.
//!
//! `cargo xtask gen` writes `docs/reference/` with it.

use std::fmt::Write;

use xmp::{Capability, DeliveryState, ErrorKind, EventKind, PartState, PlatformId};
use xmp_core::state::PartEvent;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let page = match name.as_str() {
        "error-kinds" => error_kinds()?,
        "states" => states()?,
        "platforms" => platforms(&xmp_client::registry::capabilities())?,
        _ => return Err("say which page: error-kinds, states or platforms".into()),
    };
    print!("{page}");
    Ok(())
}

const HEAD: &str = "<!-- Written by `cargo xtask gen`. Change the code, not this page. -->\n\n";

fn error_kinds() -> Result<String, std::fmt::Error> {
    let mut page = format!("{HEAD}# Error kinds\n\n| kind | severity | meaning |\n|---|---|---|\n");
    for kind in ErrorKind::ALL {
        writeln!(page, "| `{kind}` | {:?} | {} |", kind.severity(), kind.meaning())?;
    }
    Ok(page)
}

fn states() -> Result<String, std::fmt::Error> {
    let mut page = format!(
        "{HEAD}# States\n\n## A part\n\nRows are states, columns what happens; empty cells can't happen.\n\n| |"
    );
    for event in PartEvent::ALL {
        write!(page, " {} |", event.as_str())?;
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(PartEvent::ALL.len()));
    page.push('\n');
    for state in PartState::ALL {
        write!(page, "| **{state}** |")?;
        for event in PartEvent::ALL {
            write!(page, " {} |", state.after(event).map_or("", PartState::as_str))?;
        }
        page.push('\n');
    }
    page.push_str("\n## A delivery, derived from two parts\n\n| |");
    for state in PartState::ALL {
        write!(page, " {state} |")?;
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(PartState::ALL.len()));
    page.push('\n');
    for first in PartState::ALL {
        write!(page, "| **{first}** |")?;
        for second in PartState::ALL {
            write!(page, " {} |", DeliveryState::of([first, second]))?;
        }
        page.push('\n');
    }
    page.push_str("\n## Events\n\n");
    for kind in EventKind::ALL {
        writeln!(page, "- `{}`", kind.as_str())?;
    }
    Ok(page)
}

fn platforms(all: &[(PlatformId, Capability)]) -> Result<String, std::fmt::Error> {
    let mut page = format!(
        "{HEAD}# Platforms\n\nWhat `xmp.platforms()` tells, where nothing else was configured. A Mastodon server has limits \
         of its own: `xmp.platform(\"mastodon\").capability(account)` tells those.\n\n| |"
    );
    for (id, _) in all {
        write!(page, " {id} |")?;
    }
    write!(page, "\n|---|{}", "---|".repeat(all.len()))?;
    page.push('\n');
    for (name, tell) in ROWS {
        write!(page, "| {name} |")?;
        for (_, can) in all {
            write!(page, " {} |", tell(can))?;
        }
        page.push('\n');
    }
    Ok(page)
}

/// A row of the table of platforms: its name, and what it tells of one.
type Row = (&'static str, fn(&Capability) -> String);

const ROWS: &[Row] = &[
    ("connected by", |can| code(can.connect_by.as_str())),
    ("text", |can| {
        let bytes = can.text_bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
        format!("{} by {}{bytes}", can.text_limit, code(&word(&can.text_rule)))
    }),
    ("a link counts", |can| {
        can.link_length.map_or_else(|| "what it is long".to_owned(), |length| length.to_string())
    }),
    ("media", |can| {
        let rules = can.media.iter().map(|rule| {
            let types: Vec<_> = rule.types.iter().filter_map(|kind| kind.split('/').nth(1)).collect();
            format!(
                "{} × {} up to {} B ({})",
                rule.max_count,
                rule.kind.as_str(),
                rule.max_bytes,
                types.join(", ")
            )
        });
        rules.collect::<Vec<_>>().join("<br>")
    }),
    ("media in a part", |can| can.media_per_part.to_string()),
    ("media without text", |can| yes(can.media_without_text)),
    ("alternative text", |can| format!("{} characters", can.alt_text_limit)),
    ("replies", |can| yes(can.replies)),
    ("quotes", |can| yes(can.quotes)),
    ("link cards as given", |can| yes(can.link_cards)),
    ("polls", |can| {
        can.polls.as_ref().map_or_else(
            || "no".to_owned(),
            |rule| format!("{} answers of {} characters", rule.max_options, rule.max_option_length),
        )
    }),
    ("shown to", |can| can.visibilities.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")),
    ("sensitive media", |can| yes(can.sensitive)),
    ("warnings", |can| yes(can.warnings)),
    ("languages", |can| yes(can.languages)),
    ("parts of a thread", |can| can.thread_limit.to_string()),
    ("changing a live post", |can| yes(can.edit)),
    ("delete", |can| yes(can.delete)),
    ("scheduling of its own", |can| yes(can.schedules)),
    ("numbers", |can| can.metrics.join(", ")),
    ("own timeline", |can| yes(can.timeline)),
    ("exactly once by", |can| code(can.idempotency.as_str())),
    ("a key is remembered", |can| {
        can.key_remembered.map_or_else(String::new, |time| format!("{} s", time.as_secs()))
    }),
    ("settle window", |can| format!("{} s", can.settle.as_secs())),
    ("visible request", |can| format!("{} s at most", can.commit_timeout.as_secs())),
    ("priced", |can| {
        let prices = can.priced.iter().map(|price| format!("{}: {} µ$", price.what, price.micro_usd));
        prices.collect::<Vec<_>>().join("<br>")
    }),
];

fn yes(has: bool) -> String {
    if has { "yes" } else { "no" }.to_owned()
}

fn code(word: &str) -> String {
    format!("`{word}`")
}

/// A word as bindings have it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
