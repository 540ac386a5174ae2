//! Reads inputs to the end and keeps what they were refused for.

use taizhang::diag::InputFault;
use taizhang::read::{Opened, Row};

/// The fault of each input that does not open and of each sheet that does not end well, in their order.
pub fn faults(opened: Vec<Opened>) -> Vec<InputFault> {
    let mut faults = Vec::new();
    for one in opened {
        match one {
            Opened::Fault { fault, .. } => faults.push(fault),
            Opened::Document(document) => {
                for mut sheet in document.sheets {
                    let mut row = Row::default();
                    let end = std::iter::repeat_with(|| sheet.rows.next_row(&mut row)).find(|more| *more != Ok(true));
                    faults.extend(end.and_then(Result::err));
                }
            }
        }
    }
    faults
}
