//! The stores and the engine against a reference model, and the protocol explored whole.
