use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use xmp_core::{
    AccountId, AccountState, AuthScheme, Deadline, HttpRequest, LimitDecision, LimitKey, ManualClock,
    Monotonic, OnAbsent, RemoteId, RequestBody, RequestPriority, Retry, Secret, SendGate, TenantId,
};

use super::*;

static READ: Operation = operation("things.get", Effect::Read);
static WRITE: Operation = operation("things.create", Effect::Visible);

const fn operation(name: &'static str, effect: Effect) -> Operation {
    Operation {
        name,
        method: Method::POST,
        path: "/things",
        effect,
        auth: &[AuthScheme::OAuth2User],
        scopes: &["things"],
        priority: RequestPriority::Normal,
        draws: None,
    }
}

/// What a fake transport does with one request.
enum Act {
    Answer(u16),
    Fail(Certainty),
    Hang { open: bool },
}

#[derive(Default)]
struct World {
    acts: Mutex<Vec<Act>>,
    sent: Mutex<Vec<HttpRequest>>,
    tokens: Mutex<u32>,
    scopes: Mutex<Vec<String>>,
    keys: Mutex<Vec<LimitKey>>,
    decision: Mutex<Option<LimitDecision>>,
    observed: Mutex<Vec<(LimitKey, Vec<LimitWindow>)>>,
    asleep: tokio::sync::Notify,
}

#[async_trait]
impl HttpTransport for World {
    async fn send(&self, request: HttpRequest) -> xmp_core::Result<HttpResponse> {
        let act = self.acts.lock().unwrap().pop();
        let gate = request.gate.clone();
        self.sent.lock().unwrap().push(request);
        let broken = |certainty| Error::new(ErrorKind::Network, "broken", "broken").with_certainty(certainty);
        match act {
            Some(Act::Answer(status)) => {
                if let Some(gate) = gate {
                    gate.open().map_err(|error| error.with_certainty(Certainty::NotSent))?;
                }
                let mut headers = HeaderMap::new();
                headers.insert("x-transaction-id", "t-1".parse().unwrap());
                headers.insert("x-left", "5".parse().unwrap());
                Ok(HttpResponse {
                    status: StatusCode::from_u16(status).unwrap(),
                    headers,
                    body: Bytes::from("{}"),
                })
            }
            Some(Act::Fail(certainty)) => Err(broken(certainty)),
            Some(Act::Hang { open }) => {
                if let Some(gate) = gate.filter(|_| open) {
                    gate.open()?;
                }
                self.asleep.notify_one();
                std::future::pending().await
            }
            None => panic!("one request too many"),
        }
    }
}

#[async_trait]
impl CredentialSource for World {
    async fn access_token(&self, _: &Context, _: AccountId) -> xmp_core::Result<TokenSet> {
        let number = *self.tokens.lock().unwrap();
        let scopes = self.scopes.lock().unwrap().clone();
        Ok(TokenSet {
            access: Secret::new(format!("token-{number}")),
            refresh: None,
            expires_at: None,
            scopes,
            server: None,
        })
    }

    async fn replace_refused(
        &self,
        ctx: &Context,
        account: AccountId,
        _: &Secret,
    ) -> xmp_core::Result<TokenSet> {
        *self.tokens.lock().unwrap() += 1;
        self.access_token(ctx, account).await
    }
}

#[async_trait]
impl RateLimiter for World {
    async fn acquire(&self, key: &LimitKey, _: u64, _: RequestPriority) -> LimitDecision {
        self.keys.lock().unwrap().push(key.clone());
        self.decision.lock().unwrap().unwrap_or(LimitDecision::Go)
    }

    async fn expect(&self, _: &LimitKey, _: &[(u64, Duration)]) {}

    async fn peek(&self, _: &LimitKey) -> Vec<LimitWindow> {
        Vec::new()
    }

    async fn observe(&self, key: &LimitKey, windows: &[LimitWindow]) {
        self.observed.lock().unwrap().push((key.clone(), windows.to_vec()));
    }
}

fn classify(_: &Operation, response: &HttpResponse, _: Timestamp) -> Option<Error> {
    let refusal = |kind, retry, certainty| {
        Error::new(kind, "refused", "no").with_retry(retry).with_certainty(certainty)
    };
    match response.status.as_u16() {
        401 => Some(refusal(ErrorKind::Authentication, Retry::After(Duration::ZERO), Certainty::NotSent)),
        429 => Some(refusal(ErrorKind::RateLimit, Retry::After(Duration::from_secs(60)), Certainty::NotSent)),
        400 => Some(refusal(ErrorKind::Validation, Retry::Never, Certainty::Rejected)),
        503 => Some(refusal(
            ErrorKind::PlatformFault,
            Retry::After(Duration::from_secs(1)),
            Certainty::MaybeSent,
        )),
        _ => None,
    }
}

