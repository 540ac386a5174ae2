//! Rows between the records that say one thing only, the institution that the records below them are of.

use std::sync::Arc;

use crate::map::Env;
use crate::map::layout::Layout;
use crate::map::plan::origin::institution_named;
use crate::map::text::{fold, is_space, strip_numbering};
use crate::map::value::ListIndex;
use crate::pack::LedgerKind;
use crate::read::{Cell, Row};

/// The institution that the rows between the records name.
#[derive(Clone)]
pub struct Groups {
    /// The field that it fills.
    pub field: usize,
    types: Arc<ListIndex>,
    /// The name read last, with its place.
    pub current: Option<(String, (u32, u32))>,
}

impl Groups {
    /// Where the kind speaks of one institution, no column names it, and some row of `data` does; `has_column` tells whether a
    /// column gives the field.
    pub fn find(
        env: &Env<'_>,
        kind: &LedgerKind,
        layout: &Layout,
        data: &[Row],
        has_column: impl Fn(usize) -> bool,
    ) -> Option<Groups> {
        let mut named = kind.fields.iter().filter_map(|field| {
            let derive = field.derive.as_ref().filter(|derive| kind.unit.contains(&derive.from))?;
            Some((derive.from, env.lists.get(derive.by.list()?)?))
        });
        let (Some((field, types)), None) = (named.next(), named.next()) else { return None };
        let groups = Groups { field, types, current: None };
        let is_named = || data.iter().any(|row| groups.name(row, layout.columns).is_some());
        (layout.headings.len() >= 3 && !has_column(field) && is_named()).then_some(groups)
    }

    /// Takes note of the institution that a row names and says nothing else; `false` where it is another row.
    pub fn look(&mut self, row: &Row, columns: (u32, u32)) -> bool {
        let name = self.name(row, columns);
        let is_named = name.is_some();
        self.current = name.or_else(|| self.current.take());
        is_named
    }

    /// The institution that a row names and says nothing else: 一、大柳塔镇中心卫生院.
    fn name(&self, row: &Row, columns: (u32, u32)) -> Option<(String, (u32, u32))> {
        let mut filled = (columns.0..=columns.1)
            .map(|column| (column, row.get(column as usize)))
            .filter(|(_, cell)| !matches!(cell, Cell::Empty));
        let (Some((column, Cell::Text(text))), None) = (filled.next(), filled.next()) else { return None };
        let folded = fold(text);
        // What stands in brackets says more about it: 锦界镇卫生院（脱贫乡镇）.
        let whole = strip_numbering(&folded).split('(').next().unwrap_or_default();
        let bare = whole.trim_matches(|c| is_space(c) || matches!(c, ':' | '【' | '】' | '■' | '●'));
        let name = institution_named(bare, &self.types)?;
        (name.len() == bare.len()).then(|| (name.to_owned(), (row.index, column)))
    }
}
