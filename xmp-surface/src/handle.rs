//! What operations are called on, as another language holds it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use xmp::{Clock, Error, ErrorKind, ManualClock, Result, SystemClock, TenantId, Xmp};
use xmp_sim::Sim;

use crate::call::Call;
use crate::ending::Ending;
use crate::engine::{Engine, Worker};

/// Something that another language holds: an engine, a worker, a simulator, a clock. Clones are the same thing.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    held: Mutex<Held>,
    ending: Ending,
}

/// What a handle holds.
#[derive(Clone)]
pub(crate) enum Held {
    Engine(Engine),
    Worker(Worker),
    Sim(Arc<Sim>),
    Clock(ManualClock),
    /// Nothing any more; it was one of these.
    Closed(&'static str),
}

impl Held {
    const fn name(&self) -> &'static str {
        match self {
            Self::Engine(_) => "Xmp",
            Self::Worker(_) => "RunningWorker",
            Self::Sim(_) => "Sim",
            Self::Clock(_) => "ManualClock",
            Self::Closed(was) => was,
        }
    }
}

impl Handle {
    pub(crate) fn new(held: Held) -> Self {
        Self(Arc::new(Inner { held: Mutex::new(held), ending: Ending::new() }))
    }

    pub(crate) fn held(&self) -> Held {
        match self.0.held.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Held::Engine(engine) if engine.is_closed() => Held::Closed(Engine::NAME),
            held => held,
        }
    }

    /// Takes out what it holds: whoever calls it afterwards is told so.
    pub(crate) fn take(&self) -> Held {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = Held::Closed(held.name());
        std::mem::replace(&mut *held, closed)
    }

    /// Whose accounts and posts calls on it are about.
    pub(crate) fn tenant(&self) -> TenantId {
        match self.held() {
            Held::Engine(engine) => engine.tenant().clone(),
            _ => TenantId::default(),
        }
    }

    /// The clock that the time of a call is counted on.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self.held() {
            Held::Engine(engine) => engine.clock().clone(),
            _ => Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.held() {
            Held::Closed(was) => write!(f, "Handle({was}, closed)"),
            held => write!(f, "Handle({})", held.name()),
        }
    }
}

/// What an operation is called on.
pub(crate) trait Receiver: Sized {
    /// What it is called in every language.
    const NAME: &'static str;
    /// The parameter that it is, for what opens something: its name, and what it is.
    #[cfg(feature = "schema")]
    const TAKES: Option<(&'static str, &'static str)> = None;

    fn of(held: Held) -> Option<Self>;

    fn from_call(call: &Call<'_>) -> Result<Self> {
        let held = call.handle.map(Handle::held);
        if let Some(Held::Closed(was)) = held {
            return Err(Error::new(
                ErrorKind::Configuration,
                "handle.closed",
                format!("this {was} is closed"),
            )
            .hint("open a new one"));
        }
        let name = held.as_ref().map_or("nothing", Held::name);
        held.and_then(Self::of).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "handle.kind", format!("expected {}, got {name}", Self::NAME))
        })
    }
}

/// The receiver of what opens something: nothing.
pub(crate) struct Nothing;

impl Receiver for Nothing {
    const NAME: &'static str = "";

    fn of(_: Held) -> Option<Self> {
        None
    }

    fn from_call(_: &Call<'_>) -> Result<Self> {
        Ok(Self)
    }
}

/// The receiver of what opens an engine: nothing, or the clock that it goes by.
pub(crate) struct Timed(pub(crate) Option<ManualClock>);

impl Receiver for Timed {
    const NAME: &'static str = "";
    #[cfg(feature = "schema")]
    const TAKES: Option<(&'static str, &'static str)> = Some(("clock", ManualClock::NAME));

    fn of(_: Held) -> Option<Self> {
        None
    }

    fn from_call(call: &Call<'_>) -> Result<Self> {
        call.handle.map(|_| ManualClock::from_call(call)).transpose().map(Self)
    }
}

/// The facade within one call.
impl Receiver for Xmp {
    const NAME: &'static str = Engine::NAME;

    fn of(_: Held) -> Option<Self> {
        None
    }

    fn from_call(call: &Call<'_>) -> Result<Self> {
        Ok(Engine::from_call(call)?.within(call.ctx))
    }
}

/// What a handle held, which holds nothing afterwards, on its way to its end.
pub(crate) struct Taken<T> {
    thing: Option<T>,
    ending: Ending,
}

impl<T> Taken<T> {
    /// Ends it, or waits for the end that somebody else has begun.
    pub(crate) async fn end<F>(self, how: impl FnOnce(T) -> F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.ending.wait(self.thing.map(how)).await
    }
}

impl<T: Receiver> Receiver for Taken<T> {
    const NAME: &'static str = T::NAME;

    fn of(_: Held) -> Option<Self> {
        None
    }

    fn from_call(call: &Call<'_>) -> Result<Self> {
        let handle =
            call.handle.ok_or_else(|| Error::new(ErrorKind::Internal, "handle.kind", "nothing to end"))?;
        Ok(Self { thing: T::of(handle.take()), ending: handle.0.ending.clone() })
    }
}

macro_rules! receivers {
    ($($variant:ident($type:ty) = $name:literal;)+) => {$(
        impl Receiver for $type {
            const NAME: &'static str = $name;

            fn of(held: Held) -> Option<Self> {
                match held {
                    Held::$variant(held) => Some(held),
                    _ => None,
                }
            }
        }

        impl From<$type> for Handle {
            fn from(it: $type) -> Self {
                Self::new(Held::$variant(it))
            }
        }
    )+};
}

receivers! {
    Engine(Engine) = "Xmp";
    Worker(Worker) = "RunningWorker";
    Sim(Arc<Sim>) = "Sim";
    Clock(ManualClock) = "ManualClock";
}
