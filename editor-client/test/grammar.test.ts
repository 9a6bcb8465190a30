import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import {
  type IGrammar,
  INITIAL,
  type IRawGrammar,
  parseRawGrammar,
  Registry,
} from "vscode-textmate";

const PATH = "syntaxes/dotprompt.tmLanguage.json";

// The real YAML grammar comes with VS Code. This one shows where YAML is asked for, and its
// block never ends by itself, so that ending it is up to our grammar.
const YAML = {
  scopeName: "source.yaml",
  patterns: [
    { match: "[\\w.]+(?=:)", name: "key" },
    { begin: "\\|$", end: "(?!)", name: "block" },
  ],
};

/** A part of a line with its innermost scope, less the ending `.dotprompt`. */
type Part = [text: string, scope: string];

async function loadGrammar(): Promise<IGrammar> {
  const wasm = createRequire(__filename).resolve("vscode-oniguruma/release/onig.wasm");
  await loadWASM(readFileSync(wasm));
  const grammars: Record<string, IRawGrammar> = {
    "text.dotprompt": parseRawGrammar(readFileSync(PATH, "utf8"), PATH),
    "source.yaml": parseRawGrammar(JSON.stringify(YAML), "yaml.json"),
  };
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async (scope) => grammars[scope],
  });
  const grammar = await registry.loadGrammar("text.dotprompt");
  assert.ok(grammar);
  return grammar;
}

const loaded = loadGrammar();

/** The parts of each line; blanks between them are left out. */
async function parts(text: string): Promise<Part[][]> {
  const grammar = await loaded;
  let state = INITIAL;
  return text.split("\n").map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens
      .map(({ startIndex, endIndex, scopes }): Part => {
        const scope = scopes.at(-1) ?? "";
        return [line.slice(startIndex, endIndex), scope.replace(/\.dotprompt$/, "")];
      })
      .filter(([part]) => part.trim() !== "");
  });
}

/** The parts of one tag, without its braces. */
async function inTag(tag: string): Promise<Part[]> {
  const [line] = await parts(`text ${tag}`);
  return (line ?? []).slice(2, -1);
}

test("frontmatter is YAML to its closing line, comments may stand before it", async () => {
  assert.deepEqual(await parts("# by Ada\n---\nmodel: |\n  {{x}}\n---\n# Title\n---"), [
    [["# by Ada", "comment.line.number-sign"]],
    [["---", "punctuation.definition.frontmatter.begin"]],
    [
      ["model", "key"],
      [": ", "meta.embedded.block.yaml"],
      ["|", "block"],
    ],
    [["  {{x}}", "block"]],
    [["---", "punctuation.definition.frontmatter.end"]],
    [["# Title", "text"]],
    [["---", "text"]],
  ]);
});

test("without frontmatter all is template", async () => {
  assert.deepEqual(await parts('Say {"a": {}} to\n---\nmodel: x'), [
    [['Say {"a": {}} to', "text"]],
    [["---", "text"]],
    [["model: x", "text"]],
  ]);
});

test("comments of both forms", async () => {
  assert.deepEqual(await parts("{{!-- a }} b --}}{{! c -- }}"), [
    [
      ["{{!--", "comment.block"],
      [" a }} b ", "comment.block"],
      ["--}}", "comment.block"],
      ["{{!", "comment.block"],
      [" c -- ", "comment.block"],
      ["}}", "comment.block"],
    ],
  ]);
});

test("an escaped tag is text", async () => {
  assert.deepEqual(await parts("\\{{raw}}"), [
    [
      ["\\{{", "constant.character.escape"],
      ["raw}}", "text"],
    ],
  ]);
});

test("a tag that is never closed ends at the next one", async () => {
  assert.deepEqual(await parts("{{open {{name}}"), [
    [
      ["{{", "punctuation.definition.tag.begin"],
      ["open", "entity.name.function"],
      ["{{", "punctuation.definition.tag.begin"],
      ["name", "variable.other"],
      ["}}", "punctuation.definition.tag.end"],
    ],
  ]);
});

const TAGS: Record<string, Part[]> = {
  "{{名字}}": [["名字", "variable.other"]],
  "{{{html}}}": [["html", "variable.other"]],
  "{{~@index~}}": [["@index", "variable.language"]],
  '{{role "user"}}': [
    ["role", "support.function"],
    ['"', "string.quoted.double"],
    ["user", "string.quoted.double"],
    ['"', "string.quoted.double"],
  ],
  "{{shout name}}": [
    ["shout", "entity.name.function"],
    ["name", "variable.other"],
  ],
  "{{#each items as |item|}}": [
    ["#", "keyword.operator.block"],
    ["each", "keyword.control"],
    ["items", "variable.other"],
    ["as", "keyword.control"],
    ["|", "punctuation.definition.parameters.begin"],
    ["item", "variable.parameter"],
    ["|", "punctuation.definition.parameters.end"],
  ],
  "{{else if (lookup map true)}}": [
    ["else", "keyword.control"],
    ["if", "keyword.control"],
    ["(", "punctuation.section.parens.begin"],
    ["lookup", "support.function"],
    ["map", "variable.other"],
    ["true", "constant.language"],
    [")", "punctuation.section.parens.end"],
  ],
  "{{^}}": [["^", "keyword.operator.block"]],
  "{{/each}}": [
    ["/", "keyword.operator.block"],
    ["each", "keyword.control"],
  ],
  "{{> _style n=-1.5}}": [
    [">", "keyword.operator.partial"],
    ["_style", "entity.name.function.partial"],
    ["n", "entity.other.attribute-name"],
    ["=", "keyword.operator.assignment"],
    ["-1.5", "constant.numeric"],
  ],
};

for (const [tag, expected] of Object.entries(TAGS)) {
  test(`the parts of ${tag}`, async () => {
    assert.deepEqual(await inTag(tag), expected);
  });
}
