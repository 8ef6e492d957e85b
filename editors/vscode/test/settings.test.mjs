// The parts that do not need the editor, as they are built.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const settings = require("../dist/settings.js");
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

const given = { path: "dvkit", org: "", programs: true };

test("the program is the one of the setting", () => {
  assert.deepEqual(settings.serverCommand(given, "/w"), { command: "dvkit", args: ["lsp"] });
  assert.equal(settings.serverCommand({ ...given, path: " " }, "/w").command, "dvkit");
  assert.equal(settings.serverCommand({ ...given, path: "${workspaceFolder}/bin/$&" }, "/w").command, "/w/bin/$&");
});

test("programs can be left out", () => {
  assert.ok(settings.languages(given).includes("csharp"));
  assert.deepEqual(settings.languages({ ...given, programs: false }), ["odata", "fetchxml"]);
});

test("the server is told the organisation only if there is one", () => {
  assert.deepEqual(settings.initializationOptions(given), {});
  assert.deepEqual(settings.initializationOptions({ ...given, org: "contoso" }), { org: "contoso" });
});

test("semantic tokens of programs are left to their own servers", () => {
  assert.ok(settings.showsSemanticTokens("odata"));
  assert.ok(!settings.showsSemanticTokens("csharp"));
});

test("a missing program is told with the setting that helps", () => {
  assert.match(settings.startFailure("dvkit", new Error("spawn dvkit ENOENT")), /dvkit\.path/);
  assert.match(settings.startFailure("dvkit", new Error("exit code 2")), /exit code 2/);
});

test("the manifest names files that exist, settings that are read and languages that are activated", () => {
  const { contributes, activationEvents } = manifest;
  const files = [
    ...contributes.languages.map((language) => language.configuration),
    ...contributes.grammars.map((grammar) => grammar.path),
  ];
  for (const file of files) {
    JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));
  }
  const source = readFileSync(new URL("../src/extension.ts", import.meta.url), "utf8");
  for (const command of contributes.commands) {
    assert.ok(source.includes(`"${command.command}"`), command.command);
  }
  for (const name of Object.keys(contributes.configuration.properties)) {
    assert.ok(name.startsWith("dvkit."), name);
  }
  for (const event of activationEvents.filter((event) => event.startsWith("onLanguage:"))) {
    assert.ok(settings.PROGRAM_LANGUAGES.includes(event.slice("onLanguage:".length)), event);
  }
});
