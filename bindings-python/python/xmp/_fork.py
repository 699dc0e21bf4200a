"""Going on in a forked child."""

from __future__ import annotations

from xmp import _native


def post_fork() -> None:
    """Lets a forked child open engines of its own.

    A fork copies memory, and none of the threads that work on it. So in a child whose parent had used xmp
    every call is refused, with a `ConfigurationError` of the code `fork.used`, until this has been called
    there; under gunicorn that is the hook `post_fork`. What was opened before the fork stays with the parent
    and is refused in the child for ever; so is a file that the parent had open at that moment
    (`store.forked`), since SQLite's locks don't survive a fork.

    In a process that was not forked, it does nothing.
    """
    _native.post_fork()
