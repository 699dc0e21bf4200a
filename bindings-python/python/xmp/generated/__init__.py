# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""The generated part of the package."""
