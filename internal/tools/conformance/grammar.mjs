// SPDX-License-Identifier: MPL-2.0

// Reads management commands with Microsoft's own parser, as the web query editor
// does, and compares what it read with what was meant.
//
//   node grammar.mjs <file>…
//
// Each line of a file is {"text": command, "literals": [its names and strings]}, or
// {"script": text, "commands": how many of its commands are for principals}. Exits with 1
// when a command has a diagnostic other than that the securable is not known, or reads
// back as something else, or a script has another number of commands.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
// Both scripts put their names into the global scope: Bridge, then Kusto.
require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { Bridge, Kusto } = globalThis;
const { KustoCode, GlobalState, Syntax } = Kusto.Language;

// The parser knows no cluster, so no name in it: "The name … does not refer to
// any known column, table, variable or function", or "… tabular variable …".
const unknownName = new Set(["KS142", "KS204"]);

/** What Microsoft's parser makes of a command. */
function read(text) {
  const code = KustoCode.ParseAndAnalyze(text, GlobalState.Default);
  const literals = [];
  let kind = "";
  let name = null;
  let skipped = "";
  Syntax.SyntaxElement.WalkNodes(code.Syntax, (node) => {
    if (node instanceof Syntax.CustomCommand || node instanceof Syntax.Command) {
      kind = node.CommandKind;
    } else if (node instanceof Syntax.SkippedTokens) {
      skipped += node.toString(); // the parser says nothing more of them
    } else if (node instanceof Syntax.NameReference) {
      name ??= node;
      literals.push(node.SimpleName);
    } else if (node instanceof Syntax.LiteralExpression && !(node.Parent instanceof Syntax.BracketedName)) {
      literals.push(node.LiteralValue);
    }
  });
  const faults = Bridge.toArray(code.GetDiagnostics()).filter((d) => !(unknownName.has(d.Code) && within(d, name)));
  return { kind, literals, skipped, faults: faults.map((d) => `${d.Code}: ${d.Message}`) };
}

/** Whether a diagnostic is about the securable's name and nothing else. */
function within(diagnostic, name) {
  return name !== null && diagnostic.Start >= name.TextStart && diagnostic.End <= name.End;
}

function same(a, b) {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Kinds of command that give or take roles. */
const ofPrincipals = /^(Add|Drop|Set).*(Role|Admins|AuthorizedPrincipals)$/;

/** Says what is wrong with the number of commands in a script; null for nothing. */
function count({ script, commands }) {
  const code = KustoCode.Parse(`.execute database script <|\n${script}`, GlobalState.Default);
  let got = 0;
  Syntax.SyntaxElement.WalkNodes(code.Syntax, (node) => {
    if (node instanceof Syntax.CustomCommand && ofPrincipals.test(node.CommandKind)) {
      got++;
    }
  });
  return got === commands ? null : `it has ${got} commands for principals, not ${commands}`;
}

/** Says what is wrong with a command or a script; null for nothing. */
function judge(line) {
  if (line.script !== undefined) {
    return count(line);
  }
  const { text, literals } = line;
  const got = read(text);
  if (got.faults.length > 0) {
    return got.faults.join("; ");
  }
  if (got.kind === "" || got.kind === "Unknown") {
    return "it is no command that the parser knows";
  }
  if (got.skipped !== "") {
    return `the parser does not know what to make of${got.skipped}`;
  }
  if (!same(got.literals, literals)) {
    return `it reads back as ${JSON.stringify(got.literals)}, not ${JSON.stringify(literals)}`;
  }
  seen.set(got.kind, (seen.get(got.kind) ?? 0) + 1);
  return null;
}

const seen = new Map();

// What the provider sends and this version of the grammar has not. The grammar has
// the same form for every other kind. The provider asks it only where rows cannot
// be told apart otherwise, and takes a refusal for no answer.
const known = [/^\.show materialized-view \['(?:[^'\\]|\\.)*'\] principal (?:'(?:[^'\\]|\\.)*' )?roles$/];

// A parser that took anything would prove nothing: each of these must be refused,
// for what the SDK's own quoting gets wrong among others.
const wrong = [
  { text: ".add database ['S'] nosuchrole ('aaduser=a@contoso.com')", literals: ["S", "aaduser=a@contoso.com"] },
  { text: ".add table ['T'] viewers ('aaduser=a@contoso.com')", literals: ["T", "aaduser=a@contoso.com"] },
  { text: ".add database where users ('aaduser=a@contoso.com')", literals: ["where", "aaduser=a@contoso.com"] },
  { text: ".add database 1day users ('aaduser=a@contoso.com')", literals: ["1day", "aaduser=a@contoso.com"] },
  { text: '.add database database("S") users (\'aaduser=a@contoso.com\')', literals: ["S", "aaduser=a@contoso.com"] },
  { text: ".add database ['S'] users ('it''s')", literals: ["S", "it's"] },
  { text: ".add database ['S'] users ('a') '\\u1f600'", literals: ["S", "a", "😀"] },
  { text: ".add database ['S'] users ('a') 'line\nbreak'", literals: ["S", "a", "line\nbreak"] },
  { text: ".show nosuchthing ['S'] principals", literals: ["S"] },
  { text: ".set database ['S'] users", literals: ["S"] },
  { text: ".show database ['S'] principals and more", literals: ["S"] },
  { script: ".add database S users ('a')\n// .add database S users ('b')\n", commands: 2 },
];
for (const command of wrong) {
  if (judge(command) === null) {
    console.error(`The parser took a command that is wrong: ${command.text ?? command.script}`);
    process.exitCode = 1;
  }
}
seen.clear();

/** Commands that differ in ids and numbers alone are one, as far as the grammar goes: but not odd ones. */
function alike(line) {
  if (!line.startsWith('{"text":"') || /\\/.test(line)) {
    return line;
  }
  return line
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "00000000-0000-4000-8000-000000000001")
    .replaceAll(/(?<=[a-z][ -]?)[0-9]+(?=[@;'"])/g, "7"); // user12@contoso.com, 'ticket 3'
}

let total = 0;
let scripts = 0;
let excusedTotal = 0;
const failed = [];
for (const path of process.argv.slice(2)) {
  const lines = new Set(readFileSync(path, "utf8").split("\n").filter((line) => line !== "").map(alike));
  if (lines.size === 0) {
    console.error(`${path} holds no command`);
    process.exitCode = 1;
  }
  for (const line of lines) {
    const command = JSON.parse(line);
    const fault = judge(command);
    const excused = known.some((form) => form.test(command.text ?? ""));
    scripts += command.script === undefined ? 0 : 1;
    total++;
    excusedTotal += excused ? 1 : 0;
    if (excused && fault === null) {
      console.error(`The grammar has this by now; strike it from the list of what it has not: ${command.text}`);
      process.exitCode = 1;
    }
    if (fault !== null && !excused) {
      failed.push(`${command.text ?? command.script}\n  ${fault}`);
    }
  }
}
for (const line of failed.slice(0, 20)) {
  console.error(line);
}
if (failed.length > 0) {
  console.error(`${failed.length} of ${total} commands failed`);
  process.exitCode = 1;
} else {
  const kinds = [...seen].map(([kind, n]) => `${kind} ${n}`).sort();
  console.log(`Microsoft's parser read ${scripts} scripts and ${total - scripts - excusedTotal} different commands as they were meant:\n  ${kinds.join("\n  ")}`);
  console.log(`It does not have the form of ${excusedTotal} more, which are known.`);
}
