//! Workbooks that calamine reads, taken into sparse grids.

use std::io::{Read, Seek};

use calamine::{DataRef, Reader, SheetType, SheetVisible};

use super::grid::Grid;
use super::limits::{self, Limits};
use super::sheet::{Cell, MergedArea, Sheet};
use crate::diag::InputFault;

fn sheet(name: &str, visible: SheetVisible, merged: Vec<MergedArea>, grid: Grid, fault: Option<InputFault>) -> Sheet {
    Sheet {
        name: name.to_owned(),
        hidden: visible != SheetVisible::Visible,
        is_text: false,
        merged,
        hidden_columns: Vec::new(),
        rows: Box::new(grid.into_rows(fault)),
    }
}

fn worksheets<R>(metadata: &[calamine::Sheet], limits: &Limits) -> Result<Vec<(String, SheetVisible)>, R>
where
    R: From<InputFault>,
{
    let sheets: Vec<_> = metadata
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible))
        .collect();
    if sheets.len() > limits.sheets {
        return Err(limits::exceeded("sheets", limits.sheets as u64).into());
    }
    Ok(sheets)
}

fn fault(error: &dyn std::fmt::Display) -> InputFault {
    let text = error.to_string();
    super::faults::damaged(&text, &text)
}

pub(super) fn xlsb<RS: Read + Seek>(source: RS, limits: &Limits) -> Result<Vec<Sheet>, InputFault> {
    let mut book: calamine::Xlsb<RS> = calamine::Xlsb::new(source).map_err(|error| match error {
        calamine::XlsbError::Password => super::faults::password(),
        other => fault(&other),
    })?;
    let metadata = book.sheets_metadata().to_vec();
    let mut sheets = Vec::new();
    for (name, visible) in worksheets::<InputFault>(&metadata, limits)? {
        let mut grid = Grid::default();
        let result = book.worksheet_cells_reader(&name).map_err(|error| fault(&error)).and_then(|mut reader| {
            while let Some(cell) = reader.next_cell().map_err(|error| fault(&error))? {
                let (row, column) = cell.get_position();
                put(&mut grid, row, column, cell.get_value(), limits)?;
            }
            Ok(())
        });
        sheets.push(sheet(&name, visible, Vec::new(), grid, result.err()));
    }
    Ok(sheets)
}

fn put(grid: &mut Grid, row: u32, column: u32, value: &DataRef<'_>, limits: &Limits) -> Result<(), InputFault> {
    let text;
    let cell = match value {
        DataRef::Int(value) => Cell::Number { value: *value as f64, percent: false },
        DataRef::Float(value) => Cell::Number { value: *value, percent: false },
        DataRef::String(value) => Cell::Text(value),
        DataRef::SharedString(value) => Cell::Text(value),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(value) => {
            let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
            match crate::model::Date::new(year as i16, month as i8, day as i8) {
                Some(date) => Cell::DateTime {
                    days: date.days(),
                    seconds: u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second),
                },
                None => Cell::Number { value: value.as_f64(), percent: false },
            }
        }
        DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => Cell::Text(value),
        DataRef::Error(error) => {
            text = error.to_string();
            Cell::Error(&text)
        }
        _ => Cell::Empty,
    };
    grid.put(row, column, cell, limits)
}
