//! Translates expressions of Visual Basic to C#: what follows the first words of a statement.

use super::visual_basic::Translator;
use super::visual_basic_tokens::TokenKind;

/// The words behind which a statement goes on in the next line.
const CONTINUED: [&str; 13] =
    ["andalso", "orelse", "and", "or", "xor", "not", "is", "isnot", "like", "mod", "in", "from", "with"];

/// Words with the same meaning as a sign or a word of C#.
const WORDS: [(&str, &str); 24] = [
    ("nothing", "null"),
    ("me", "this"),
    ("mybase", "base"),
    ("true", "true"),
    ("false", "false"),
    ("andalso", "&&"),
    ("and", "&"),
    ("orelse", "||"),
    ("or", "|"),
    ("xor", "^"),
    ("not", "!"),
    ("is", "=="),
    ("isnot", "!="),
    ("like", "=="),
    ("mod", "%"),
    ("return", "return"),
    ("throw", "throw"),
    ("await", "await"),
    ("new", "new"),
    ("addressof", ""),
    ("vbcrlf", "\"\\n\""),
    ("vblf", "\"\\n\""),
    ("vbnewline", "\"\\n\""),
    ("vbtab", "\"\\t\""),
];

/// What a round or curly bracket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Plain,
    /// That of an index, which C# writes `[ … ]`.
    Index,
    /// `CType(value, type)`, which C# writes `(value as type)`.
    Cast,
    /// `If(condition, a, b)`, which C# writes `(condition ? a : b)`; the number of commas so far.
    Choice(usize),
    Curly,
}

