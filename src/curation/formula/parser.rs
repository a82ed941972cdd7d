//! Tokens of a formula to its tree, by recursive descent.
//!
//! Must not know: what functions compute.

use std::sync::Arc;

use crate::curation::parse::{self, Fault};
use crate::domain::score::{Better, ColumnSpec};

use super::function::{Function, Operator, Takes};
use super::lexer::{Token, lex};
use super::{Formula, Input, Node};

/// Parentheses and signs inside each other; more could exhaust the stack.
const MAX_DEPTH: usize = 64;
/// Parts of one formula.
const MAX_NODES: usize = 1000;

/// What stands before one column instead of a list of values.
const OF_COLUMN: [&str; 3] = ["pct", "rank", "unit"];

/// Reads the whole text.
pub(super) fn parse(text: &str, columns: &[Arc<ColumnSpec>]) -> Result<Formula, Fault> {
    let mut parser = Parser {
        tokens: lex(text)?,
        next: 0,
        end: text.len(),
        columns,
        inputs: Vec::new(),
        depth: 0,
        nodes: 0,
    };
    if parser.tokens.is_empty() {
        return Err(Fault::new(0, "the formula is empty").hint("for example mean(pct(a), pct(b))"));
    }
    let root = parser.comparison()?;
    match parser.tokens.get(parser.next) {
        None => Ok(Formula {
            root,
            inputs: parser.inputs,
        }),
        Some((at, Token::Sign(")"))) => Err(Fault::new(*at, "this ) has no ( before it")),
        Some((at, _)) => Err(Fault::new(*at, "an operator is missing before this")
            .hint("values are joined with + - * / ^ and comparisons")),
    }
}

