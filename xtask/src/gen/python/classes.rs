//! The classes that operations are methods of.

use super::form::Form;
use super::methods;
use super::types::Types;
use super::write::{Text, module as module_of};
use crate::surface::case::pascal;
use crate::surface::{Method, Mode, Surface};

/// What is hand-written about each class: what it is, and how it is got.
const DOCS: &[(&str, &str)] = &[
    (
        "Xmp",
        "An engine that holds accounts and publishes posts: `Xmp.open(...)` opens one. It is closed at the end of a `with`.",
    ),
    ("Accounts", "Accounts: `xmp.accounts`."),
    ("Posts", "Posts: `xmp.posts`."),
    ("Series", "Posts that come again, by a rule: `xmp.series`."),
    ("Queues", "Posts that take the next free one of weekly slots: `xmp.queues`."),
    ("Consumers", "Readers of the event log, each with a place of its own: `xmp.consumers`."),
    ("Remote", "What a platform itself shows: `xmp.x`, or `xmp.platform(\"x\")`."),
    (
        "RunningWorker",
        "A worker in the background of this program: `xmp.start_worker()`. It is stopped at the end of a `with`.",
    ),
    (
        "Sim",
        "A simulator of X on loopback, for tests: `Sim.start(...)`. It is stopped at the end of a `with`.",
    ),
    ("SimClock", "The clock of a simulator: `sim.clock`. It runs on from where it is set."),
    ("ManualClock", "A clock that stands still until it is moved: for tests."),
];

/// The group whose methods are about one platform, which is its bound parameter.
pub(super) const BOUND: &str = "platform";

/// Platforms that an engine has a name for.
const PLATFORMS: &[(&str, &str)] = &[("x", "X")];

/// A class of Python: a class of the description, or one of its groups.
pub(super) struct Class<'a> {
    pub(super) name: String,
    pub(super) methods: Vec<&'a Method>,
    /// Its groups: what they are called, and their classes.
    groups: Vec<(&'a str, String)>,
    pub(super) bound: bool,
    of: &'a str,
}

impl<'a> Class<'a> {
    /// A class of which one method matters.
    pub(super) fn alone(method: &'a Method) -> Self {
        let of = method.path().0;
        Self { name: of.to_owned(), methods: vec![method], groups: Vec::new(), bound: false, of }
    }

    /// Whether no method of it waits: both forms share it.
    fn is_shared(&self) -> bool {
        self.groups.is_empty() && self.methods.iter().all(|method| method.mode == Mode::Now)
    }

    fn is_sim(&self) -> bool {
        self.of == "Sim"
    }

    /// The method that ends it.
    fn end(&self) -> Option<&str> {
        let names = self.methods.iter().map(|method| method.path().2);
        names.into_iter().find(|name| ["close", "stop"].contains(name))
    }
}

fn all(surface: &Surface) -> Vec<Class<'_>> {
    let mut classes: Vec<Class<'_>> = Vec::new();
    for method in &surface.operations {
        let (of, group, _) = method.path();
        let name = group.map_or_else(|| of.to_owned(), |group| group_class(of, group));
        if let Some(class) = classes.iter_mut().find(|class| class.name == name) {
            class.methods.push(method);
            continue;
        }
        classes.push(Class {
            name: name.clone(),
            methods: vec![method],
            groups: Vec::new(),
            bound: group == Some(BOUND),
            of,
        });
        if let Some(group) = group
            && let Some(owner) = classes.iter_mut().find(|class| class.name == of)
        {
            owner.groups.push((group, name));
        }
    }
    // Groups come before the classes that have them.
    classes.sort_by_key(|class| !class.groups.is_empty());
    classes
}

fn group_class(of: &str, group: &str) -> String {
    match (of, group) {
        (_, BOUND) => "Remote".to_owned(),
        ("Xmp", group) => pascal(group),
        (of, group) => format!("{of}{}", pascal(group)),
    }
}

/// What never waits.
pub(super) fn shared(surface: &Surface, types: &Types<'_>) -> String {
    let classes: Vec<_> = all(surface).into_iter().filter(Class::is_shared).collect();
    let mut text = Text::default();
    classes.iter().for_each(|one| class(&mut text, one, surface, types, Form::Blocking));
    let doc = "Classes that never wait: with asyncio and without they are the same.";
    module_of(doc, &types.imports("shared"), &names(&classes), &text.0)
}

