//! Private servers for tests and measurements: PostgreSQL, Redis.
