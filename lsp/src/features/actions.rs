//! Answers `textDocument/codeAction`: corrections, all certain corrections of the document, the query in the
//! other language, and comments that ignore a finding.

use dvkit_ide::editor::{Action, ActionClass};
use gen_lsp_types::{
    Code, CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, CodeActionTriggerKind,
    Diagnostic, TextEdit,
};

use super::diagnostics::{self, SOURCE};
use super::{Context, Failure};

/// The kind of the action that makes all certain corrections of a document.
pub(crate) const FIX_ALL: &str = "source.fixAll.dvkit";

/// Returns the actions for a range.
pub(crate) fn actions(
    context: &Context,
    params: CodeActionParams,
) -> Result<Option<Vec<CodeActionResponse>>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let asked = &params.context;
    let only = asked.only.as_deref();
    let is_wanted = |kind: &CodeActionKind| {
        only.is_none_or(|only| only.iter().any(|only| is_within(&kind.to_string(), &only.to_string())))
    };
    let mut actions = Vec::new();
    if is_wanted(&CodeActionKind::QuickFix) || is_wanted(&CodeActionKind::RefactorRewrite) {
        let range = context.document.bytes(params.range);
        let found = diagnostics::diagnosis(context)?.unwrap_or_default();
        for action in workspace.actions_at(file, range, &found)? {
            let action = code_action(context, action, &asked.diagnostics);
            if action.kind.as_ref().is_some_and(is_wanted) {
                actions.push(CodeActionResponse::CodeAction(action));
            }
        }
    }
    if is_wanted(&CodeActionKind::QuickFix) {
        actions.extend(ignore(context, &asked.diagnostics).map(CodeActionResponse::CodeAction));
    }
    // It checks the whole document, so it is not computed for each movement of the cursor.
    let is_invoked = only.is_some() || asked.trigger_kind != Some(CodeActionTriggerKind::Automatic);
    if is_invoked && is_wanted(&CodeActionKind::Custom(FIX_ALL.into())) {
        actions.extend(fix_all(context)?.map(CodeActionResponse::CodeAction));
    }
    Ok(Some(actions))
}

/// Returns whether the kind `kind` is `only` or a kind below it.
fn is_within(kind: &str, only: &str) -> bool {
    only.is_empty() || kind.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn code_action(context: &Context, action: Action, asked: &[Diagnostic]) -> CodeAction {
    let range = action.finding.map(|span| context.document.range(span.range()));
    let code = action.code.map(|code| code.to_string());
    let fixed: Vec<Diagnostic> = asked
        .iter()
        .filter(|diagnostic| {
            let of_code = matches!((&diagnostic.code, &code), (Some(Code::String(a)), Some(b)) if a == b);
            of_code && Some(diagnostic.range) == range
        })
        .cloned()
        .collect();
    let edits: Vec<TextEdit> =
        action.edits.iter().map(|edit| context.text_edit(edit.span.range(), &edit.replacement)).collect();
    let is_fix = action.class == ActionClass::Fix;
    CodeAction {
        title: action.title,
        kind: Some(match action.class {
            ActionClass::Fix | ActionClass::FixAll => CodeActionKind::QuickFix,
            ActionClass::Translate => CodeActionKind::RefactorRewrite,
        }),
        diagnostics: (!fixed.is_empty()).then_some(fixed),
        is_preferred: (is_fix && action.is_certain).then_some(true),
        edit: Some(context.workspace_edit(edits)),
        ..CodeAction::default()
    }
}

/// Returns the actions that add a comment which ignores a finding, for the diagnostics of this server in
/// `asked`.
fn ignore<'a>(context: &'a Context, asked: &'a [Diagnostic]) -> impl Iterator<Item = CodeAction> + 'a {
    asked.iter().filter(|diagnostic| diagnostic.source.as_deref() == Some(SOURCE)).filter_map(|diagnostic| {
        let Some(Code::String(code)) = &diagnostic.code else { return None };
        let file = context.document.source()?;
        let edit = file.ignoring(context.document.offset(diagnostic.range.start), code.parse().ok()?)?;
        Some(CodeAction {
            title: format!("ignore {code} here with a comment"),
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![diagnostic.clone()]),
            edit: Some(
                context.workspace_edit(vec![context.text_edit(edit.start..edit.end, &edit.replacement)]),
            ),
            ..CodeAction::default()
        })
    })
}

/// Returns the action that makes all certain corrections of the document; `None` if there is none.
fn fix_all(context: &Context) -> Result<Option<CodeAction>, Failure> {
    let Some(diagnosis) = diagnostics::diagnosis(context)? else { return Ok(None) };
    let edits = context.document.source().map_or_else(Vec::new, |file| diagnosis.fixes(file));
    if edits.is_empty() {
        return Ok(None);
    }
    let edits: Vec<TextEdit> =
        edits.into_iter().map(|edit| context.text_edit(edit.start..edit.end, &edit.replacement)).collect();
    Ok(Some(CodeAction {
        title: "fix all findings of dvkit that have a certain fix".to_owned(),
        kind: Some(CodeActionKind::Custom(FIX_ALL.into())),
        edit: Some(context.workspace_edit(edits)),
        ..CodeAction::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_within_those_above_them() {
        assert!(is_within("source.fixAll.dvkit", "source"));
        assert!(is_within("source.fixAll.dvkit", "source.fixAll"));
        assert!(is_within("quickfix", "") && is_within("quickfix", "quickfix"));
        assert!(!is_within("source.fixAllOfThem", "source.fixAll") && !is_within("quickfix", "refactor"));
    }
}
