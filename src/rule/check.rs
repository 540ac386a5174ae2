//! The parsed tree to a typed expression: names resolved, types checked, constants put into the form the records have.

use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, Expr as Sql, UnaryOperator, Value};

use super::functions;
use super::parse::{Problem, parse, place};
use super::types::*;
use crate::model::{Date, Decimal, Period};
use crate::pack::{Catalog, CodeList, LedgerKind, ParameterValue};

/// Where an expression is evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// On each record.
    Record,
    /// On each group or member, where values of records appear in aggregates only.
    Unit,
    /// On the records of the register: its `where`.
    Member,
    /// On the records of a joined ledger: the join's `where`.
    Joined(u8),
}

/// What `population.X` means.
#[derive(Clone, Copy)]
pub(super) enum MemberNames<'a> {
    Ledger(&'a LedgerKind),
    List(&'a CodeList),
}

/// The names that an expression may use, and what compiling it gathers.
pub(super) struct Scope<'a> {
    pub catalog: &'a Catalog,
    pub lists: &'a [Arc<CodeList>],
    pub record: &'a LedgerKind,
    pub member: Option<MemberNames<'a>>,
    /// Name and kind of each joined ledger.
    pub joins: Vec<(Arc<str>, &'a LedgerKind)>,
    pub has_grid: bool,
    pub stage: Stage,
    /// Names that stand for one value in a group or member, though they are fields of the record.
    pub keys: Vec<(Arc<str>, Slot)>,
    pub atoms: Atoms,
    pub aggregates: Vec<Aggregate>,
    /// The text that is being compiled.
    pub text: &'a str,
}

pub(super) type Checked<T> = Result<T, Problem>;

impl<'a> Scope<'a> {
    /// Compiles `text` into a condition.
    pub fn condition(&mut self, text: &'a str, stage: Stage) -> Checked<Node> {
        self.typed(text, stage, Type::Bool)
    }

    /// Compiles `text` into an expression of type `want`.
    pub fn typed(&mut self, text: &'a str, stage: Stage, want: Type) -> Checked<Node> {
        let sql = self.begin(text, stage)?;
        let node = self.node(&sql)?;
        self.coerce(node, want, &sql)
    }

    /// Compiles `text` into an expression of any type.
    pub fn any(&mut self, text: &'a str, stage: Stage) -> Checked<Node> {
        let sql = self.begin(text, stage)?;
        self.node(&sql)
    }

    fn begin(&mut self, text: &'a str, stage: Stage) -> Checked<Sql> {
        self.text = text;
        self.stage = stage;
        parse(text)
    }

    pub(super) fn problem(
        &self,
        code: &'static str,
        at: &Sql,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Problem {
        Problem::new(code, place(self.text, at), zh, en)
    }

    pub(super) fn unsupported(&self, at: &Sql) -> Problem {
        self.problem(
            "bad-expression",
            at,
            format!("条件表达式不支持这种写法：{at}"),
            format!("conditions do not support `{at}`"),
        )
    }

    pub(super) fn node(&mut self, sql: &Sql) -> Checked<Node> {
        match sql {
            Sql::Nested(inner) => self.node(inner),
            Sql::Identifier(name) => self.name(&[name], sql),
            Sql::CompoundIdentifier(names) => self.name(&names.iter().collect::<Vec<_>>(), sql),
            Sql::Value(value) => self.literal(&value.value, sql),
            Sql::TypedString(typed) if typed.data_type.to_string().eq_ignore_ascii_case("date") => {
                let text = self.literal(&typed.value.value, sql)?;
                self.coerce(text, Type::Date, sql)
            }
            Sql::UnaryOp { op: UnaryOperator::Not, expr } => {
                let inner = self.boolean(expr)?;
                Ok(Node::new(Type::Bool, Op::Not(Box::new(inner))))
            }
            Sql::UnaryOp { op: UnaryOperator::Minus, expr } => {
                let inner = self.of_type(expr, Type::Number)?;
                let zero = Node::new(Type::Number, Op::Const(Scalar::Number(Decimal::ZERO)));
                Ok(Node::new(Type::Number, Op::Arith(Arith::Sub, Box::new(zero), Box::new(inner))))
            }
            Sql::UnaryOp { op: UnaryOperator::Plus, expr } => self.of_type(expr, Type::Number),
            Sql::BinaryOp { left, op, right } => self.binary(sql, left, op, right),
            Sql::Between { expr, negated, low, high } => {
                let above = self.compare(sql, expr, Cmp::Ge, low)?;
                let below = self.compare(sql, expr, Cmp::Le, high)?;
                Ok(negate(*negated, Node::new(Type::Bool, Op::And(vec![above, below]))))
            }
            Sql::InList { expr, list, negated } => {
                let inside = self.in_list(expr, list)?;
                Ok(negate(*negated, inside))
            }
            Sql::Like { negated, any: false, expr, pattern, escape_char: None } => {
                let text = self.as_text(expr)?;
                let pattern = self.constant_text(pattern)?;
                let like = Op::Like(Box::new(text), pattern.chars().collect());
                Ok(negate(*negated, Node::new(Type::Bool, like)))
            }
            Sql::IsNull(inner) => self.is_null(inner),
            Sql::IsNotNull(inner) => Ok(negate(true, self.is_null(inner)?)),
            Sql::IsTrue(inner) => self.is_truth(inner, Some(true), false),
            Sql::IsNotTrue(inner) => self.is_truth(inner, Some(true), true),
            Sql::IsFalse(inner) => self.is_truth(inner, Some(false), false),
            Sql::IsNotFalse(inner) => self.is_truth(inner, Some(false), true),
            Sql::IsUnknown(inner) => self.is_truth(inner, None, false),
            Sql::IsNotUnknown(inner) => self.is_truth(inner, None, true),
            Sql::Case { operand, conditions, else_result, .. } => {
                self.case(sql, operand.as_deref(), conditions, else_result.as_deref())
            }
            Sql::Function(function) => self.function(sql, function),
            _ => Err(self.unsupported(sql)),
        }
    }

    fn binary(&mut self, sql: &Sql, left: &Sql, op: &BinaryOperator, right: &Sql) -> Checked<Node> {
        let comparison = match op {
            BinaryOperator::And | BinaryOperator::Or => {
                // A long chain is one node, so that the depth of the tree is that of its parentheses.
                let mut operands = vec![right];
                let mut rest = left;
                while let Sql::BinaryOp { left, op: inner, right } = rest
                    && inner == op
                {
                    operands.push(right);
                    rest = left;
                }
                operands.push(rest);
                let mut nodes = Vec::with_capacity(operands.len());
                for operand in operands.into_iter().rev() {
                    nodes.push(self.boolean(operand)?);
                }
                let op = if *op == BinaryOperator::And { Op::And(nodes) } else { Op::Or(nodes) };
                return Ok(Node::new(Type::Bool, op));
            }
            BinaryOperator::Eq => Cmp::Eq,
            BinaryOperator::NotEq => Cmp::Ne,
            BinaryOperator::Lt => Cmp::Lt,
            BinaryOperator::LtEq => Cmp::Le,
            BinaryOperator::Gt => Cmp::Gt,
            BinaryOperator::GtEq => Cmp::Ge,
            BinaryOperator::Plus => return self.arithmetic(sql, Arith::Add, left, right),
            BinaryOperator::Minus => return self.arithmetic(sql, Arith::Sub, left, right),
            BinaryOperator::Multiply => return self.arithmetic(sql, Arith::Mul, left, right),
            BinaryOperator::Divide | BinaryOperator::Modulo => {
                return Err(self
                    .problem("bad-expression", sql, "条件表达式没有除法", "conditions have no division")
                    .help(
                        "请改写为乘法，例如 a * 100 >= b * 20，或用 CEIL_DIV(a, b)、percent(a, b)",
                        "multiply instead, as in a * 100 >= b * 20, or use CEIL_DIV(a, b) or percent(a, b)",
                    ));
            }
            _ => return Err(self.unsupported(sql)),
        };
        self.compare(sql, left, comparison, right)
    }

    fn arithmetic(&mut self, sql: &Sql, op: Arith, left: &Sql, right: &Sql) -> Checked<Node> {
        let mut a = self.node(left)?;
        let mut b = self.node(right)?;
        // A date written as a text next to a date.
        if op == Arith::Sub && a.ty == Type::Date && b.ty == Type::Text {
            b = self.coerce(b, Type::Date, right)?;
        } else if op == Arith::Sub && a.ty == Type::Text && b.ty == Type::Date {
            a = self.coerce(a, Type::Date, left)?;
        }
        let ty = match (a.ty, op, b.ty) {
            (Type::Number, _, Type::Number) | (Type::Date, Arith::Sub, Type::Date) => Type::Number,
            (Type::Date, Arith::Add | Arith::Sub, Type::Number) => Type::Date,
            (Type::Number, Arith::Add, Type::Date) => {
                std::mem::swap(&mut a, &mut b);
                Type::Date
            }
            (found, _, other) => {
                let ((a_zh, a_en), (b_zh, b_en)) = (found.words(), other.words());
                return Err(self.problem(
                    "type-mismatch",
                    sql,
                    format!("不能对“{a_zh}”和“{b_zh}”做此运算"),
                    format!("this cannot be computed from {a_en} and {b_en}"),
                ));
            }
        };
        Ok(Node::new(ty, Op::Arith(op, Box::new(a), Box::new(b))))
    }

    pub(super) fn boolean(&mut self, sql: &Sql) -> Checked<Node> {
        self.of_type(sql, Type::Bool)
    }

    pub(super) fn of_type(&mut self, sql: &Sql, want: Type) -> Checked<Node> {
        let node = self.node(sql)?;
        self.coerce(node, want, sql)
    }

    /// A text, or a code as its text.
    pub(super) fn as_text(&mut self, sql: &Sql) -> Checked<Node> {
        let node = self.node(sql)?;
        let node = self.code_to_text(node);
        self.coerce(node, Type::Text, sql)
    }

    /// A text that is known now.
    pub(super) fn constant_text(&mut self, sql: &Sql) -> Checked<Arc<str>> {
        match self.of_type(sql, Type::Text)?.op {
            Op::Const(Scalar::Text(text)) => Ok(text),
            _ => Err(self.problem(
                "type-mismatch",
                sql,
                "此处须为固定文本或参数",
                "a fixed text or a parameter is wanted here",
            )),
        }
    }

    fn code_to_text(&self, node: Node) -> Node {
        let Type::Code(list) = node.ty else { return node };
        let codes: Arc<[Arc<str>]> =
            self.lists[usize::from(list)].entries.iter().map(|entry| entry.code.clone()).collect();
        Node::new(Type::Text, Op::CodeTable(Box::new(node), codes))
    }

    /// Turns constants into the wanted type; anything else must have it already.
    pub(super) fn coerce(&self, node: Node, want: Type, at: &Sql) -> Checked<Node> {
        if node.ty == want {
            return Ok(node);
        }
        if matches!(node.op, Op::Null) {
            return Ok(Node::new(want, Op::Null));
        }
        if let (Type::Text, Type::Code(_)) = (want, node.ty) {
            return Ok(self.code_to_text(node));
        }
        if let Op::Const(Scalar::Text(text)) = &node.op {
            let value = match want {
                Type::Date => Date::parse_iso(text).map(Scalar::Date),
                Type::Period => Period::parse(text).map(Scalar::Period),
                Type::Bool => match &**text {
                    "是" => Some(Scalar::Bool(true)),
                    "否" => Some(Scalar::Bool(false)),
                    _ => None,
                },
                Type::Code(list) => return Ok(Node::new(want, Op::Const(Scalar::Code(self.code(list, text, at)?)))),
                _ => None,
            };
            if let Some(value) = value {
                return Ok(Node::new(want, Op::Const(value)));
            }
        }
        let ((want_zh, want_en), (zh, en)) = (want.words(), node.ty.words());
        let problem = self.problem(
            "type-mismatch",
            at,
            format!("此处须为{want_zh}，而这里是{zh}"),
            format!("{want_en} is wanted here, and this is {en}"),
        );
        Err(match (want, node.ty, &node.op) {
            (Type::Number, Type::Text, Op::Const(_)) => problem.help("数不加引号", "write numbers without quotes"),
            (Type::Date, Type::Text, Op::Const(_)) => {
                problem.help("日期写作 '2024-03-05'", "write dates as '2024-03-05'")
            }
            (Type::Period, Type::Text, Op::Const(_)) => problem.help(
                "所属期写作 '2023Q4'、'2023H2'、'2023' 或 '2023-11'",
                "write periods as '2023Q4', '2023H2', '2023' or '2023-11'",
            ),
            (Type::Bool, Type::Number, _) => problem.help("请写出比较，例如 … > 0", "write a comparison, as in … > 0"),
            _ => problem,
        })
    }

    /// The position of a code, by code or alias.
    pub(super) fn code(&self, list: u16, text: &str, at: &Sql) -> Checked<u16> {
        let list = &self.lists[usize::from(list)];
        let found = list
            .entries
            .iter()
            .position(|entry| &*entry.code == text)
            .or_else(|| list.entries.iter().position(|entry| entry.aliases.iter().any(|alias| alias == text)));
        if let Some(position) = found.and_then(|position| u16::try_from(position).ok()) {
            return Ok(position);
        }
        let problem = self.problem(
            "unknown-code",
            at,
            format!("代码表“{}”中没有“{text}”", list.name.zh),
            format!("the code list `{}` has no `{text}`", list.id),
        );
        Err(suggest(problem, text, list.entries.iter().map(|entry| &*entry.code)))
    }

    /// Brings two sides to one type.
    fn unify(&self, a: Node, b: Node, left: &Sql, right: &Sql) -> Checked<(Node, Node)> {
        if a.ty == b.ty {
            return Ok((a, b));
        }
        if let (Type::Code(_), Type::Code(_)) = (a.ty, b.ty) {
            return Ok((self.code_to_text(a), self.code_to_text(b)));
        }
        let is_fixed = |node: &Node| matches!(node.op, Op::Const(_) | Op::Null);
        if is_fixed(&a) && !is_fixed(&b) {
            let want = b.ty;
            return Ok((self.coerce(a, want, left)?, b));
        }
        if let (Type::Code(_), Type::Text) = (a.ty, b.ty)
            && !is_fixed(&b)
        {
            return Ok((self.code_to_text(a), b));
        }
        let want = a.ty;
        let b = self.coerce(b, want, right)?;
        Ok((a, b))
    }

    fn compare(&mut self, sql: &Sql, left: &Sql, op: Cmp, right: &Sql) -> Checked<Node> {
        let a = self.node(left)?;
        let b = self.node(right)?;
        let (a, b) = self.unify(a, b, left, right)?;
        let is_equality = matches!(op, Cmp::Eq | Cmp::Ne);
        let orderable = matches!(a.ty, Type::Number | Type::Date | Type::Text);
        if matches!(a.ty, Type::Dates | Type::Codes(_)) || !(is_equality || orderable) {
            let (zh, en) = a.ty.words();
            let problem = self.problem(
                "type-mismatch",
                sql,
                format!("“{zh}”不能这样比较"),
                format!("{en} cannot be compared like this"),
            );
            return Err(match a.ty {
                Type::Codes(_) => problem.help("请用 includes(字段, '代码')", "use includes(field, 'code')"),
                Type::Dates => problem.help("请用 count_within(字段, period)", "use count_within(field, period)"),
                Type::Period => problem.help("请比较 start(p) 或 end(p)", "compare start(p) or end(p)"),
                _ => problem,
            });
        }
        if is_equality && let Some(node) = self.code_set(&a, std::slice::from_ref(&b), right)? {
            return Ok(negate(op == Cmp::Ne, node));
        }
        if is_equality && let Some(node) = self.code_set(&b, std::slice::from_ref(&a), left)? {
            return Ok(negate(op == Cmp::Ne, node));
        }
        Ok(Node::new(Type::Bool, Op::Compare(op, Box::new(a), Box::new(b))))
    }

    /// Membership in a fixed set for codes and their attributes, decided for each code once.
    fn code_set(&self, of: &Node, among: &[Node], at: &Sql) -> Checked<Option<Node>> {
        let (code, list, table) = match (&of.op, of.ty) {
            (Op::CodeTable(code, table), _) => {
                let Type::Code(list) = code.ty else { return Ok(None) };
                (&**code, list, Some(table))
            }
            (Op::Const(_) | Op::Null, _) => return Ok(None),
            (_, Type::Code(list)) => (of, list, None),
            _ => return Ok(None),
        };
        let mut set = vec![false; self.lists[usize::from(list)].entries.len()];
        for node in among {
            match (&node.op, table) {
                (Op::Const(Scalar::Code(position)), None) => {
                    if let Some(member) = set.get_mut(usize::from(*position)) {
                        *member = true;
                    }
                }
                (Op::Const(Scalar::Text(text)), Some(table)) => {
                    let mut is_known = text.is_empty();
                    for (member, value) in set.iter_mut().zip(table.iter()) {
                        if value == text {
                            *member = true;
                            is_known = true;
                        }
                    }
                    if !is_known {
                        let problem = self.problem(
                            "unknown-code",
                            at,
                            format!("代码表“{}”的这一属性没有值“{text}”", self.lists[usize::from(list)].name.zh),
                            format!("no entry of the code list has the value `{text}` here"),
                        );
                        return Err(suggest(problem, text, table.iter().map(|value| &**value)));
                    }
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(Node::new(Type::Bool, Op::CodeIn(Box::new(code.clone()), set.into()))))
    }

    fn in_list(&mut self, expr: &Sql, list: &[Sql]) -> Checked<Node> {
        let subject = self.node(expr)?;
        let mut values = Vec::with_capacity(list.len());
        for item in list {
            let value = self.node(item)?;
            let (_, value) = self.unify(subject.clone(), value, expr, item)?;
            values.push(value);
        }
        if let Some(node) = self.code_set(&subject, &values, expr)? {
            return Ok(node);
        }
        let texts: Option<Arc<[Arc<str>]>> = values
            .iter()
            .map(|value| match &value.op {
                Op::Const(Scalar::Text(text)) if subject.ty == Type::Text => Some(text.clone()),
                _ => None,
            })
            .collect();
        if let Some(texts) = texts {
            return Ok(Node::new(Type::Bool, Op::TextIn(Box::new(subject), texts)));
        }
        let mut tests = Vec::with_capacity(list.len());
        for item in list {
            tests.push(self.compare(expr, expr, Cmp::Eq, item)?);
        }
        Ok(Node::new(Type::Bool, Op::Or(tests)))
    }

    fn is_null(&mut self, inner: &Sql) -> Checked<Node> {
        let node = self.node(inner)?;
        let mut blank = WHY_NOTHING | WHY_PERIOD;
        node.walk(&mut |part| {
            if let Op::Column(_, why) = part.op {
                blank |= why.blank;
            }
        });
        Ok(Node::new(Type::Bool, Op::IsNull(Box::new(node), blank)))
    }

    fn is_truth(&mut self, inner: &Sql, want: Option<bool>, negated: bool) -> Checked<Node> {
        let node = self.boolean(inner)?;
        Ok(negate(negated, Node::new(Type::Bool, Op::IsTruth(Box::new(node), want))))
    }

    fn case(
        &mut self,
        sql: &Sql,
        operand: Option<&Sql>,
        conditions: &[sqlparser::ast::CaseWhen],
        otherwise: Option<&Sql>,
    ) -> Checked<Node> {
        let mut branches = Vec::with_capacity(conditions.len());
        for when in conditions {
            let test = match operand {
                Some(operand) => self.compare(sql, operand, Cmp::Eq, &when.condition)?,
                None => self.boolean(&when.condition)?,
            };
            let value = self.node(&when.result)?;
            branches.push((test, value, &when.result));
        }
        let mut last = match otherwise {
            Some(otherwise) => self.node(otherwise)?,
            None => Node::new(Type::Text, Op::Null),
        };
        // The first branch that is neither a constant nor NULL settles the type; codes become texts where they differ.
        let settled = branches
            .iter()
            .map(|(_, value, _)| value)
            .chain([&last])
            .filter(|value| !matches!(value.op, Op::Null))
            .min_by_key(|value| matches!(value.op, Op::Const(_)))
            .map_or(Type::Text, |value| value.ty);
        let ty = if let Type::Code(_) = settled { Type::Text } else { settled };
        let mut typed = Vec::with_capacity(branches.len());
        for (test, value, at) in branches {
            typed.push((test, self.coerce(value, ty, at)?));
        }
        last = self.coerce(last, ty, otherwise.unwrap_or(sql))?;
        Ok(Node::new(ty, Op::Case(typed, Box::new(last))))
    }

    fn literal(&mut self, value: &Value, at: &Sql) -> Checked<Node> {
        let scalar = match value {
            Value::Number(text, _) => {
                let number: Decimal = text.parse().map_err(|_| {
                    self.problem(
                        "bad-expression",
                        at,
                        format!("数“{text}”的小数位数超过九位或过大"),
                        format!("the number `{text}` has more than nine places or is too large"),
                    )
                })?;
                Scalar::Number(number)
            }
            Value::SingleQuotedString(text) => Scalar::Text(text.as_str().into()),
            Value::Boolean(value) => Scalar::Bool(*value),
            Value::Null => return Ok(Node::new(Type::Text, Op::Null)),
            Value::Placeholder(name) => return self.parameter(name.trim_start_matches(':'), at),
            _ => return Err(self.unsupported(at)),
        };
        let ty = match scalar {
            Scalar::Number(_) => Type::Number,
            Scalar::Bool(_) => Type::Bool,
            _ => Type::Text,
        };
        Ok(Node::new(ty, Op::Const(scalar)))
    }

    fn parameter(&mut self, name: &str, at: &Sql) -> Checked<Node> {
        let parameters = &self.catalog.parameters;
        // A pack that extends another comes later and may declare the same name.
        let Some(position) = parameters.iter().rposition(|parameter| &*parameter.info.name == name) else {
            let problem = self.problem(
                "unknown-parameter",
                at,
                format!("没有名为“{name}”的参数"),
                format!("there is no parameter `{name}`"),
            );
            return Err(suggest(problem, name, parameters.iter().map(|parameter| &*parameter.info.name)));
        };
        let (ty, scalar) = match &parameters[position].value {
            ParameterValue::Number(number) => (Type::Number, Scalar::Number(*number)),
            ParameterValue::Text(text) => (Type::Text, Scalar::Text(text.as_str().into())),
            ParameterValue::Date(date) => (Type::Date, Scalar::Date(*date)),
            ParameterValue::YesNo(value) => (Type::Bool, Scalar::Bool(*value)),
        };
        Ok(Node::new(ty, Op::Const(scalar)))
    }

    /// Fails for a function that does not exist.
    pub(super) fn unknown_function(&self, name: &str, at: &Sql) -> Problem {
        let problem = self.problem(
            "unknown-function",
            at,
            format!("没有名为“{name}”的函数"),
            format!("there is no function `{name}`"),
        );
        suggest(problem, name, functions::names())
    }
}

fn negate(negated: bool, node: Node) -> Node {
    if negated { Node::new(Type::Bool, Op::Not(Box::new(node))) } else { node }
}

/// Adds the nearest of the names that are known, where one is near enough to be meant.
pub(super) fn suggest<'n>(problem: Problem, wrong: &str, known: impl Iterator<Item = &'n str>) -> Problem {
    let lower = wrong.to_lowercase();
    // The first of equally near names, in the order of their declaration.
    let mut nearest: Option<(f64, &str)> = None;
    for name in known.filter(|name| !name.is_empty()) {
        let likeness = strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &lower);
        let is_part = name.contains(wrong) || wrong.contains(name);
        let similarity = if is_part { likeness.max(0.6) } else { likeness };
        if nearest.is_none_or(|(best, _)| similarity > best) {
            nearest = Some((similarity, name));
        }
    }
    match nearest {
        Some((similarity, name)) if similarity >= 0.4 => {
            problem.help(format!("是不是“{name}”？"), format!("did you mean `{name}`?"))
        }
        _ => problem,
    }
}
