// What does not need the editor: the program to start, and the documents that the server answers for.

/** The settings of the extension, as the editor has them. */
export interface Settings {
  readonly path: string;
  readonly org: string;
  readonly programs: boolean;
}

/** The languages whose files have nothing but queries. */
export const QUERY_LANGUAGES: readonly string[] = ["odata", "fetchxml"];

/** The languages whose files can contain queries. */
export const PROGRAM_LANGUAGES: readonly string[] = [
  "csharp",
  "typescript",
  "typescriptreact",
  "javascript",
  "javascriptreact",
  "powershell",
  "python",
  "rust",
  "java",
  "vb",
  "razor",
  "aspnetcorerazor",
  "yaml",
  "json",
  "jsonl",
  "xml",
  "html",
  "liquid",
  "markdown",
  "http",
];

/** Returns the program and its arguments. `${workspaceFolder}` in the setting stands for `folder`. */
export function serverCommand(settings: Settings, folder: string | undefined): { command: string; args: string[] } {
  const path = settings.path.trim() || "dvkit";
  const command = path.replace(/\$\{workspaceFolder\}/g, () => folder ?? ".");
  return { command, args: ["lsp"] };
}

/** Returns the languages that the server answers for. */
export function languages(settings: Settings): string[] {
  return settings.programs ? [...QUERY_LANGUAGES, ...PROGRAM_LANGUAGES] : [...QUERY_LANGUAGES];
}

/** Returns what the server is told at the start. */
export function initializationOptions(settings: Settings): { org?: string } {
  return settings.org ? { org: settings.org } : {};
}

/**
 * Returns whether the editor shows the server's semantic tokens in a document of the language. The editor shows those of
 * one server only, and a program's own server knows the rest of the program.
 */
export function showsSemanticTokens(language: string): boolean {
  return QUERY_LANGUAGES.includes(language);
}

/** Returns the message for a server that cannot be started. */
export function startFailure(command: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return /ENOENT/.test(reason)
    ? `dvkit: the program \`${command}\` was not found. Install it, or say where it is in the setting \`dvkit.path\`.`
    : `dvkit: the server did not start: ${reason}`;
}
