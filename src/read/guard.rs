//! Turns a panic inside a reader into the fault of the one file that it was reading.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::faults;
use super::plain::TextRows;
use super::sheet::{DAY_ZERO, Row, RowBlock, RowSource, Sheet};
use crate::diag::{InputFault, panic_reason};

/// Calls `read`; a panic in it becomes a fault.
pub(super) fn call<T>(read: impl FnOnce() -> Result<T, InputFault>) -> Result<T, InputFault> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| Err(faults::reader_failed(&panic_reason(&*panic))))
}

/// The sheets with their rows guarded, and whether any of them holds something (a fault is something).
pub(super) fn sheets(sheets: Vec<Sheet>) -> (Vec<Sheet>, bool) {
    let mut has_content = false;
    let guarded = sheets.into_iter().map(|sheet| {
        let mut rows = Guarded { rows: sheet.rows, name: sheet.name.clone(), first: None, ended: false };
        has_content = has_content || rows.peek();
        Sheet { rows: Box::new(rows), ..sheet }
    });
    (guarded.collect(), has_content)
}

/// A sheet that cannot be read, for this reason.
pub(super) fn failed_sheet(name: String, hidden: bool, fault: InputFault) -> Sheet {
    Sheet {
        name,
        hidden,
        is_text: false,
        merged: Vec::new(),
        hidden_columns: Vec::new(),
        day_zero: DAY_ZERO,
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
struct Guarded<'r> {
    rows: Box<dyn RowSource + 'r>,
    name: String,
    /// The first row or fault, where it was looked at before.
    first: Option<Result<Row, InputFault>>,
    ended: bool,
}

impl Guarded<'_> {
    /// Whether there is a first row, or a fault in its place; either is kept for who reads the rows.
    fn peek(&mut self) -> bool {
        let mut row = Row::default();
        self.first = match self.advance(&mut row) {
            Ok(true) => Some(Ok(row)),
            Ok(false) => None,
            Err(fault) => Some(Err(fault)),
        };
        self.first.is_some()
    }

    fn advance(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        if self.ended {
            return Ok(false);
        }
        let result = call(|| self.rows.next_row(row));
        self.ended = !matches!(result, Ok(true));
        result.map_err(|fault| self.name_sheet(fault))
    }

    fn name_sheet(&self, mut fault: InputFault) -> InputFault {
        fault.sheet.get_or_insert_with(|| self.name.clone());
        fault
    }
}

impl RowSource for Guarded<'_> {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        match self.first.take() {
            Some(Ok(first)) => {
                *row = first;
                Ok(true)
            }
            Some(Err(fault)) => Err(fault),
            None => self.advance(row),
        }
    }

    fn thousandths(&self) -> Option<u32> {
        self.rows.thousandths()
    }

    fn next_block(&mut self) -> Result<Option<Box<dyn RowBlock>>, InputFault> {
        if self.ended || self.first.is_some() {
            return Ok(None);
        }
        let block = call(|| self.rows.next_block()).map_err(|fault| self.name_sheet(fault));
        self.ended = block.is_err();
        let name = self.name.clone();
        Ok(block?.map(|block| Box::new(GuardedBlock { block, name }) as Box<dyn RowBlock>))
    }
}

/// A block whose rows are guarded like those of its sheet.
struct GuardedBlock {
    block: Box<dyn RowBlock>,
    name: String,
}

impl RowBlock for GuardedBlock {
    fn rows(&self) -> Box<dyn RowSource + '_> {
        Box::new(Guarded { rows: self.block.rows(), name: self.name.clone(), first: None, ended: false })
    }

    fn text(&self) -> Option<TextRows<'_>> {
        self.block.text().map(|rows| rows.of_sheet(&self.name))
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
        let (mut guarded, has_content) = sheets(vec![Sheet {
            name: "一".to_owned(),
            hidden: false,
            is_text: false,
            merged: Vec::new(),
            hidden_columns: Vec::new(),
            day_zero: DAY_ZERO,
            rows: Box::new(Panics),
        }]);
        assert!(has_content, "a fault is not nothing");
        let guarded = &mut guarded[0];
        let fault = guarded.rows.next_row(&mut Row::default()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::ReaderFailed);
        assert_eq!(fault.sheet.as_deref(), Some("一"));
        assert_eq!(guarded.rows.next_row(&mut Row::default()), Ok(false));
    }
}
