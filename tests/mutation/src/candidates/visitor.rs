//! The visitor that goes through the syntax of a file and notes each candidate.

use std::collections::BTreeMap;
use std::ops::Range;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Pat, ReturnType, Signature, Stmt, UnOp};

use super::{Candidate, ON, Scan, Submodule, bodies, is_compiled, one_line, operators};

/// Most characters of source text in the description of a change.
const MAX_SHOWN: usize = 90;

/// State of one pass through a file.
pub(super) struct Visitor<'t> {
    text: &'t str,
    scan: Scan,
    /// Inline modules and types around the place.
    scope: Vec<String>,
    modules: Vec<String>,
    function: Option<Function>,
    functions: usize,
    /// Where the last statement of the `else` of a `let` begins. It has to leave the block.
    leaving: Option<usize>,
    /// How often each change was described in the current function.
    seen: BTreeMap<String, usize>,
}

/// The outermost function around the place.
struct Function {
    name: String,
    lines: Range<usize>,
}

impl<'t> Visitor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Visitor {
            text,
            scan: Scan::default(),
            scope: Vec::new(),
            modules: Vec::new(),
            function: None,
            functions: 0,
            leaving: None,
            seen: BTreeMap::new(),
        }
    }

    pub(super) fn finish(self) -> Scan {
        self.scan
    }

    /// Returns the source text of a piece of syntax on one line, shortened.
    fn shown(&self, piece: &impl Spanned) -> String {
        shorten(&one_line(&self.text[piece.span().byte_range()]))
    }

    /// Notes a candidate for a piece of syntax.
    fn note(
        &mut self,
        kind: &'static str,
        piece: &impl Spanned,
        change: String,
        insertions: Vec<(usize, String)>,
    ) {
        let Some(function) = &self.function else { return };
        // An insertion with a line break would move the lines behind it.
        if insertions.iter().any(|(_, text)| text.contains('\n')) {
            return;
        }
        let times = self.seen.entry(change.clone()).or_default();
        *times += 1;
        let change = if *times > 1 { format!("{change} (no. {times})") } else { change };
        let span = piece.span();
        self.scan.candidates.push(Candidate {
            kind,
            function: function.name.clone(),
            function_number: self.functions,
            line: span.start().line,
            lines: function.lines.clone(),
            last_line: span.end().line,
            change,
            insertions,
        });
    }

    /// Notes that an expression is replaced by other code of the same type.
    fn replace(&mut self, kind: &'static str, piece: &impl Spanned, code: &str, change: String) {
        let range = piece.span().byte_range();
        let insertions =
            vec![(range.start, format!("(if {ON} {{ {code} }} else {{ ")), (range.end, " })".to_owned())];
        self.note(kind, piece, change, insertions);
    }

    /// Notes that a condition is replaced by `true` or by `false`.
    fn decide(&mut self, kind: &'static str, condition: &Expr, value: bool, what: &str) {
        let range = condition.span().byte_range();
        let before = if value { format!("({ON} || (") } else { format!("(!{ON} && (") };
        let change = format!("{what} `{}` → `{value}`", self.shown(condition));
        self.note(kind, condition, change, vec![(range.start, before), (range.end, "))".to_owned())]);
    }

    /// Notes that a Boolean expression is negated.
    fn negate(&mut self, kind: &'static str, piece: &Expr, change: String) {
        let range = piece.span().byte_range();
        // `^` also excludes what is no Boolean: `!bits` does not compile and is dropped.
        self.note(
            kind,
            piece,
            change,
            vec![(range.start, format!("({ON} ^ (")), (range.end, "))".to_owned())],
        );
    }

    /// Goes through a function: its body by a default value, then what is in it.
    fn enter(&mut self, attributes: &[Attribute], signature: &Signature, body: &Block, whole: &impl Spanned) {
        // A condition that is read from the environment is not possible in a `const fn`.
        if !is_compiled(attributes) || signature.constness.is_some() {
            return;
        }
        let is_outermost = self.function.is_none();
        if is_outermost {
            self.functions += 1;
            self.seen.clear();
            let mut name = self.scope.clone();
            name.push(signature.ident.to_string());
            let span = whole.span();
            self.function =
                Some(Function { name: name.join("::"), lines: span.start().line..span.end().line + 1 });
        }
        self.body(&signature.output, body);
        self.visit_block(body);
        if is_outermost {
            self.function = None;
        }
    }

    fn body(&mut self, output: &ReturnType, body: &Block) {
        let begin = body.brace_token.span.open().byte_range().end;
        for value in bodies::values(output, body) {
            let change = match value.as_str() {
                "" => "body → nothing".to_owned(),
                value => format!("body → `{}`", bodies::short(value)),
            };
            let code = if value.is_empty() { "return;".to_owned() } else { format!("return {value};") };
            self.note(
                "body",
                &body.brace_token.span.open(),
                change,
                vec![(begin, format!(" if {ON} {{ {code} }}"))],
            );
        }
    }

    fn statement(&mut self, statement: &Expr, whole: &Stmt) {
        // `break` and `return` are not deleted: the first gives endless loops, the second rarely compiles.
        let is_deleted = match statement {
            Expr::MethodCall(call) => !operators::CAPACITY.contains(&call.method.to_string().as_str()),
            Expr::Call(_) | Expr::Assign(_) | Expr::Try(_) | Expr::Await(_) | Expr::Continue(_) => true,
            Expr::Binary(binary) => !operators::exchanged(&binary.op).is_empty(),
            _ => false,
        };
        let range = whole.span().byte_range();
        if is_deleted && self.leaving != Some(range.start) {
            let change = format!("deleted `{}`", self.shown(whole));
            let insertions = vec![(range.start, format!("if !{ON} {{ ")), (range.end, " }".to_owned())];
            self.note("statement", whole, change, insertions);
        }
    }

    fn arms(&mut self, arms: &[syn::Arm]) {
        // Only arms before one that takes everything can go: without them the match would not be exhaustive.
        let last = arms.iter().rposition(|arm| is_catch_all(&arm.pat) && is_compiled(&arm.attrs));
        let last_body = last.map(|n| arms[n].body.to_token_stream().to_string());
        for (n, arm) in arms.iter().enumerate() {
            if !is_compiled(&arm.attrs) {
                continue;
            }
            let is_same =
                last_body.as_ref().is_some_and(|body| *body == arm.body.to_token_stream().to_string());
            match &arm.pat {
                Pat::Guard(guarded) => {
                    // A guard with `let` cannot be joined with `||`; its parts can.
                    if !has_let(&guarded.guard) {
                        self.decide("guard", &guarded.guard, true, "guard");
                        self.decide("guard", &guarded.guard, false, "guard");
                    }
                    self.visit_expr(&guarded.guard);
                }
                pattern if last.is_some_and(|last| n < last) && !is_same => {
                    let end = pattern.span().byte_range().end;
                    let change = format!("deleted arm `{}`", self.shown(pattern));
                    self.note("arm", pattern, change, vec![(end, format!(" if !{ON}"))]);
                }
                _ => {}
            }
            self.visit_expr(&arm.body);
        }
    }

    fn method(&mut self, call: &syn::ExprMethodCall, whole: &Expr) {
        let name = call.method.to_string();
        if operators::NEGATED.contains(&name.as_str()) && call.args.is_empty() {
            let change = format!("negated `{}`", self.shown(whole));
            self.negate("method", whole, change);
        }
        if let Some(other) = operators::other_method(&name) {
            let mut changed = call.clone();
            changed.method = syn::Ident::new(other, call.method.span());
            let change = format!("`{name}` → `{other}` in `{}`", self.shown(whole));
            self.replace("method", whole, &changed.to_token_stream().to_string(), change);
        }
        if operators::DECIDING.contains(&name.as_str()) {
            for argument in &call.args {
                if let Expr::Closure(closure) = argument
                    && !matches!(closure.output, ReturnType::Type(..))
                {
                    self.decide("closure", &closure.body, true, &format!("closure of `{name}`"));
                    self.decide("closure", &closure.body, false, &format!("closure of `{name}`"));
                }
            }
        }
        // `take` of an iterator has an argument, `take` of an option has none. The other method of the pair has another type.
        let all = match name.as_str() {
            "take" => "usize::MAX",
            "skip" => "0",
            _ => return,
        };
        if let [count] = call.args.iter().collect::<Vec<_>>().as_slice() {
            let change = format!("`{name}({})` → all", self.shown(*count));
            self.replace("method", *count, all, change);
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary, whole: &Expr) {
        use syn::BinOp;
        let (left, right) = (self.shown(&*binary.left), self.shown(&*binary.right));
        match binary.op {
            BinOp::Eq(_) => self.negate("equality", whole, format!("`{left} == {right}` → `!=`")),
            BinOp::Ne(_) => self.negate("equality", whole, format!("`{left} != {right}` → `==`")),
            // A chain with `let` has to stay a chain.
            BinOp::And(_) if has_let(whole) => {}
            _ => {
                for other in operators::exchanged(&binary.op) {
                    let code = format!(
                        "{} {other} {}",
                        binary.left.to_token_stream(),
                        binary.right.to_token_stream()
                    );
                    let operator = binary.op.to_token_stream();
                    let change = format!("`{left} {operator} {right}` → `{other}`");
                    self.replace(operators::kind(&binary.op), whole, &code, change);
                }
            }
        }
    }

    /// Notes the operands of a chain with `let` that are conditions.
    fn chain(&mut self, condition: &Expr) {
        match condition {
            Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) && has_let(condition) => {
                self.chain(&binary.left);
                self.chain(&binary.right);
            }
            Expr::Let(_) => {}
            condition => {
                self.decide("condition", condition, true, "operand");
                self.decide("condition", condition, false, "operand");
            }
        }
    }
}

