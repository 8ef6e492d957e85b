//! Computes the diagnostics of a document, which are pushed to the client or pulled by it.

use dvkit_diagnostic::{Code as FindingCode, Diagnostic as Finding, Severity};
use dvkit_ide::editor::{SourceDiagnosis, UnusableQuery};
use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DocumentDiagnosticParams, DocumentDiagnosticReport, FullDocumentDiagnosticReport, Location, Message,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, Uri,
};
use std::sync::Arc;

use super::{Context, Failure};

/// The page with the explanations of all codes. The anchor is the code in lower case.
const CODES: &str = "https://github.com/dvkit/dvkit/blob/main/docs/book/src/reference/rules.md";

/// The name of the source of all diagnostics of this server.
pub(crate) const SOURCE: &str = "dvkit";

/// Returns the findings of the document; `None` if there is no workspace, or if the language of the document is
/// unknown. They are computed once for each version of the document.
///
/// # Errors
/// Returns an error if the request was cancelled before all queries were checked.
pub(crate) fn diagnosis(context: &Context) -> Result<Option<Arc<SourceDiagnosis>>, Failure> {
    let Some((workspace, file)) = context.source() else { return Ok(None) };
    let is_wanted = || !context.cancellation.is_cancelled();
    let check = || match &context.root.rules {
        Some(rules) => rules.diagnose(workspace, file, &context.root.orgs, is_wanted),
        None => workspace.diagnose_source(file, &context.root.orgs, is_wanted),
    };
    match context.document.diagnosis(context.root.generation, check)? {
        None => Err(Failure::Cancelled),
        done => Ok(done),
    }
}

/// Returns the diagnostics of the document, in the order of the file.
pub(crate) fn diagnostics(context: &Context) -> Result<Vec<Diagnostic>, Failure> {
    let Some(diagnosis) = diagnosis(context)? else { return Ok(Vec::new()) };
    let mut all: Vec<Diagnostic> =
        diagnosis.findings().into_iter().map(|finding| diagnostic(context, finding)).collect();
    all.extend(diagnosis.unusable.iter().map(|query| unusable(context, query)));
    all.sort_by_key(|d| (d.range.start.line, d.range.start.character));
    Ok(all)
}

/// Answers `textDocument/diagnostic`.
pub(crate) fn pull(
    context: &Context,
    params: DocumentDiagnosticParams,
) -> Result<DocumentDiagnosticReport, Failure> {
    let id = format!("{}.{}", context.document.version, context.root.generation);
    if params.previous_result_id.as_deref() == Some(id.as_str()) {
        return Ok(DocumentDiagnosticReport::RelatedUnchangedDocumentDiagnosticReport(
            RelatedUnchangedDocumentDiagnosticReport {
                related_documents: None,
                unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id: id },
            },
        ));
    }
    Ok(report(diagnostics(context)?, Some(id)))
}

/// Returns a report of all diagnostics of a document.
pub(crate) fn report(items: Vec<Diagnostic>, result_id: Option<String>) -> DocumentDiagnosticReport {
    DocumentDiagnosticReport::RelatedFullDocumentDiagnosticReport(RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id, items },
    })
}

fn diagnostic(context: &Context, finding: &Finding) -> Diagnostic {
    let document = &context.document;
    let text = document.source().map_or("", |file| file.text());
    let mut message = finding.message.clone();
    let (beside, elsewhere): (Vec<_>, Vec<_>) = finding
        .labels
        .iter()
        .partition(|label| label.span == finding.span || !context.client.related_information);
    for label in beside {
        message.push_str(&format!("\n{}", label.message));
    }
    for advice in finding.advice(text) {
        message.push_str(&format!("\nhelp: {advice}"));
    }
    let related = elsewhere.into_iter().map(|label| DiagnosticRelatedInformation {
        location: Location { uri: document.uri.clone(), range: document.range(label.span.range()) },
        message: label.message.clone(),
    });
    let related: Vec<_> = related.collect();
    Diagnostic {
        range: document.range(finding.span.range()),
        severity: Some(severity(finding.severity)),
        code: Some(Code::String(finding.code.to_string())),
        code_description: Some(CodeDescription { href: href(finding.code) }),
        source: Some(SOURCE.to_owned()),
        message: Message::String(message),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}

/// Returns the diagnostic for a query that cannot be checked, which has no code.
fn unusable(context: &Context, query: &UnusableQuery) -> Diagnostic {
    Diagnostic {
        range: context.document.range(query.span.range()),
        severity: Some(DiagnosticSeverity::Error),
        source: Some(SOURCE.to_owned()),
        message: Message::String(query.reason.clone()),
        ..Diagnostic::default()
    }
}

fn href(code: FindingCode) -> Uri {
    Uri(format!("{CODES}#{}", code.to_string().to_ascii_lowercase()))
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Note => DiagnosticSeverity::Information,
    }
}
