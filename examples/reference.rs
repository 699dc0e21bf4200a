//! Prints a page of the reference, out of the code itself: `error-kinds`, `states` or `platforms`.
//!
//! `cargo xtask gen` writes `docs/reference/` with it.

use std::fmt::Write;

use xmp::{Capability, DeliveryState, ErrorKind, EventKind, PartState, XConfig, Xmp};
use xmp_core::Platforms;
use xmp_core::state::PartEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let page = match name.as_str() {
        "error-kinds" => error_kinds()?,
        "states" => states()?,
        "platforms" => platforms(Xmp::builder().x(XConfig::new("reference")).open().await?.platforms())?,
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

fn platforms(platforms: &Platforms) -> Result<String, std::fmt::Error> {
    let mut page = format!("{HEAD}# Platforms\n\n");
    for platform in platforms.iter() {
        describe(&mut page, platform.id().as_str(), platform.capability())?;
    }
    Ok(page)
}

fn describe(page: &mut String, name: &str, can: &Capability) -> std::fmt::Result {
    let yes = |has: bool| if has { "yes" } else { "no" };
    writeln!(page, "## {name}\n\n| | |\n|---|---|")?;
    writeln!(page, "| text | {} by `{:?}` |", can.text_limit, can.text_rule)?;
    for rule in can.media {
        let (kind, bytes, count) = (rule.kind.as_str(), rule.max_bytes, rule.max_count);
        writeln!(page, "| {kind} | up to {bytes} bytes, {count} in a part |")?;
    }
    writeln!(page, "| media in a part | {} |", can.media_per_part)?;
    writeln!(page, "| media without text | {} |", yes(can.media_without_text))?;
    writeln!(page, "| alternative text | {} characters |", can.alt_text_limit)?;
    writeln!(page, "| replies | {} |", yes(can.replies))?;
    writeln!(page, "| parts of a thread | {} |", can.thread_limit)?;
    writeln!(page, "| delete | {} |", yes(can.delete))?;
    writeln!(page, "| metrics | {} |", yes(can.metrics))?;
    writeln!(page, "| own timeline | {} |", yes(can.timeline))?;
    writeln!(page, "| exactly once by | {:?} |", can.idempotency)?;
    writeln!(page, "| settle window | {} s |", can.settle.as_secs())?;
    writeln!(page, "| visible request | {} s at most |", can.commit_timeout.as_secs())
}