impl Translator<'_> {
    /// Adds the token at the position as it is.
    pub(super) fn copy(&mut self) {
        let Some(token) = self.tokens.get(self.at) else { return };
        if !self.at.checked_sub(1).is_some_and(|before| matches!(self.text_at(before), "." | "?.")) {
            self.code.synthetic(" ");
        }
        self.code.source(token.range.clone());
        self.at += 1;
    }

    pub(super) fn replace(&mut self, text: &str) {
        self.code.synthetic(text);
        self.at += 1;
    }

    /// Translates the rest of a statement.
    pub(super) fn expression(&mut self) {
        let mut is_target = !self.compares;
        while self.at < self.tokens.len() {
            match self.kind_at(self.at) {
                Some(TokenKind::Line) if self.continues() => self.at += 1,
                Some(TokenKind::Line) => break,
                _ => {}
            }
            if self.at >= self.tokens.len() || self.kind_at(self.at) == Some(TokenKind::Line) {
                continue;
            }
            let word = self.word(0);
            match (word.as_str(), self.sign(0)) {
                ("then", _) => {
                    self.compares = false;
                    self.replace(") {\n");
                    if self.is_line_end(self.at) {
                        return;
                    }
                    // `If a Then b` on one line.
                    self.closes += 1;
                    is_target = true;
                    continue;
                }
                ("if", _) if self.closes > 0 && self.sign(1) != "(" => {
                    self.compares = true;
                    is_target = false;
                    self.replace(" if (");
                    continue;
                }
                ("else", _) if self.brackets.is_empty() => {
                    self.code.synthetic("; } else {");
                    self.at += 1;
                    is_target = true;
                    continue;
                }
                (_, ":") if self.brackets.is_empty() => break,
                (_, "=") if self.brackets.is_empty() && is_target => {
                    is_target = false;
                    self.replace(" = ");
                    continue;
                }
                (_, "=") => {
                    let is_member =
                        self.brackets.last() == Some(&Bracket::Curly) && self.is_initialized_member();
                    self.replace(if is_member { " = " } else { " == " });
                    continue;
                }
                _ => {}
            }
            if !self.token() {
                // A lambda of several lines, whose statements come next.
                return;
            }
        }
        let end = std::mem::replace(&mut self.statement_end, ";");
        self.code.synthetic(end);
        self.code.synthetic(&" }".repeat(std::mem::take(&mut self.closes)));
        self.code.synthetic("\n");
    }

    /// Returns whether the `=` at the position follows `.Name` at the beginning of a member.
    fn is_initialized_member(&self) -> bool {
        self.at.checked_sub(2).is_some_and(|dot| self.text_at(dot) == ".")
    }

    /// Adds the object of `With`, if the token at the position is the dot of its member.
    fn member_of_with(&mut self) {
        if self.sign(0) == "."
            && let Some(target) = self.with.last()
        {
            let target = format!(" {target}");
            self.code.synthetic(&target);
        }
    }

    /// Returns whether the statement goes on behind the end of the line at the position.
    fn continues(&self) -> bool {
        if !self.brackets.is_empty() {
            return true;
        }
        let mut next = self.at;
        while self.kind_at(next) == Some(TokenKind::Line) {
            next += 1;
        }
        if self.kind_at(next) == Some(TokenKind::Sign) && matches!(self.text_at(next), ")" | "}") {
            return true;
        }
        let Some(last) = self.at.checked_sub(1) else { return false };
        let text = self.text_at(last);
        match self.kind_at(last) {
            Some(TokenKind::Sign) => !matches!(text, ")" | "}" | ":" | "!" | "?" | ">" | "]"),
            Some(TokenKind::Word) => {
                CONTINUED.iter().any(|word| text.eq_ignore_ascii_case(word))
                    && last.checked_sub(1).is_none_or(|before| !matches!(self.text_at(before), "." | "?."))
            }
            _ => false,
        }
    }

    /// Translates one token of an expression. Returns whether the statement goes on.
    pub(super) fn token(&mut self) -> bool {
        let Some(token) = self.tokens.get(self.at).cloned() else { return true };
        match token.kind {
            TokenKind::Text => {
                self.code.synthetic(" @");
                self.code.source(token.range);
                self.at += 1;
            }
            TokenKind::Interpolated => {
                self.code.synthetic(" @");
                self.code.source(token.range);
                self.at += 1;
            }
            TokenKind::Xml => {
                self.xml.push(token.range);
                self.replace(" null");
            }
            // A number of digits is the same in C#; dates and numbers with a type are not known.
            TokenKind::Number if self.text_at(self.at).bytes().all(|b| b.is_ascii_digit()) => self.copy(),
            TokenKind::Number => self.replace(" value"),
            TokenKind::Line => self.at += 1,
            TokenKind::Sign => self.sign_token(),
            TokenKind::Word => return self.word_token(),
        }
        true
    }

    fn sign_token(&mut self) {
        match self.sign(0) {
            "&" => self.replace(" + "),
            "&=" => self.replace(" += "),
            "<>" => self.replace(" != "),
            ":=" => self.replace(": "),
            "=" => self.replace(" = "),
            "^" | "\\" => self.replace(" * "),
            "(" if self.word(1) == "of" => self.skip_brackets(),
            "(" => {
                let is_index = self.is_index();
                self.brackets.push(if is_index { Bracket::Index } else { Bracket::Plain });
                self.replace(if is_index { "[" } else { "(" });
            }
            ")" => {
                let is_index = self.brackets.pop() == Some(Bracket::Index);
                self.replace(if is_index { "]" } else { ")" });
            }
            "{" => {
                let before = self.at.checked_sub(1).map_or("", |before| self.text_at(before));
                let is_initializer = before.eq_ignore_ascii_case("with")
                    || before.eq_ignore_ascii_case("from")
                    || before == ")"
                    || self.brackets.last() == Some(&Bracket::Curly) && matches!(before, "{" | ",");
                self.brackets.push(Bracket::Curly);
                self.replace(if is_initializer { " {" } else { " new[] {" });
            }
            "}" => {
                self.brackets.pop();
                self.replace("}");
            }
            "," => match self.brackets.last_mut() {
                Some(Bracket::Cast) => self.replace(" as "),
                Some(Bracket::Choice(commas)) => {
                    *commas += 1;
                    let text = match *commas {
                        1 => " ? ",
                        2 => " : ",
                        _ => " ?? ",
                    };
                    self.replace(text);
                }
                _ => self.replace(","),
            },
            "." if self.begins_member() => {
                // A member in an initialiser, or of what `With` names.
                let before = self.at.checked_sub(1);
                let begins_item = before.is_some_and(|before| {
                    self.kind_at(before) == Some(TokenKind::Line) || matches!(self.text_at(before), "{" | ",")
                });
                if begins_item && self.brackets.last() == Some(&Bracket::Curly) {
                    self.at += 1;
                } else {
                    self.member_of_with();
                    self.replace(".");
                }
            }
            "." => self.replace("."),
            _ => self.copy(),
        }
    }

    /// Returns whether the `.` at the position begins a member without an object before it.
    fn begins_member(&self) -> bool {
        let Some(before) = self.at.checked_sub(1) else { return true };
        match self.kind_at(before) {
            Some(TokenKind::Sign) => !matches!(self.text_at(before), ")" | "}" | "]" | "!" | "?"),
            Some(TokenKind::Line) => true,
            // `If .Name`, but not `a.Name`.
            Some(TokenKind::Word) => self.is_apart(before),
            _ => false,
        }
    }

    /// Returns whether there is something between the token at `at` and the next one, such as a space.
    fn is_apart(&self, at: usize) -> bool {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some(token), Some(next)) => token.range.end < next.range.start,
            _ => false,
        }
    }

    /// Returns whether the bracket at the position is that of an index: it follows a variable or a collection of
    /// values, and has a string or a number in it.
    fn is_index(&self) -> bool {
        let Some(before) = self.at.checked_sub(1) else { return false };
        let name = self.text_at(before).to_ascii_lowercase();
        let is_value = matches!(
            self.kind_at(self.at + 1),
            Some(TokenKind::Text | TokenKind::Number | TokenKind::Interpolated)
        );
        let is_member = before.checked_sub(1).is_some_and(|dot| self.text_at(dot) == ".");
        let is_collection = matches!(name.as_str(), "attributes" | "formattedvalues" | "entities" | "item")
            || (!is_member && self.variables.contains(&name));
        self.kind_at(before) == Some(TokenKind::Word) && is_value && is_collection
    }

    /// Translates a word of an expression. Returns whether the statement goes on.
    fn word_token(&mut self) -> bool {
        let word = self.word(0);
        let is_member =
            self.at.checked_sub(1).is_some_and(|before| matches!(self.text_at(before), "." | "?."));
        if is_member {
            self.copy();
            return true;
        }
        match word.as_str() {
            "ctype" | "directcast" | "trycast" if self.sign(1) == "(" => {
                self.brackets.push(Bracket::Cast);
                self.at += 2;
                self.code.synthetic(" (");
            }
            "if" if self.sign(1) == "(" => {
                self.brackets.push(Bracket::Choice(self.commas()));
                self.at += 2;
                self.code.synthetic(" (");
            }
            "chr" | "chrw"
                if self.sign(1) == "(" && self.text_at(self.at + 2) == "34" && self.sign(3) == ")" =>
            {
                self.at += 4;
                self.code.synthetic(" \"\\\"\"");
            }
            "environment" if self.sign(1) == "." && self.word(2) == "newline" => {
                self.at += 3;
                self.code.synthetic(" \"\\n\"");
            }
            "new" if self.creates_array() => {
                while self.sign(0) != "(" {
                    self.at += 1;
                }
                self.skip_brackets();
                self.brackets.push(Bracket::Curly);
                self.replace(" new[] {");
            }
            "new" if self.word(1) == "with" => {
                self.at += 2;
                self.code.synthetic(" new");
            }
            "with" | "from" if self.sign(1) == "{" => {
                self.at += 1;
                self.brackets.push(Bracket::Curly);
                self.replace(" {");
            }
            "sub" | "function" if self.sign(1) == "(" => return self.lambda(),
            "async" | "iterator" | "byval" | "byref" => self.at += 1,
            other => match WORDS.iter().find(|(word, _)| *word == other) {
                Some((_, text)) => self.replace(&format!(" {text} ")),
                None => self.copy(),
            },
        }
        true
    }

    /// Returns 2 if `If(…)` at the position has only two arguments, which is `??` in C#, otherwise 0: the number of
    /// its commas before the first one.
    fn commas(&self) -> usize {
        let (mut depth, mut commas) = (0_usize, 0);
        for at in self.at + 1..self.tokens.len().min(self.at + 400) {
            match self.text_at(at) {
                "(" | "{" => depth += 1,
                ")" | "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                "," if depth == 1 => commas += 1,
                _ => {}
            }
        }
        if commas == 1 { 2 } else { 0 }
    }

    /// Returns whether `New` at the position creates an array with its elements: `New String() {`.
    fn creates_array(&self) -> bool {
        let mut at = self.at + 1;
        while self.kind_at(at) == Some(TokenKind::Word) || self.text_at(at) == "." {
            at += 1;
        }
        let closes = self.text_at(at) == "(" && self.text_at(at + 1) == ")";
        at > self.at + 1 && closes && self.text_at(at + 2) == "{"
    }

    /// Translates the beginning of a lambda. Returns whether it is on one line, so that the statement goes on.
    fn lambda(&mut self) -> bool {
        self.at += 1;
        let start = self.at;
        self.skip_brackets();
        for at in start..self.at {
            if self.kind_at(at) == Some(TokenKind::Word) {
                self.variables.insert(self.text_at(at).to_ascii_lowercase());
            }
        }
        if self.word(0) == "as" {
            self.skip_line();
        }
        if !self.is_line_end(self.at) {
            self.code.synthetic(" () => ");
            return true;
        }
        self.code.synthetic(" () => {\n");
        self.lambdas.push(std::mem::take(&mut self.brackets));
        false
    }
}
