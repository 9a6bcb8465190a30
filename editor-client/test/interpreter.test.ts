import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, noPythonMessage, type Places, reason } from "../src/interpreter";

const LINUX: Places = {
  setting: "",
  active: undefined,
  folders: ["/w/app", "/w/lib"],
  home: "/home/ada",
  windows: false,
};

test("without a setting, the nearest Python comes first", () => {
  assert.deepEqual(candidates({ ...LINUX, active: "/conda/bin/python" }), [
    "/conda/bin/python",
    "/w/app/.venv/bin/python",
    "/w/lib/.venv/bin/python",
    "python3",
    "python",
  ]);
});

test("a Python that two places name is tried once", () => {
  const active = "/w/app/.venv/bin/python";

  const found = candidates({ ...LINUX, active, folders: ["/w/app"] });

  assert.deepEqual(found, ["/w/app/.venv/bin/python", "python3", "python"]);
});

test("on Windows, an environment has its Python in Scripts", () => {
  const found = candidates({ ...LINUX, folders: ["C:\\app"], windows: true });

  assert.equal(found[0], "C:\\app\\.venv\\Scripts\\python.exe");
});

test("a setting is the only candidate", () => {
  const active = "/conda/bin/python";

  assert.deepEqual(candidates({ ...LINUX, active, setting: "/opt/py" }), ["/opt/py"]);
});

for (const [setting, expanded] of [
  ["~/envs/t/bin/python", "/home/ada/envs/t/bin/python"],
  ["~ada/bin/python", "~ada/bin/python"],
  ["${workspaceFolder}/env/bin/python", "/w/app/env/bin/python"],
] as const) {
  test(`the setting ${setting} is read as ${expanded}`, () => {
    assert.deepEqual(candidates({ ...LINUX, setting }), [expanded]);
  });
}

for (const [failure, said] of [
  [{ code: "ENOENT", message: "spawn python3 ENOENT" }, "not found"],
  [{ code: null, killed: true, message: "Command failed" }, "did not answer"],
  [
    { code: 1, message: "Command failed", stderr: "/usr/bin/python3: No module named tunesmith\n" },
    "No module named tunesmith",
  ],
  [
    { code: 1, message: "Command failed", stderr: "Traceback:\n\nImportError: no yaml\n" },
    "ImportError: no yaml",
  ],
  [{ code: "EACCES", message: "spawn /w EACCES", stderr: "" }, "spawn /w EACCES"],
] as const) {
  test(`a failed start is told as: ${said}`, () => {
    assert.equal(reason(failure), said);
  });
}

test("the message names what was tried and what to do", () => {
  const attempts = [
    { python: "/w/app/.venv/bin/python", reason: "No module named tunesmith" },
    { python: "python3", reason: "not found" },
  ];

  assert.equal(
    noPythonMessage({ python: undefined, attempts, setting: "", trusted: true }),
    "Found no Python that can run Tunesmith. " +
      "Tried /w/app/.venv/bin/python (No module named tunesmith), python3 (not found). " +
      'Install the Python package "tunesmith" into one of them, or name another in tunesmith.interpreter.',
  );
});

test("the message says what a workspace that is not trusted leaves out", () => {
  const attempts = [{ python: "python3", reason: "not found" }];

  const message = noPythonMessage({ python: undefined, attempts, setting: "", trusted: false });

  assert.match(message, /One inside the workspace is tried once you trust the workspace\.$/);
});

test("the message about a set interpreter names the setting", () => {
  const attempts = [{ python: "/opt/py", reason: "not found" }];

  assert.equal(
    noPythonMessage({ python: undefined, attempts, setting: "/opt/py", trusted: true }),
    "tunesmith.interpreter names a Python that cannot run Tunesmith: /opt/py (not found). " +
      'Install the Python package "tunesmith" into it, or name another.',
  );
});
