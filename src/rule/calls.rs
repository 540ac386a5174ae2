//! Function calls and aggregates of a condition to typed expressions.

use sqlparser::ast::{
    DuplicateTreatment, Expr as Sql, Function as SqlFunction, FunctionArg, FunctionArgExpr, FunctionArguments,
};

use super::check::{Checked, Scope, Stage};
use super::functions::{Function, fixed, is_aggregate};
use super::types::*;

/// The arguments of a call as they are written.
struct Arguments<'s> {
    list: Vec<&'s Sql>,
    is_distinct: bool,
    is_star: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn function(&mut self, sql: &Sql, function: &SqlFunction) -> Checked<Node> {
        let name = function.name.to_string().to_lowercase();
        let arguments = self.arguments(sql, function)?;
        if is_aggregate(&name) {
            return self.aggregate(sql, &name, &arguments, function.filter.as_deref());
        }
        if function.filter.is_some() || arguments.is_distinct || arguments.is_star || function.over.is_some() {
            return Err(self.unsupported(sql));
        }
        let list = &arguments.list;
        match name.as_str() {
            "least" | "greatest" => {
                let function = if name == "least" { Function::Least } else { Function::Greatest };
                let first = *list.first().ok_or_else(|| self.wrong_count(sql, &name, "1…"))?;
                let mut node = self.node(first)?;
                if node.ty != Type::Date {
                    node = self.coerce(node, Type::Number, first)?;
                }
                let ty = node.ty;
                let mut nodes = vec![node];
                for argument in &list[1..] {
                    nodes.push(self.of_type(argument, ty)?);
                }
                Ok(Node::new(ty, Op::Call(function, nodes)))
            }
            "coalesce" => self.coalesce(sql, list),
            "present" | "recognised" | "has_column" | "stated_never" | "negative" => {
                let [argument] = list[..] else { return Err(self.wrong_count(sql, &name, "1")) };
                let test = match name.as_str() {
                    "present" => CellTest::Present,
                    "recognised" => CellTest::Recognised,
                    "has_column" => CellTest::HasColumn,
                    "negative" => CellTest::Negative,
                    _ => CellTest::StatedNever,
                };
                let node = self.node(argument)?;
                let Op::Column(slot, why) = node.op else {
                    return Err(self.problem(
                        "type-mismatch",
                        argument,
                        format!("{name}() 只能用于字段"),
                        format!("{name}() takes a field"),
                    ));
                };
                Ok(Node::new(Type::Bool, Op::Cell(test, slot, why)))
            }
            "found" => {
                let [Sql::Identifier(wanted)] = list[..] else { return Err(self.wrong_count(sql, &name, "1")) };
                let Some(join) = self.joins.iter().position(|(name, _)| **name == wanted.value) else {
                    let problem = self.problem(
                        "unknown-field",
                        list[0],
                        format!("本规则没有名为“{}”的关联", wanted.value),
                        format!("the rule has no join `{}`", wanted.value),
                    );
                    return Err(super::check::suggest(
                        problem,
                        &wanted.value,
                        self.joins.iter().map(|(name, _)| &**name),
                    ));
                };
                let ledger = self.joins[join].1.id.clone();
                let (_, no_ledger) = self.atoms.ledger(&ledger);
                Ok(Node::new(Type::Bool, Op::Found(join as u8, no_ledger)))
            }
            "contains" => {
                let [text, words @ ..] = &list[..] else { return Err(self.wrong_count(sql, &name, "2…")) };
                let text = self.as_text(text)?;
                let words = words.iter().map(|word| self.constant_text(word)).collect::<Checked<Vec<_>>>()?;
                Ok(Node::new(Type::Bool, Op::Contains(Box::new(text), words.into())))
            }
            "includes" => {
                let [codes, wanted @ ..] = &list[..] else { return Err(self.wrong_count(sql, &name, "2…")) };
                let (node, attribute) = match self.attribute_of_codes(codes)? {
                    Some((node, attribute)) => (node, Some(attribute)),
                    None => (self.node(codes)?, None),
                };
                let Type::Codes(list) = node.ty else {
                    return Err(self.problem(
                        "type-mismatch",
                        codes,
                        "includes() 的第一个参数须为多选代码字段",
                        "includes() takes a field of several codes first",
                    ));
                };
                let bit = |position: usize| 1_u64.checked_shl(position as u32).unwrap_or(0);
                let mut mask = 0_u64;
                for word in wanted {
                    let text = self.constant_text(word)?;
                    mask |= match attribute {
                        Some(attribute) => {
                            self.codes_with(list, attribute, &text, word)?.map(bit).fold(0, |a, b| a | b)
                        }
                        None => bit(self.code(list, &text, word)?.into()),
                    };
                }
                Ok(Node::new(Type::Bool, Op::CodesAny(Box::new(node), mask)))
            }
            "size" => {
                let [argument] = list[..] else { return Err(self.wrong_count(sql, &name, "1")) };
                let node = self.node(argument)?;
                let function = match node.ty {
                    Type::Dates => Function::SizeOfDates,
                    Type::Codes(_) => Function::SizeOfCodes,
                    _ => {
                        return Err(self.problem(
                            "type-mismatch",
                            argument,
                            "size() 只能用于多个日期或多选代码",
                            "size() takes several dates or several codes",
                        ));
                    }
                };
                Ok(Node::new(Type::Number, Op::Call(function, vec![node])))
            }
            _ => {
                let Some((function, wanted, result)) = fixed(&name) else {
                    return Err(self.unknown_function(&name, sql));
                };
                if wanted.len() != list.len() {
                    return Err(self.wrong_count(sql, &name, &wanted.len().to_string()));
                }
                let mut nodes = Vec::with_capacity(list.len());
                for (argument, want) in list.iter().zip(wanted) {
                    let node = self.node(argument)?;
                    // One date where several may stand.
                    let is_single = *want == Type::Dates && node.ty == Type::Date;
                    nodes.push(if is_single { node } else { self.coerce(node, *want, argument)? });
                }
                Ok(Node::new(result, Op::Call(function, nodes)))
            }
        }
    }

    fn coalesce(&mut self, sql: &Sql, list: &[&Sql]) -> Checked<Node> {
        let Some(first) = list.first() else { return Err(self.wrong_count(sql, "coalesce", "2…")) };
        let mut nodes = vec![self.node(first)?];
        let ty = nodes[0].ty;
        for argument in &list[1..] {
            let node = self.node(argument)?;
            nodes.push(self.coerce(node, ty, argument)?);
        }
        let mut blockers = WHY_RANGE | WHY_CALENDAR;
        for node in &nodes {
            node.walk(&mut |part| match part.op {
                Op::Column(_, why) => blockers |= why.unreadable,
                // What is unknown about an aggregate is unknown for a reason that no second value heals.
                Op::Aggregate(_) => blockers |= !WHY_NOTHING,
                _ => {}
            });
        }
        Ok(Node::new(ty, Op::Coalesce(nodes, blockers)))
    }

    fn aggregate(&mut self, sql: &Sql, name: &str, arguments: &Arguments<'_>, filter: Option<&Sql>) -> Checked<Node> {
        if self.stage != Stage::Unit {
            return Err(self
                .problem(
                    "bad-expression",
                    sql,
                    format!("此处不能用汇总函数 {name}"),
                    format!("the aggregate {name} cannot be used here"),
                )
                .help(
                    "汇总函数用于分组规则和总体规则的 require、applies、values",
                    "aggregates belong in require, applies and values of group and population rules",
                ));
        }
        self.stage = Stage::Record;
        let result = self.aggregate_parts(sql, name, arguments, filter);
        self.stage = Stage::Unit;
        let aggregate = result?;
        let ty = aggregate.ty;
        let known = self.aggregates.iter().position(|known| format!("{known:?}") == format!("{aggregate:?}"));
        let position = known.unwrap_or_else(|| {
            self.aggregates.push(aggregate);
            self.aggregates.len() - 1
        });
        Ok(Node::new(ty, Op::Aggregate(position)))
    }

    fn aggregate_parts(
        &mut self,
        sql: &Sql,
        name: &str,
        arguments: &Arguments<'_>,
        filter: Option<&Sql>,
    ) -> Checked<Aggregate> {
        let list = &arguments.list;
        let filter = filter.map(|filter| self.boolean(filter)).transpose()?;
        let mut args = Vec::new();
        let (kind, ty) = match name {
            "count" if arguments.is_star => (AggregateKind::Count, Type::Number),
            "count" if arguments.is_distinct => {
                for argument in list {
                    args.push(self.node(argument)?);
                }
                (AggregateKind::Distinct, Type::Number)
            }
            "count" => {
                return Err(self.unsupported(sql).help(
                    "请写 COUNT(*)、COUNT(DISTINCT 字段) 或 COUNT(*) FILTER (WHERE present(字段))",
                    "write COUNT(*), COUNT(DISTINCT field) or COUNT(*) FILTER (WHERE present(field))",
                ));
            }
            _ if arguments.is_star || arguments.is_distinct => return Err(self.unsupported(sql)),
            "sum" | "min" | "max" | "bool_and" | "bool_or" => {
                let [argument] = list[..] else { return Err(self.wrong_count(sql, name, "1")) };
                let node = match name {
                    "sum" => self.of_type(argument, Type::Number)?,
                    "bool_and" | "bool_or" => self.of_type(argument, Type::Bool)?,
                    _ => {
                        let node = self.node(argument)?;
                        if node.ty == Type::Date { node } else { self.coerce(node, Type::Number, argument)? }
                    }
                };
                let ty = node.ty;
                args.push(node);
                let kind = match name {
                    "sum" => AggregateKind::Sum,
                    "min" => AggregateKind::Min,
                    "max" => AggregateKind::Max,
                    "bool_and" => AggregateKind::And,
                    _ => AggregateKind::Or,
                };
                (kind, ty)
            }
            _ => {
                let (Some(start), Some(end)) = (list.first(), list.get(1)) else {
                    return Err(self.wrong_count(sql, name, "2…3"));
                };
                args.push(self.of_type(start, Type::Date)?);
                args.push(self.of_type(end, Type::Date)?);
                let gap = match list.get(2) {
                    None => 0,
                    Some(argument) => match self.of_type(argument, Type::Number)?.op {
                        Op::Const(Scalar::Number(number)) if !number.is_negative() => {
                            number.to_int().and_then(|days| i32::try_from(days).ok()).unwrap_or(i32::MAX)
                        }
                        _ => {
                            return Err(self.problem(
                                "type-mismatch",
                                argument,
                                "容许间隔天数须为固定的非负数或参数",
                                "the gap must be a fixed number of days, or a parameter",
                            ));
                        }
                    },
                };
                match name {
                    "longest_span_months" => (AggregateKind::LongestMonths(gap), Type::Number),
                    "longest_span_start" => (AggregateKind::LongestStart(gap), Type::Date),
                    "longest_span_end" => (AggregateKind::LongestEnd(gap), Type::Date),
                    _ => (AggregateKind::SpanDays, Type::Number),
                }
            }
        };
        Ok(Aggregate { kind, args, filter, ty })
    }

    fn arguments<'s>(&self, sql: &Sql, function: &'s SqlFunction) -> Checked<Arguments<'s>> {
        let FunctionArguments::List(list) = &function.args else { return Err(self.unsupported(sql)) };
        let mut arguments = Arguments {
            list: Vec::with_capacity(list.args.len()),
            is_distinct: list.duplicate_treatment == Some(DuplicateTreatment::Distinct),
            is_star: false,
        };
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => arguments.list.push(expr),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => arguments.is_star = true,
                _ => return Err(self.unsupported(sql)),
            }
        }
        if !list.clauses.is_empty() || !function.within_group.is_empty() {
            return Err(self.unsupported(sql));
        }
        Ok(arguments)
    }

    fn wrong_count(&self, sql: &Sql, name: &str, wanted: &str) -> super::parse::Problem {
        self.problem(
            "bad-expression",
            sql,
            format!("函数 {name} 需要 {wanted} 个参数"),
            format!("{name} takes {wanted} arguments"),
        )
    }
}
