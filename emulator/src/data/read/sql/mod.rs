//! Runs SQL (`?sql=SELECT …`): a statement is translated to FetchXML, which is then checked and run like every
//! other query.
//!
//! The supported statements are those of "Use SQL to query data by using the Dataverse Web API" and of the
//! service's clients: one `SELECT` with columns, `DISTINCT`, `TOP`, inner and left joins, `WHERE`, `GROUP BY`
//! with aggregates, `ORDER BY`, and `OFFSET … FETCH`. Everything else is refused: a statement is accepted only
//! if what was understood of it, written anew, is the whole statement.

mod condition;
mod select;
mod terms;

use dvkit_diagnostic::limits::MAX_ROWS_PER_RESPONSE;
use dvkit_query::QueryText;
use dvkit_query::hir::Query;
use dvkit_schema::Store;
use sqlparser::ast::{SetExpr, Statement};
use sqlparser::dialect::MsSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer, Word};

use super::super::cells::write_text;
use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::compiled::checked;
use super::paging::Position;
use super::render::{Renderer, member};
use super::request::ReadRequest;
use super::{context, page};
use crate::response::HttpResponse;
use select::Translation;
use terms::refused;

/// The longest statement that is read, in bytes: that of a URL within a batch.
const MAX_LENGTH: usize = 64 << 10;

/// The deepest nesting of expressions that is read. The parser needs much of a thread's stack for each level.
const MAX_NESTING: usize = 25;

/// The most operators, brackets and keywords of a statement: four for each of the 500 conditions that the service
/// allows ("Filter rows using FetchXML").
const MAX_OPERATORS: usize = 2_000;

/// Answers a SQL query. `outer` is the request that contains it.
///
/// # Errors
/// Returns an error if the statement is not supported, or if the check of its translation refuses it.
pub(super) fn respond(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    outer: &Query,
    sql: &str,
) -> Result<HttpResponse, ServiceError> {
    let translation = translate_on_large_stack(session.store, sql)?;
    if translation.table.logical_name != outer.table {
        return Err(refused(format_args!(
            "it selects from {}, and the request from {}",
            translation.table.logical_name, outer.table
        )));
    }
    let (checked, _) = checked(session, QueryText::FetchXml(&translation.fetchxml()), Vec::new)?;
    let most = u64::from(MAX_ROWS_PER_RESPONSE);
    let size = translation.rows.map_or(most, |rows| rows.min(most));
    let position = (translation.skipped > 0).then_some(Position::Offset(translation.skipped));
    let renderer = Renderer::new(session, request);
    let page = page::rendered(session, request, &checked, &renderer, position.as_ref(), size)?;
    let mut body = b"{".to_vec();
    if !request.format.without_metadata {
        member(&mut body, 1, "@odata.context");
        write_text(&mut body, &context::of_fetch(session, &checked.query)?);
    }
    page::annotate_total(session, request, &mut body, None);
    member(&mut body, 1, "value");
    body.push(b'[');
    body.extend_from_slice(&page.json);
    body.extend_from_slice(b"]}");
    Ok(request.response(body))
}

/// The stack of the thread that translates a statement, in bytes. A chain of operators is a tree as deep as the
/// chain is long, and the parser's library prints it by recursion.
const STACK_BYTES: usize = 64 << 20;

/// Translates a statement as [`translate`] does, on a thread of its own with a large stack.
///
/// # Errors
/// Returns an error for the same reasons as [`translate`].
fn translate_on_large_stack<'a>(store: &'a Store, sql: &str) -> Result<Translation<'a>, ServiceError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let running = thread.spawn_scoped(scope, || translate(store, sql)).map_err(refused)?;
        running.join().unwrap_or_else(|_| Err(refused("it cannot be read")))
    })
}

/// Translates a statement.
///
/// # Errors
/// Returns an error if the statement is not valid, or contains a construct that is not supported.
fn translate<'a>(store: &'a Store, sql: &str) -> Result<Translation<'a>, ServiceError> {
    if sql.len() > MAX_LENGTH {
        return Err(refused(format_args!("it has more than {MAX_LENGTH} bytes")));
    }
    let tokens = Tokenizer::new(&MsSqlDialect {}, sql).tokenize().map_err(refused)?;
    // A chain of operators becomes a deep tree, whatever the parser's limit is.
    let is_operator = |token: &&Token| {
        !matches!(token, Token::Whitespace(_) | Token::Comma | Token::Period | Token::Number(..))
            && !matches!(
                token,
                Token::SingleQuotedString(_) | Token::Word(Word { keyword: Keyword::NoKeyword, .. })
            )
    };
    if tokens.iter().filter(is_operator).count() > MAX_OPERATORS {
        return Err(refused(format_args!("it has more than {MAX_OPERATORS} operators and keywords")));
    }
    let mut parser = Parser::new(&MsSqlDialect {}).with_recursion_limit(MAX_NESTING).with_tokens(tokens);
    let statements = parser.parse_statements().map_err(refused)?;
    let [Statement::Query(query)] = statements.as_slice() else {
        return Err(refused("it has to be one SELECT"));
    };
    let SetExpr::Select(select) = &*query.body else { return Err(refused("it has to be one SELECT")) };
    Translation::of(store, query, select)
}

#[cfg(test)]
mod tests;
