//! xmp beside its rivals, in one run on one server.
