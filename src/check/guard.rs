//! Turns a panic over one input into the fault of that input, so that the others are still checked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::diag::{FaultKind, InputFault, panic_reason};
use crate::model::Localized;

/// Calls `work`; a panic in it becomes a fault.
pub(super) fn call<T>(work: impl FnOnce() -> T) -> Result<T, InputFault> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let reason = panic_reason(&*panic);
        InputFault::new(
            FaultKind::Internal,
            Localized::new(
                format!("程序处理该文件时内部出错（{reason}），其结果不完整。"),
                format!("The program failed on this file ({reason}); its results are incomplete."),
            ),
            Localized::new(
                "其余文件不受影响；请把该文件和这条信息交给程序的维护者。",
                "The other files are not affected; send the file and this message to those who maintain the program.",
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_fault_with_its_reason() {
        let rows: Vec<u8> = Vec::new();
        let fault = call(|| rows[std::hint::black_box(3)]).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Internal);
        assert!(fault.message.en.contains("index out of bounds"), "{}", fault.message.en);
        assert_eq!(call(|| 7), Ok(7));
    }
}
