// Starts `dvkit lsp` and connects the editor with it.

import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

import { initializationOptions, languages, serverCommand, Settings, showsSemanticTokens, startFailure } from "./settings";

let client: LanguageClient | undefined;
let output: vscode.LogOutputChannel | undefined;

function settings(): Settings {
  const all = vscode.workspace.getConfiguration("dvkit");
  return {
    path: all.get<string>("path", "dvkit"),
    org: all.get<string>("org", ""),
    programs: all.get<boolean>("programs", true),
  };
}

async function start(): Promise<void> {
  const now = settings();
  const { command, args } = serverCommand(now, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
  const server: ServerOptions = { command, args };
  const options: LanguageClientOptions = {
    documentSelector: languages(now).flatMap((language) => [
      { scheme: "file", language },
      { scheme: "untitled", language },
    ]),
    initializationOptions: initializationOptions(now),
    outputChannel: output,
    diagnosticPullOptions: { onChange: true, onTabs: false },
    middleware: {
      provideDocumentSemanticTokens: (document, token, next) =>
        showsSemanticTokens(document.languageId) ? next(document, token) : undefined,
      provideDocumentRangeSemanticTokens: (document, range, token, next) =>
        showsSemanticTokens(document.languageId) ? next(document, range, token) : undefined,
    },
  };
  client = new LanguageClient("dvkit", "dvkit", server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    void vscode.window.showErrorMessage(startFailure(command, error));
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose();
}

async function fixAll(): Promise<void> {
  if (vscode.window.activeTextEditor) {
    await vscode.commands.executeCommand("editor.action.codeAction", { kind: "source.fixAll.dvkit", apply: "first" });
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  output = vscode.window.createOutputChannel("dvkit", { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("dvkit.restart", async () => {
      await stop();
      await start();
    }),
    vscode.commands.registerCommand("dvkit.showOutput", () => output?.show()),
    vscode.commands.registerCommand("dvkit.fixAll", fixAll),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (["dvkit.path", "dvkit.org", "dvkit.programs"].some((name) => change.affectsConfiguration(name))) {
        await stop();
        await start();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}
