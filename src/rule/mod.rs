//! Compiles SQL expressions of rules into typed plans.
