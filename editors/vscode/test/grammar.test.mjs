// The grammars, as the editor reads them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const { Registry, parseRawGrammar } = require("vscode-textmate");

const files = {
  "source.odata": "odata",
  "text.xml.fetchxml": "fetchxml",
  "dvkit.injection": "injection",
};
// A language with strings, into which queries are injected.
const host = {
  scopeName: "source.test",
  patterns: [{ name: "string.quoted.test", begin: '"', end: '"' }],
};

const wasm = readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => {
    if (scope === "source.test") return host;
    const url = new URL(`../syntaxes/${files[scope]}.tmLanguage.json`, import.meta.url);
    return parseRawGrammar(readFileSync(url, "utf8"), "grammar.json");
  },
  getInjections: (scope) => (scope === "source.test" ? ["dvkit.injection"] : undefined),
});

/** Returns the innermost scope of each token of a line, with its text. */
async function scopes(grammar, line) {
  const loaded = await registry.loadGrammar(grammar);
  return loaded
    .tokenizeLine(line, null)
    .tokens.map((token) => [line.slice(token.startIndex, token.endIndex), token.scopes.at(-1)]);
}

async function has(grammar, line, expected) {
  const found = await scopes(grammar, line);
  for (const [text, scope] of expected) {
    assert.ok(
      found.some(([part, name]) => part === text && name.startsWith(scope)),
      `${text} is ${scope} in ${JSON.stringify(found)}`,
    );
  }
}

test("a request has options, names, operators and values", async () => {
  await has("source.odata", "contacts?$select=fullname&$filter=statecode eq 0 and contains(lastname,'O''Neil')", [
    ["$select", "keyword.other.option"],
    ["fullname", "variable.other.property"],
    ["eq", "keyword.operator.word"],
    ["0", "constant.numeric"],
    ["contains", "support.function"],
    ["''", "constant.character.escape"],
  ]);
  await has("source.odata", "# a comment", [["# a comment", "comment.line"]]);
});

test("FetchXML has tags, attributes and values", async () => {
  await has("text.xml.fetchxml", "<condition attribute='name' operator='eq' value='{x}' />", [
    ["condition", "entity.name.tag"],
    ["attribute", "entity.other.attribute-name"],
    ["{x}", "variable.other.placeholder"],
  ]);
});

test("queries in strings of programs are coloured, and the string ends where it ends", async () => {
  const line = `x = "accounts?$select=name&$filter=name eq 'a'"; y = "plain $text";`;
  await has("source.test", line, [
    ["$select", "keyword.other.option"],
    ["eq", "keyword.operator.word"],
    ["; y = ", "source.test"],
    ["plain $text", "string.quoted.test"],
  ]);
  await has("source.test", `x = "<fetch top='1'><entity name='account'/></fetch>"; y`, [
    ["fetch", "entity.name.tag"],
    ["; y", "source.test"],
  ]);
});
