//! SIGINT and SIGTERM ask a run to end with what it has finished; a second one ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether and by which signal the run was asked to end.
#[derive(Debug, Default)]
pub struct Interrupt {
    pub raised: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Listens to the signals from now on.
    pub fn listen() -> anyhow::Result<Interrupt> {
        let interrupt = Interrupt::default();
        for signal in [SIGINT, SIGTERM] {
            let register = || {
                // In this order: the first signal passes the shutdown and raises the flag, the second meets it raised.
                flag::register_conditional_shutdown(signal, 128 + signal, interrupt.raised.clone())?;
                flag::register_usize(signal, interrupt.signal.clone(), signal as usize)?;
                flag::register(signal, interrupt.raised.clone())
            };
            register().context("signal")?;
        }
        Ok(interrupt)
    }

    /// The exit code of a run that a signal ended, as shells count it: 128 and the number of the signal.
    pub fn code(&self) -> u8 {
        let signal = self.signal.load(Ordering::Relaxed);
        u8::try_from(128 + signal).unwrap_or(u8::MAX)
    }
}
