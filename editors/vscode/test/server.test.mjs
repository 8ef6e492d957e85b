// A client of the protocol's own library drives the server over standard input and output. Needs the variable DVKIT with
// the program.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const rpc = require("vscode-languageserver-protocol/node");
const settings = require("../dist/settings.js");

const program = process.env.DVKIT;

test("the server answers a client over standard input and output", { skip: program ? false : "DVKIT is not set" }, async () => {
  const { command, args } = settings.serverCommand({ path: program, org: "", programs: true }, undefined);
  const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const connection = rpc.createProtocolConnection(
    new rpc.StreamMessageReader(server.stdout),
    new rpc.StreamMessageWriter(server.stdin),
  );
  const pushed = new Promise((resolve) => {
    connection.onNotification(rpc.PublishDiagnosticsNotification.type, resolve);
  });
  connection.listen();
  const { capabilities } = await connection.sendRequest(rpc.InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: null,
    initializationOptions: settings.initializationOptions({ path: program, org: "", programs: true }),
  });
  assert.equal(capabilities.positionEncoding, "utf-16");
  await connection.sendNotification(rpc.InitializedNotification.type, {});
  const uri = "untitled:Untitled-1";
  const text = "contacts?$select=fullnme&$filter=statecode eq ";
  await connection.sendNotification(rpc.DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "odata", version: 1, text },
  });
  const { diagnostics } = await pushed;
  assert.ok(diagnostics.some((diagnostic) => diagnostic.code === "DV0203"));
  const list = await connection.sendRequest(rpc.CompletionRequest.type, {
    textDocument: { uri },
    position: { line: 0, character: text.length },
  });
  assert.equal(list.items[0].label, "0 Active");
  await connection.sendRequest(rpc.ShutdownRequest.type);
  await connection.sendNotification(rpc.ExitNotification.type);
  const code = await new Promise((resolve) => server.on("exit", resolve));
  assert.equal(code, 0);
});