fn windows(headers: &HeaderMap, _: Timestamp) -> Vec<(LimitScope, LimitWindow)> {
    let remaining = headers.get("x-left").map_or(0, |left| left.to_str().unwrap().parse().unwrap());
    vec![(LimitScope::Account, LimitWindow { limit: 10, remaining, resets_at: Timestamp::MAX })]
}

struct Bench {
    world: Arc<World>,
    clock: ManualClock,
    pipeline: Pipeline,
    account: Account,
}

fn bench(acts: Vec<Act>) -> Bench {
    let clock = ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap());
    let world = Arc::new(World { acts: Mutex::new(acts.into_iter().rev().collect()), ..World::default() });
    world.scopes.lock().unwrap().push("things".into());
    let service = Service {
        platform: PlatformId::X,
        app: "app".into(),
        base_url: "https://h".into(),
        classify,
        windows,
    };
    let parts = Parts {
        transport: world.clone(),
        credentials: world.clone(),
        limiter: world.clone(),
        clock: Arc::new(clock.clone()),
    };
    let account = Account {
        id: AccountId::new(clock.now()),
        tenant: TenantId::default(),
        platform: PlatformId::X,
        app: "app".into(),
        remote_id: RemoteId::new("7"),
        handle: "ada".into(),
        state: AccountState::Active,
        scopes: Vec::new(),
        on_absent: OnAbsent::Hold,
        blocked_until: None,
        spacing: xmp_core::Spacing::default(),
        paced_until: None,
        created_at: clock.now(),
    };
    Bench { world, pipeline: Pipeline::new(service, parts), clock, account }
}

impl Bench {
    fn make(&self, operation: &'static Operation) -> Call {
        Call::new(operation).account(&self.account).json(&"body").unwrap()
    }

    /// Makes a call while time passes.
    async fn run(&self, call: Call) -> xmp_core::Result<Answer> {
        let ctx = Context::default();
        let mut running = std::pin::pin!(self.pipeline.call(&ctx, call));
        loop {
            tokio::select! {
                biased;
                result = &mut running => return result,
                () = tokio::task::yield_now() => self.clock.advance(Duration::from_secs(1)),
            }
        }
    }

    fn sent(&self) -> usize {
        self.world.sent.lock().unwrap().len()
    }

