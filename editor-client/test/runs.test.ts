import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunView } from "../src/messages";
import { shownRun, statusText, withRun } from "../src/runs";

function run(runId: string, status: RunView["status"], label = runId): RunView {
  return {
    runId,
    kind: "train",
    status,
    promptUri: "file:///w/review.prompt",
    label,
    tooltip: "",
    seq: 1,
    runDir: `/w/.tunesmith/runs/${runId}`,
  };
}

test("news of a known run takes its place", () => {
  const runs = [run("b", "running"), run("a", "finished")];

  const labels = withRun(runs, run("b", "running", "step 2")).map(({ label }) => label);

  assert.deepEqual(labels, ["step 2", "a"]);
});

test("a run not heard of before is the newest", () => {
  const ids = withRun([run("a", "finished")], run("b", "starting")).map(({ runId }) => runId);

  assert.deepEqual(ids, ["b", "a"]);
});

test("a run that is going on is shown before one that ended later", () => {
  assert.equal(shownRun([run("b", "cancelled"), run("a", "running")])?.runId, "a");
});

test("of runs that are over the newest is shown", () => {
  assert.equal(shownRun([run("b", "failed"), run("a", "finished")])?.runId, "b");
});

test("without runs nothing is shown", () => {
  assert.equal(shownRun([]), undefined);
});

for (const [status, text] of [
  ["starting", "$(sync~spin) review"],
  ["running", "$(sync~spin) review"],
  ["finished", "$(check) review"],
  ["failed", "$(error) review"],
  ["cancelled", "$(circle-slash) review"],
  ["lost", "$(warning) review"],
] as const) {
  test(`a run that is ${status} reads ${text}`, () => {
    assert.equal(statusText(run("a", status, "review")), text);
  });
}
