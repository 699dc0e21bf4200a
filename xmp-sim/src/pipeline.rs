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
use crate::platform::Refusal;
use crate::reply::Reply;
use crate::wire::Answer;
use crate::world::Kind;

/// Answers one request.
pub(crate) async fn handle(core: Arc<Core>, raw: RawCall) -> Answer {
    let (mut answer, answered) = oneshot::channel();
    core.spawn({
        let core = Arc::clone(&core);
        async move {
            let Some(received) = receive(&core, &raw) else {
                let _ = answer.send(Answer::Whole(out_of_order(&core, Kind::at(raw.path()))));
                return;
            };
            let mut work = std::pin::pin!(process(&core, &raw, &received));
            let done = tokio::select! {
                biased;
                done = &mut work => done,
                () = answer.closed() => {
                    core.requests.left(core.clock.now(), received.id);
                    work.await
                }
            };
            // An error here only says that the client is gone.
            let _ = answer.send(done);
        }
    });
    // The task ends without an answer when the simulator stops: then the connection is cut as well.
    answered.await.unwrap_or(Answer::Cut)
}

/// A request that was received in full, and noted.
struct Received {
    id: u64,
    call: Call,
    kind: Kind,
    route: Option<&'static str>,
    account: Option<String>,
    id_header: Option<&'static str>,
}

/// `None` if the simulator can't go on.
fn receive(core: &Core, raw: &RawCall) -> Option<Received> {
    core.land_due().ok()?;
    let call = Call::parse(raw);
    let kind = Kind::at(raw.path());
    let (route, account, id_header) = core.read(|world| {
        let platform = world.platform(kind);
        let route = platform.route(&raw.method, raw.path());
        (route, platform.handle_behind(&call), platform.request_id_header())
    });
    let id = core.requests.begin(core.clock.now(), raw, &call, (kind, route), account.clone());
    Some(Received { id, call, kind, route, account, id_header })
}

async fn process(core: &Core, raw: &RawCall, received: &Received) -> Answer {
    let Received { id, call, kind, route, account, id_header } = received;
    let mut answer = match *route {
        None => Answer::Whole(core.read(|world| world.platform(*kind).no_such_route(raw.path()))),
        Some(name) => {
            let plan = core.faults.draw(*kind, name, account.as_deref());
            perform(core, Route { kind: *kind, name }, raw, call, &plan).await
        }
    };
    if let (Some(header), Some(reply)) = (*id_header, answer.reply_mut()) {
        reply.headers.push((header, core.request_id()));
    }
    core.requests.end(core.clock.now(), *id, answer.status());
    answer
}

/// Where a request goes.
#[derive(Clone, Copy)]
struct Route {
    kind: Kind,
    name: &'static str,
}

/// The request under its faults.
async fn perform(core: &Core, route: Route, raw: &RawCall, call: &Call, plan: &Plan) -> Answer {
    real_sleep(plan.latency).await;
    let fault = plan.decisive.as_ref();
    let refusal = fault.and_then(|fault| refusal(core, route, fault, plan.legacy));
    match (fault, refusal) {
        (Some(FaultKind::CutBefore), _) => return Answer::Cut,
        (Some(FaultKind::CutThenLate { ms }), _) => {
            let kept = core.defer(raw, std::time::Duration::from_millis(*ms));
            return kept.map_or_else(|_| Answer::Whole(out_of_order(core, route.kind)), |()| Answer::Cut);
        }
        (Some(FaultKind::StatusAfterEffect { .. }), Some(refusal)) => {
            let reply = effect(core, route, call, plan);
            real_sleep(plan.hold).await;
            // What was refused without the fault stays refused: there was no effect to hide.
            return finish(if reply.status.is_success() { refusal } else { reply }, plan);
        }
        (_, Some(refusal)) => return finish(refusal, plan),
        _ => {}
    }
    let reply = effect(core, route, call, plan);
    real_sleep(plan.hold).await;
    match fault {
        Some(FaultKind::CutAfter) => Answer::Cut,
        Some(FaultKind::HalfBody) => Answer::Half(reply),
        Some(FaultKind::GarbageBody) if reply.status.is_success() => finish(garbage(reply.status), plan),
        _ => finish(reply, plan),
    }
}

fn effect(core: &Core, route: Route, call: &Call, plan: &Plan) -> Reply {
    core.execute(route.kind, call, plan.lag, plan.legacy).unwrap_or_else(|error| {
        tracing::error!(%error, platform = route.kind.name(), route = route.name, "request had no effect");
        out_of_order(core, route.kind)
    })
}

/// The answer of a fault that refuses a request, or `None` for faults that don't.
fn refusal(core: &Core, route: Route, fault: &FaultKind, legacy: bool) -> Option<Reply> {
    let refusal = fault.refusal(core.clock.now())?;
    Some(match (fault, refusal) {
        (FaultKind::Status { body: Some(body), .. }, Refusal::Status(status)) => Reply::json(status, body),
        (FaultKind::Status { legacy: by_fault, .. }, _) => refuse(core, route, refusal, legacy || *by_fault),
        _ => refuse(core, route, refusal, legacy),
    })
}

fn refuse(core: &Core, route: Route, refusal: Refusal, legacy: bool) -> Reply {
    core.read(|world| world.platform(route.kind).refuse(route.name, refusal, legacy))
}

/// The answer when the simulator itself can't go on: stopped, or its home is not writable.
fn out_of_order(core: &Core, kind: Kind) -> Reply {
    refuse(core, Route { kind, name: "" }, Refusal::Status(StatusCode::SERVICE_UNAVAILABLE), false)
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