    fn tokens_sent(&self) -> Vec<String> {
        let sent = self.world.sent.lock().unwrap();
        sent.iter().map(|request| request.headers["authorization"].to_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn layers_stand_in_the_order_of_their_stages() {
    struct At(Stage);
    #[async_trait]
    impl Layer for At {
        fn stage(&self) -> Stage {
            self.0
        }
        async fn call(&self, ctx: &Context, call: &Call, next: Next<'_>) -> Result<Answer, Failure> {
            next.run(ctx, call).await
        }
    }
    let bench = bench(vec![Act::Answer(200)]);
    let pipeline = [Stage::Breaker, Stage::Cache, Stage::Budget]
        .into_iter()
        .fold(bench.pipeline.clone(), |pipeline, stage| pipeline.with(Arc::new(At(stage))));
    use Stage::*;
    assert_eq!(pipeline.stages(), [Trace, Cache, Budget, Retry, Limit, Breaker, Authenticate, Send]);
    pipeline.call(&Context::default(), bench.make(&READ)).await.unwrap();
}

#[tokio::test]
async fn a_read_is_repeated_and_a_visible_call_never() {
    let failures = || vec![Act::Fail(Certainty::NotSent), Act::Fail(Certainty::MaybeSent), Act::Answer(200)];
    let reads = bench(failures());
    reads.run(reads.make(&READ)).await.unwrap();
    assert_eq!(reads.sent(), 3);
    assert_eq!(reads.world.keys.lock().unwrap().len(), 6, "each attempt counts, for the account and the app");

    let writes = bench(failures());
    let error = writes.run(writes.make(&WRITE)).await.unwrap_err();
    assert_eq!((writes.sent(), error.certainty()), (1, Some(Certainty::NotSent)));
}

#[tokio::test]
async fn three_attempts_are_all_and_a_refusal_is_final() {
    let bench_1 = bench((0..3).map(|_| Act::Answer(503)).collect());
    let error = bench_1.run(bench_1.make(&READ)).await.unwrap_err();
    assert_eq!((bench_1.sent(), error.request_id()), (3, Some("t-1")));

    let bench_2 = bench((0..3).map(|_| Act::Fail(Certainty::NotSent)).collect());
    assert_eq!(bench_2.run(bench_2.make(&READ)).await.unwrap_err().retry(), Retry::Exhausted);

    for status in [400, 429] {
        let bench = bench(vec![Act::Answer(status)]);
        bench.run(bench.make(&READ)).await.unwrap_err();
        assert_eq!(bench.sent(), 1, "{status}");
    }
}

#[tokio::test]
async fn every_error_says_where_it_comes_from() {
    let bench = bench(vec![Act::Answer(400)]);
    let ctx = Context::default();
    let error = bench.pipeline.call(&ctx, bench.make(&WRITE)).await.unwrap_err();
    assert_eq!(error.platform(), Some(PlatformId::X));
    assert_eq!(error.operation(), Some("things.create"));
    assert_eq!(error.request_id(), Some("t-1"));
    assert_eq!(error.correlation_id(), Some(ctx.correlation_id()));
    assert_eq!(error.certainty(), Some(Certainty::Rejected));
    let sent = bench.world.sent.lock().unwrap();
    let trace = sent[0].headers["traceparent"].to_str().unwrap();
    assert!(trace.starts_with(&format!("00-{}-", ctx.correlation_id())));
    assert!(sent[0].headers["authorization"].is_sensitive());
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let bench_1 = bench(vec![Act::Answer(401), Act::Answer(200)]);
    bench_1.run(bench_1.make(&WRITE)).await.unwrap();
    assert_eq!(bench_1.tokens_sent(), ["Bearer token-0", "Bearer token-1"]);

    let bench_2 = bench(vec![Act::Answer(401), Act::Answer(401)]);
    let error = bench_2.run(bench_2.make(&READ)).await.unwrap_err();
    let quarter_hour = Duration::from_secs(15 * 60);
    assert_eq!(
        (error.kind(), error.certainty(), error.retry()),
        (ErrorKind::Authentication, Some(Certainty::NotSent), Retry::After(quarter_hour))
    );
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_is_not_replaced_for_a_while() {
    let refusals = || [401, 401, 401, 200].map(Act::Answer).into();
    let reads = bench(refusals());
    reads.run(reads.make(&READ)).await.unwrap_err();
    reads.clock.advance(Duration::from_secs(60));
    for _ in 0..3 {
        let error = reads.run(reads.make(&READ)).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Authentication, Some(Certainty::NotSent)));
        let Retry::After(left) = error.retry() else { panic!("{error:?}") };
        assert!((800..=840).contains(&left.as_secs()), "{left:?}");
    }
    assert_eq!(reads.tokens_sent(), ["Bearer token-0", "Bearer token-1"], "nothing more was asked");
    reads.clock.advance(Duration::from_secs(15 * 60));
    reads.run(reads.make(&READ)).await.unwrap_err();
    assert_eq!(reads.tokens_sent()[2..], ["Bearer token-2"]);
    // Tokens that somebody else has brought are used at once.
    *reads.world.tokens.lock().unwrap() = 9;
    reads.run(reads.make(&READ)).await.unwrap();
    assert_eq!(reads.tokens_sent()[3..], ["Bearer token-9"]);

    let writes = bench(refusals());
    for told in [0, 15 * 60] {
        let error = writes.run(writes.make(&WRITE).once()).await.unwrap_err();
        let Retry::After(left) = error.retry() else { panic!("{error:?}") };
        assert!(told - left.as_secs() < 30, "{left:?}");
    }
    writes.run(writes.make(&WRITE).once()).await.unwrap_err();
    assert_eq!(writes.tokens_sent(), ["Bearer token-0", "Bearer token-1"]);
}

#[tokio::test]
async fn an_old_token_that_is_refused_late_is_replaced_all_the_same() {
    let bench = bench([401, 200, 401, 200].map(Act::Answer).into());
    bench.run(bench.make(&READ)).await.unwrap();
    *bench.world.tokens.lock().unwrap() = 0;
    bench.run(bench.make(&READ)).await.unwrap();
    assert_eq!(bench.tokens_sent(), [0, 1, 0, 1].map(|number| format!("Bearer token-{number}")));
}

#[tokio::test]
async fn once_is_once_and_the_next_call_has_another_token() {
    let bench = bench(vec![Act::Answer(401), Act::Answer(200)]);
    let error = bench.run(bench.make(&WRITE).once()).await.unwrap_err();
    assert_eq!((error.certainty(), error.retry()), (Some(Certainty::NotSent), Retry::After(Duration::ZERO)));
    assert_eq!(bench.sent(), 1);
    bench.run(bench.make(&WRITE).once()).await.unwrap();
    assert_eq!(bench.tokens_sent(), ["Bearer token-0", "Bearer token-1"]);
}

#[tokio::test]
async fn a_missing_scope_is_named_before_anything_is_sent() {
    let bench = bench(vec![]);
    *bench.world.scopes.lock().unwrap() = vec!["other".into()];
    let error = bench.run(bench.make(&READ)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::MissingScope, Some(Certainty::NotSent)));
    assert!(error.to_string().contains("things"));
}

#[tokio::test]
async fn a_bare_token_needs_no_account_and_counts_for_none() {
    let bench = bench(vec![Act::Answer(200)]);
    bench.run(Call::new(&READ).bearer(Secret::new("bare"))).await.unwrap();
    assert_eq!(bench.tokens_sent(), ["Bearer bare"]);
    assert!(bench.world.observed.lock().unwrap().is_empty());
    assert_eq!(bench.world.keys.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_closed_window_sends_nothing() {
    let bench = bench(vec![]);
    *bench.world.decision.lock().unwrap() = Some(LimitDecision::Wait(Duration::from_secs(90)));
    let error = bench.run(bench.make(&WRITE)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimit);
    assert_eq!(
        (error.retry(), error.certainty()),
        (Retry::After(Duration::from_secs(90)), Some(Certainty::NotSent))
    );
}

#[tokio::test]
async fn windows_are_learned_from_refusals_too() {
    let bench = bench(vec![Act::Answer(429)]);
    bench.run(bench.make(&READ)).await.unwrap_err();
    let observed = bench.world.observed.lock().unwrap();
    assert_eq!(observed[0].1[0].remaining, 5);
    assert_eq!(observed[1].1[0].remaining, 0, "no window explained the refusal: it is one");
}

#[tokio::test]
async fn a_cancellation_knows_whether_the_last_byte_left() {
    for (open, certainty) in [(false, Certainty::NotSent), (true, Certainty::MaybeSent)] {
        let bench = bench(vec![Act::Hang { open }]);
        let ctx = Context::default();
        let (error, ()) = tokio::join!(bench.pipeline.call(&ctx, bench.make(&WRITE)), async {
            bench.world.asleep.notified().await;
            ctx.cancel().cancel();
        });
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Cancelled, Some(certainty)));
        let gate: Arc<dyn SendGate> = bench.world.sent.lock().unwrap()[0].gate.clone().unwrap();
        if !open {
            assert!(gate.open().is_err(), "what was given up can't leave any more");
        }
    }
}

#[tokio::test]
async fn a_deadline_ends_a_call_and_is_checked_before_it() {
    let bench_1 = bench(vec![Act::Hang { open: true }]);
    let ctx = Context::default().until(Deadline::after(&bench_1.clock, Duration::from_secs(5)));
    let (error, ()) = tokio::join!(bench_1.pipeline.call(&ctx, bench_1.make(&WRITE)), async {
        bench_1.world.asleep.notified().await;
        bench_1.clock.advance(Duration::from_secs(5));
    });
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Some(Certainty::MaybeSent)));
    assert_eq!(
        bench_1.world.sent.lock().unwrap()[0].timeout,
        Duration::from_secs(5),
        "not longer than what is left"
    );

    let bench_2 = bench(vec![]);
    let ctx = Context::default().until(Deadline(Monotonic::from_start(Duration::ZERO)));
    let error = bench_2.pipeline.call(&ctx, bench_2.make(&WRITE)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Some(Certainty::NotSent)));
}

#[tokio::test]
async fn nothing_waits_beyond_the_deadline() {
    let bench = bench(vec![Act::Answer(503)]);
    let ctx = Context::default().until(Deadline::after(&bench.clock, Duration::from_millis(500)));
    let error = bench.pipeline.call(&ctx, bench.make(&READ)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PlatformFault);
}

#[tokio::test]
async fn the_callers_own_gate_is_asked() {
    struct Shut;
    impl SendGate for Shut {
        fn open(&self) -> xmp_core::Result<()> {
            Err(Error::new(ErrorKind::Timeout, "shut", "shut"))
        }
    }
    let bench = bench(vec![Act::Answer(200)]);
    let error = bench.run(bench.make(&WRITE).gate(Arc::new(Shut))).await.unwrap_err();
    assert_eq!((error.code(), error.certainty()), ("shut", Some(Certainty::NotSent)));
    assert!(matches!(bench.world.sent.lock().unwrap()[0].body, RequestBody::Bytes(_)));
}