/// The classes of one form: of the engine, or of the simulator.
pub(super) fn module(surface: &Surface, types: &Types<'_>, form: Form, sim: bool) -> String {
    let classes: Vec<_> =
        all(surface).into_iter().filter(|class| !class.is_shared() && class.is_sim() == sim).collect();
    let mut text = Text::default();
    classes.iter().for_each(|one| class(&mut text, one, surface, types, form));
    let doc = match form {
        Form::Aio => "The classes for asyncio.",
        Form::Blocking => "The classes that block: the same names, without `await`.",
    };
    module_of(doc, &types.imports(""), &names(&classes), &text.0)
}

fn names(classes: &[Class<'_>]) -> Vec<String> {
    classes.iter().map(|class| class.name.clone()).collect()
}

fn class(text: &mut Text, class: &Class<'_>, surface: &Surface, types: &Types<'_>, form: Form) {
    let name = &class.name;
    let caller = if class.is_shared() { "Caller" } else { form.caller() };
    text.line(0, "\n");
    text.line(0, format!("class {name}:"));
    text.doc(1, DOCS.iter().find(|(of, _)| of == name).map_or("", |(_, doc)| doc), "", &[]);
    text.line(0, "");
    let slots = class.groups.iter().filter(|(group, _)| *group != BOUND).map(|(group, _)| *group);
    let mut slots: Vec<_> = slots.chain(["_caller"]).chain(class.bound.then_some("_platform")).collect();
    slots.sort_unstable();
    let slots: Vec<_> = slots.into_iter().map(|slot| format!("\"{slot}\",")).collect();
    text.line(1, format!("__slots__ = ({})\n", slots.join(" ")));
    match class.methods.iter().find(|method| method.path().2 == "new") {
        Some(new) => methods::constructor(text, new, types),
        None => constructor(text, class, caller),
    }
    for method in class.methods.iter().filter(|method| method.path().2 != "new") {
        methods::method(text, class, method, types, form);
        for stream in surface.streams.iter().filter(|stream| stream.pages == method.name) {
            methods::stream(text, class, stream, method, types, form);
        }
    }
    if name == "Xmp" {
        engine(text, class, surface, types, form);
    }
    if let Some(end) = class.end() {
        context(text, name, end, form);
    }
    text.line(1, "def __repr__(self) -> str:");
    let bound = if class.bound { " {self._platform!r}" } else { "" };
    let group = if name == class.of {
        "{self._caller!r}".to_owned()
    } else {
        format!("{name}{bound} of {{self._caller!r}}")
    };
    text.line(2, format!("return f\"<xmp {group}>\""));
}

fn constructor(text: &mut Text, class: &Class<'_>, caller: &str) {
    let platform = if class.bound { ", platform: PlatformId" } else { "" };
    text.line(1, format!("def __init__(self, caller: {caller}{platform}) -> None:"));
    text.line(2, "self._caller = caller");
    if class.bound {
        text.line(2, "self._platform = platform");
    }
    for (group, of) in class.groups.iter().filter(|(group, _)| *group != BOUND) {
        text.line(2, format!("self.{group} = {of}(caller)"));
    }
    text.line(0, "");
}

/// What an engine has besides its operations.
fn engine(text: &mut Text, class: &Class<'_>, surface: &Surface, types: &Types<'_>, form: Form) {
    text.line(1, "def platform(self, platform: PlatformId) -> Remote:");
    text.doc(2, "What a platform itself shows.", "Args", &[("platform", "The name of the platform: `x`.")]);
    text.line(2, "return Remote(self._caller, _check.text(platform, \"Xmp.platform(platform)\"))\n");
    for (id, name) in PLATFORMS {
        text.line(1, "@property");
        text.line(1, format!("def {id}(self) -> Remote:"));
        text.line(2, format!("\"\"\"What {name} itself shows.\"\"\""));
        text.line(2, format!("return self.platform(\"{id}\")\n"));
    }
    if let Some(within) = surface.sugar.iter().find(|sugar| sugar.name == "Xmp.within") {
        methods::within(text, class, within, types, form);
    }
}

fn context(text: &mut Text, class: &str, end: &str, form: Form) {
    let (dunder, define, wait) = (form.waiting("a"), form.waiting("async "), form.waiting("await "));
    text.line(1, format!("{define}def __{dunder}enter__(self) -> {class}:"));
    text.line(2, "return self\n");
    text.line(1, format!("{define}def __{dunder}exit__("));
    text.line(
        2,
        "self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /",
    );
    text.line(1, ") -> None:");
    text.line(2, format!("{wait}self.{end}()\n"));
}
