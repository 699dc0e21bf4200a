//! Real processes, stopped and killed at random, judged by the simulator's ledger.
