//! Turns a panic inside a reader into the fault of the one file that it was reading.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::faults;
use super::sheet::{Row, RowSource, Sheet};
use crate::diag::InputFault;

/// Calls `read`; a panic in it becomes a fault.
pub(super) fn call<T>(read: impl FnOnce() -> Result<T, InputFault>) -> Result<T, InputFault> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| Err(faults::reader_failed(&reason(&*panic))))
}

fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    // The first line is enough: the rest is for who repairs the reader.
    text.and_then(|text| text.lines().next()).unwrap_or("panic").chars().take(120).collect()
}

/// The sheet with its rows guarded.
pub(super) fn sheet(mut sheet: Sheet) -> Sheet {
    let name = sheet.name.clone();
    sheet.rows = Box::new(Guarded { rows: sheet.rows, name, ended: false });
    sheet
}

/// A sheet that cannot be read, for this reason.
pub(super) fn failed_sheet(name: String, hidden: bool, fault: InputFault) -> Sheet {
    Sheet {
        name,
        hidden,
        is_text: false,
        merged: Vec::new(),
        hidden_columns: Vec::new(),
        rows: Box::new(Failed(Some(fault))),
    }
}

struct Failed(Option<InputFault>);

impl RowSource for Failed {
    fn next_row(&mut self, _: &mut Row) -> Result<bool, InputFault> {
        self.0.take().map_or(Ok(false), Err)
    }
}

/// Rows that end after a fault or a panic, and whose faults name the sheet.
struct Guarded {
    rows: Box<dyn RowSource>,
    name: String,
    ended: bool,
}

impl RowSource for Guarded {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        if self.ended {
            return Ok(false);
        }
        let result = call(|| self.rows.next_row(row));
        self.ended = !matches!(result, Ok(true));
        result.map_err(|mut fault| {
            fault.sheet.get_or_insert_with(|| self.name.clone());
            fault
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FaultKind;

    struct Panics;

    impl RowSource for Panics {
        fn next_row(&mut self, _: &mut Row) -> Result<bool, InputFault> {
            panic!("index out of bounds");
        }
    }

    #[test]
    fn a_panic_becomes_the_fault_of_its_sheet() {
        let mut guarded = sheet(Sheet {
            name: "一".to_owned(),
            hidden: false,
            is_text: false,
            merged: Vec::new(),
            hidden_columns: Vec::new(),
            rows: Box::new(Panics),
        });
        let fault = guarded.rows.next_row(&mut Row::default()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::ReaderFailed);
        assert_eq!(fault.sheet.as_deref(), Some("一"));
        assert_eq!(guarded.rows.next_row(&mut Row::default()), Ok(false));
    }
}