/// Returns whether an expression is a `let`, or a chain with one.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
            has_let(&binary.left) || has_let(&binary.right)
        }
        _ => false,
    }
}

/// Returns whether a pattern takes every value: `_`, or a name in lower case without a guard.
fn is_catch_all(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        // A name with a capital may be a constant or a variant.
        Pat::Ident(name) => {
            name.subpat.is_none()
                && name.ident.to_string().starts_with(|c: char| c.is_lowercase() || c == '_')
        }
        _ => false,
    }
}

/// Returns a text shortened in its middle.
fn shorten(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= MAX_SHOWN {
        return text.to_owned();
    }
    let half = MAX_SHOWN / 2;
    let (start, end) = (&characters[..half], &characters[characters.len() - half..]);
    format!("{} … {}", start.iter().collect::<String>(), end.iter().collect::<String>())
}

/// Returns the name of a type without its parameters.
fn type_name(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) => {
            path.path.segments.last().map_or_else(String::new, |last| last.ident.to_string())
        }
        syn::Type::Reference(reference) => type_name(&reference.elem),
        other => one_line(&other.to_token_stream().to_string()),
    }
}

/// Returns the attributes of an expression that can have `cfg`.
fn attributes_of(expression: &Expr) -> &[Attribute] {
    match expression {
        Expr::Block(e) => &e.attrs,
        Expr::Call(e) => &e.attrs,
        Expr::If(e) => &e.attrs,
        Expr::MethodCall(e) => &e.attrs,
        Expr::Match(e) => &e.attrs,
        Expr::Assign(e) => &e.attrs,
        Expr::Return(e) => &e.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_compiled(&module.attrs) {
            return;
        }
        self.modules.push(module.ident.to_string());
        if module.content.is_some() {
            self.scope.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.scope.pop();
        } else {
            let file = module.attrs.iter().find(|a| a.path().is_ident("path")).and_then(|a| match &a.meta {
                syn::Meta::NameValue(syn::MetaNameValue {
                    value: Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(file), .. }),
                    ..
                }) => Some(file.value()),
                _ => None,
            });
            self.scan.submodules.push(Submodule { path: self.modules.clone(), file });
        }
        self.modules.pop();
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if is_compiled(&item.attrs) {
            self.scope.push(match &item.trait_ {
                Some((path, _)) => {
                    let path = path.segments.last().map_or_else(String::new, |last| last.ident.to_string());
                    format!("<{} as {path}>", type_name(&item.self_ty))
                }
                None => type_name(&item.self_ty),
            });
            visit::visit_item_impl(self, item);
            self.scope.pop();
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if is_compiled(&item.attrs) {
            self.scope.push(item.ident.to_string());
            visit::visit_item_trait(self, item);
            self.scope.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.enter(&item.attrs, &item.sig, &item.block, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.enter(&item.attrs, &item.sig, &item.block, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.enter(&item.attrs, &item.sig, body, item);
        }
    }

    // Constants are computed by the compiler, which cannot ask the environment. A static is computed so too, but for closures in
    // it, which are few.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    // Lengths of arrays, arguments of generics and discriminants are constants as well.
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_generics(&mut self, _: &'ast syn::Generics) {}
    fn visit_angle_bracketed_generic_arguments(&mut self, _: &'ast syn::AngleBracketedGenericArguments) {}
    fn visit_item_enum(&mut self, _: &'ast syn::ItemEnum) {}
    fn visit_item_struct(&mut self, _: &'ast syn::ItemStruct) {}

    // A pattern has no expressions that run. Guards are taken from the arms.
    fn visit_pat(&mut self, _: &'ast Pat) {}

    // What a macro makes of its words is not known here.
    fn visit_macro(&mut self, _: &'ast syn::Macro) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::Local(local) if !is_compiled(&local.attrs) => return,
            Stmt::Local(local) => {
                if let Some((_, otherwise)) = local.init.as_ref().and_then(|init| init.diverge.as_ref())
                    && let Expr::Block(block) = &**otherwise
                {
                    self.leaving = block.block.stmts.last().map(|last| last.span().byte_range().start);
                }
            }
            Stmt::Expr(expression, semicolon) => {
                if !is_compiled(attributes_of(expression)) {
                    return;
                }
                if semicolon.is_some() && attributes_of(expression).is_empty() {
                    self.statement(expression, statement);
                }
            }
            _ => {}
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        if self.function.is_none() || !is_compiled(attributes_of(expression)) {
            return visit_items_only(self, expression);
        }
        match expression {
            Expr::If(choice) => {
                if has_let(&choice.cond) {
                    self.chain(&choice.cond);
                } else {
                    self.decide("condition", &choice.cond, true, "if");
                    self.decide("condition", &choice.cond, false, "if");
                }
            }
            // `while true` would not end, and a mutant that is noticed by waiting costs the most.
            Expr::While(repeated) if !has_let(&repeated.cond) => {
                self.decide("condition", &repeated.cond, false, "while");
            }
            Expr::Match(choice) => {
                self.visit_expr(&choice.expr);
                return self.arms(&choice.arms);
            }
            Expr::Binary(binary) => self.binary(binary, expression),
            Expr::MethodCall(call) => {
                self.method(call, expression);
                if operators::CAPACITY.contains(&call.method.to_string().as_str()) {
                    return self.visit_expr(&call.receiver);
                }
            }
            Expr::Call(call) => {
                if let Expr::Path(path) = &*call.func
                    && path
                        .path
                        .segments
                        .last()
                        .is_some_and(|s| operators::CAPACITY.contains(&s.ident.to_string().as_str()))
                {
                    return;
                }
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
                let change = format!("`{}` without `!`", self.shown(expression));
                self.negate("not", expression, change);
            }
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => {
                if let Ok(value) = number.base10_parse::<u64>() {
                    let more = format!("{}{}", value.saturating_add(1), number.suffix());
                    let change = format!("`{number}` → `{more}`");
                    self.replace("literal", expression, &more, change);
                }
            }
            // The length of `[0; 3]` is a constant.
            Expr::Repeat(repeated) => return self.visit_expr(&repeated.expr),
            _ => {}
        }
        visit::visit_expr(self, expression);
    }
}

/// Does nothing with an expression outside functions: constants and statics are not changed.
fn visit_items_only(_: &mut Visitor<'_>, _: &Expr) {}