struct Parser<'a> {
    tokens: Vec<(usize, Token)>,
    next: usize,
    /// Length of the text: where something is missing at its end.
    end: usize,
    columns: &'a [Arc<ColumnSpec>],
    inputs: Vec<Input>,
    depth: usize,
    nodes: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn sign(&self) -> &'static str {
        match self.peek() {
            Some(Token::Sign(sign)) => sign,
            _ => "",
        }
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = self.sign() == sign;
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.accept(sign) {
            return Ok(());
        }
        Err(Fault::new(
            self.place(),
            format!("a {sign} is missing here"),
        ))
    }

    fn join(&mut self, operator: Operator, a: Node, b: Node) -> Node {
        self.nodes += 1;
        Node::Operation(operator, Box::new(a), Box::new(b))
    }

    /// `sum < sum`, or a sum alone.
    fn comparison(&mut self) -> Result<Node, Fault> {
        let left = self.sum()?;
        let Some(operator) = Operator::comparison(self.sign()) else {
            return Ok(left);
        };
        self.next += 1;
        let right = self.sum()?;
        if Operator::comparison(self.sign()).is_some() {
            return Err(Fault::new(self.place(), "only two values can be compared")
                .hint("write (a > b) * (b > c) where both must hold"));
        }
        Ok(self.join(operator, left, right))
    }

    fn sum(&mut self) -> Result<Node, Fault> {
        let mut left = self.product()?;
        loop {
            let operator = match self.sign() {
                "+" => Operator::Add,
                "-" => Operator::Subtract,
                _ => return Ok(left),
            };
            self.next += 1;
            let right = self.product()?;
            left = self.join(operator, left, right);
        }
    }

    fn product(&mut self) -> Result<Node, Fault> {
        let mut left = self.signed()?;
        loop {
            let operator = match self.sign() {
                "*" => Operator::Multiply,
                "/" => Operator::Divide,
                _ => return Ok(left),
            };
            self.next += 1;
            let right = self.signed()?;
            left = self.join(operator, left, right);
        }
    }

    /// `-a`, `+a`; a power binds tighter.
    fn signed(&mut self) -> Result<Node, Fault> {
        if self.depth == MAX_DEPTH || self.nodes >= MAX_NODES {
            return Err(Fault::new(self.place(), "the formula is too long")
                .hint("make a composite column of a part of it"));
        }
        self.depth += 1;
        let node = if self.accept("-") {
            self.nodes += 1;
            self.signed().map(|inner| Node::Negative(Box::new(inner)))
        } else if self.accept("+") {
            self.signed()
        } else {
            self.power()
        };
        self.depth -= 1;
        node
    }

    fn power(&mut self) -> Result<Node, Fault> {
        let base = self.atom()?;
        if !self.accept("^") {
            return Ok(base);
        }
        let exponent = self.signed()?;
        Ok(self.join(Operator::Power, base, exponent))
    }

    fn atom(&mut self) -> Result<Node, Fault> {
        self.nodes += 1;
        let at = self.place();
        let token = self.peek().cloned();
        self.next += 1;
        match token {
            Some(Token::Number(value)) => Ok(Node::Number(value)),
            Some(Token::Sign("(")) => {
                let inner = self.comparison()?;
                if self.accept(")") {
                    Ok(inner)
                } else {
                    Err(Fault::new(at, "this ( is never closed"))
                }
            }
            Some(Token::Word(word)) if self.sign() == "(" => self.call(&word, at),
            Some(Token::Word(word) | Token::Quoted(word)) => {
                let key = self.column(&word, at)?.key.clone();
                Ok(self.input(Input::Values(key)))
            }
            _ => Err(Fault::new(at, "a number or a column is missing here")),
        }
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Node, Fault> {
        let lower = name.to_lowercase();
        if OF_COLUMN.contains(&lower.as_str()) {
            return self.of_column(&lower);
        }
        let found = Function::ALL.iter().find(|(known, ..)| *known == lower);
        let Some(&(_, function, takes, usage)) = found else {
            let known = Function::ALL.iter().map(|(known, ..)| *known);
            return Err(Fault::new(at, format!("there is no function \"{name}\""))
                .hint(parse::did_you_mean(name, known.chain(OF_COLUMN))));
        };
        let values = self.arguments()?;
        let fits = match takes {
            Takes::Exactly(n) => values.len() == n,
            Takes::Any => true,
            Takes::Pairs => values.len().is_multiple_of(2),
        };
        if !fits {
            let given = format!("{name} can't take {} values", values.len());
            return Err(Fault::new(at, given).hint(format!("write {usage}")));
        }
        Ok(Node::Call(function, values))
    }

    /// `(a, b, …)`, at least one.
    fn arguments(&mut self) -> Result<Vec<Node>, Fault> {
        let open = self.place();
        self.expect("(")?;
        let mut values = vec![self.comparison()?];
        while self.accept(",") {
            values.push(self.comparison()?);
        }
        if self.accept(")") {
            return Ok(values);
        }
        Err(match self.peek() {
            None => Fault::new(open, "this ( is never closed"),
            Some(_) => Fault::new(self.place(), "a comma or ) is missing here"),
        })
    }

    /// The `(column)` after `pct`, `rank` or `unit`.
    fn of_column(&mut self, name: &str) -> Result<Node, Fault> {
        self.expect("(")?;
        let at = self.place();
        let Some(Token::Word(word) | Token::Quoted(word)) = self.peek().cloned() else {
            return Err(Fault::new(at, "a column is missing here").hint(format!(
                "{name} takes a column; make a composite column of a formula first"
            )));
        };
        self.next += 1;
        let column = Arc::clone(self.column(&word, at)?);
        let node = match name {
            "unit" => self.unit(&column, at)?,
            "rank" => self.rank(&column, at)?,
            _ => self.share_below(&column),
        };
        self.expect(")")?;
        Ok(node)
    }

    fn share_below(&mut self, column: &ColumnSpec) -> Node {
        let percentiles = self.input(Input::Percentiles(column.key.clone()));
        self.join(Operator::Divide, percentiles, Node::Number(100.0))
    }

    fn rank(&mut self, column: &ColumnSpec, at: usize) -> Result<Node, Fault> {
        let below = self.share_below(column);
        match column.better {
            Better::Higher => Ok(below),
            Better::Lower => Ok(self.join(Operator::Subtract, Node::Number(1.0), below)),
            Better::Neutral => {
                let why = format!("{} is neither better high nor low", column.key);
                let hint = format!("write pct({0}), or 1 - pct({0})", column.key);
                Err(Fault::new(at, why).hint(hint))
            }
        }
    }

    fn unit(&mut self, column: &ColumnSpec, at: usize) -> Result<Node, Fault> {
        let (low, high) = column.range;
        let span = high - low;
        if !span.is_finite() || span <= 0.0 {
            let why = format!("{} has no range of its own", column.key);
            let hint = format!("write pct({0}), or clamp({0} / 100, 0, 1)", column.key);
            return Err(Fault::new(at, why).hint(hint));
        }
        let values = self.input(Input::Values(column.key.clone()));
        let above = self.join(Operator::Subtract, values, Node::Number(low));
        Ok(self.join(Operator::Divide, above, Node::Number(span)))
    }

    fn column(&self, name: &str, at: usize) -> Result<&Arc<ColumnSpec>, Fault> {
        let key = parse::column(name, self.columns);
        let found = self
            .columns
            .iter()
            .find(|spec| Some(&spec.key) == key.as_ref());
        found.ok_or_else(|| {
            let keys = self.columns.iter().map(|spec| spec.key.as_str());
            Fault::new(at, format!("there is no column \"{name}\""))
                .hint(parse::did_you_mean(name, keys))
        })
    }

    fn input(&mut self, input: Input) -> Node {
        let known = self.inputs.iter().position(|known| *known == input);
        Node::Input(known.unwrap_or_else(|| {
            self.inputs.push(input);
            self.inputs.len() - 1
        }))
    }
}
