//! The way of one API request: received in full, met by its faults, let take effect, answered.
//!
//! From the moment a request is received in full, its effect no longer depends on the client: the work runs in a task of
//! its own, and a client that went away undoes nothing.

use std::sync::Arc;

use http::StatusCode;
use tokio::sync::oneshot;

use crate::call::{Call, RawCall};
use crate::clock::real_sleep;
use crate::core::Core;
use crate::faults::{FaultKind, Plan};
use crate::reply::Reply;
use crate::wire::Answer;
use crate::x;

/// Answers one request.
pub(crate) async fn handle(core: Arc<Core>, raw: RawCall) -> Answer {
    let (answer, answered) = oneshot::channel();
    core.spawn({
        let core = Arc::clone(&core);
        async move {
            // An error here only says that the client is gone.
            let _ = answer.send(process(&core, &raw).await);
        }
    });
    // The task ends without an answer when the simulator stops: then the connection is cut as well.
    answered.await.unwrap_or(Answer::Cut)
}

async fn process(core: &Core, raw: &RawCall) -> Answer {
    if core.land_due().is_err() {
        return Answer::Whole(x::out_of_order());
    }
    let call = Call::parse(raw);
    let operation = x::Operation::find(&raw.method, raw.path());
    let account = core.read(|world| x::handle_behind(&world.x, &call));
    let route = operation.map(x::Operation::name);
    let id = core.requests.begin(core.clock.now(), raw, &call, route, account.clone());
    let mut answer = match operation {
        None => Answer::Whole(x::no_such_route()),
        Some(operation) => {
            let plan = core.faults.draw(operation.name(), account.as_deref());
            perform(core, operation, raw, &call, &plan).await
        }
    };
    if let Some(reply) = answer.reply_mut() {
        reply.headers.push(("x-transaction-id", core.transaction_id()));
    }
    core.requests.end(id, answer.status());
    answer
}

/// The request under its faults.
async fn perform(core: &Core, operation: x::Operation, raw: &RawCall, call: &Call, plan: &Plan) -> Answer {
    real_sleep(plan.latency).await;
    let fault = plan.decisive.as_ref();
    let refusal = fault.and_then(|fault| x::refusal(operation, fault, core.clock.now(), plan.legacy));
    match (fault, refusal) {
        (Some(FaultKind::CutBefore), _) => return Answer::Cut,
        (Some(FaultKind::CutThenLate { ms }), _) => {
            let kept = core.defer(raw, std::time::Duration::from_millis(*ms));
            return kept.map_or_else(|_| Answer::Whole(x::out_of_order()), |()| Answer::Cut);
        }
        (Some(FaultKind::StatusAfterEffect { .. }), Some(refusal)) => {
            let reply = effect(core, operation, call, plan);
            real_sleep(plan.hold).await;
            // What was refused without the fault stays refused: there was no effect to hide.
            return finish(if reply.status.is_success() { refusal } else { reply }, plan);
        }
        (_, Some(refusal)) => return finish(refusal, plan),
        _ => {}
    }
    let reply = effect(core, operation, call, plan);
    real_sleep(plan.hold).await;
    match fault {
        Some(FaultKind::CutAfter) => Answer::Cut,
        Some(FaultKind::HalfBody) => Answer::Half(reply),
        Some(FaultKind::GarbageBody) if reply.status.is_success() => finish(garbage(reply.status), plan),
        _ => finish(reply, plan),
    }
}

fn effect(core: &Core, operation: x::Operation, call: &Call, plan: &Plan) -> Reply {
    core.execute(operation, call, plan.lag, plan.legacy).unwrap_or_else(|error| {
        tracing::error!(%error, operation = operation.name(), "request had no effect");
        x::out_of_order()
    })
}

fn finish(reply: Reply, plan: &Plan) -> Answer {
    match plan.slow {
        Some(pause) => Answer::Slow(reply, pause),
        None => Answer::Whole(reply),
    }
}

fn garbage(status: StatusCode) -> Reply {
    Reply::text(status, "application/json; charset=utf-8", "<html>{\"data\":\u{1}\u{fffd}oops")
}
