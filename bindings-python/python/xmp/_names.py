"""Where public classes say that they are from."""

from __future__ import annotations

from typing import Any


def stand_in(module: str, names: dict[str, Any], public: list[str]) -> None:
    """Makes public classes call themselves by the module that programs import them from."""
    for name in public:
        if isinstance(names[name], type) and names[name].__module__.startswith("xmp."):
            names[name].__module__ = module
