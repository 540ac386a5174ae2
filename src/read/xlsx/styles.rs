//! The number formats of an XLSX workbook, as far as they say what a number is.

use std::collections::BTreeMap;

use quick_xml::events::Event;

use super::super::limits::Limits;
use super::super::numbers::NumberKind;
use super::super::package::{Member, Package};
use super::super::xml::{Xml, attribute};
use crate::diag::InputFault;

/// The kind of number that each cell style shows.
#[derive(Default)]
pub(super) struct Styles {
    kinds: Vec<NumberKind>,
}

impl Styles {
    /// The kind of the style with this number; plain where there is none.
    pub fn get(&self, style: usize) -> NumberKind {
        self.kinds.get(style).copied().unwrap_or_default()
    }

    pub fn read(package: &Package, member: &Member, limits: &Limits) -> Result<Styles, InputFault> {
        let mut xml = Xml::new(package.stream(member, limits)?, limits);
        let mut codes: BTreeMap<u32, NumberKind> = BTreeMap::new();
        let mut formats: Vec<u32> = Vec::new();
        let mut in_cell_formats = false;
        loop {
            match xml.next()? {
                Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                    "numFmt" => {
                        let id = attribute(&start, "numFmtId").and_then(|id| id.trim().parse().ok());
                        let code = attribute(&start, "formatCode").unwrap_or_default();
                        if let Some(id) = id {
                            codes.insert(id, NumberKind::of_code(&code));
                        }
                    }
                    "cellXfs" => in_cell_formats = true,
                    "xf" if in_cell_formats => {
                        let id = attribute(&start, "numFmtId").and_then(|id| id.trim().parse().ok()).unwrap_or(0);
                        formats.push(id);
                    }
                    _ => {}
                },
                Event::End(end) if end.local_name().as_ref() == "cellXfs" => in_cell_formats = false,
                Event::Eof => break,
                _ => {}
            }
        }
        let kind = |id: u32| codes.get(&id).copied().unwrap_or_else(|| NumberKind::of_builtin(id));
        Ok(Styles { kinds: formats.into_iter().map(kind).collect() })
    }
}
