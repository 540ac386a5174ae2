//! Which build this is.

/// The version, with the commit where the build knew it.
pub const SHORT: &str = env!("CARGO_PKG_VERSION");

/// The version with what tells one build from another; nothing in it depends on the time or the place of the build.
pub const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("TAIZHANG_COMMIT"),
    "\ntarget: ",
    env!("TAIZHANG_TARGET"),
    "\nprofile: ",
    env!("TAIZHANG_PROFILE"),
    "\nrust: ",
    env!("TAIZHANG_RUSTC"),
);
