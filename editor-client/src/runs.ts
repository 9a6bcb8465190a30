/** Which of the runs the status bar shows, and how. */

import type { RunView } from "./messages";

const ICONS: Record<RunView["status"], string> = {
  starting: "sync~spin",
  running: "sync~spin",
  finished: "check",
  failed: "error",
  cancelled: "circle-slash",
  lost: "warning",
};

/** `runs`, newest first, after news of one of them. */
export function withRun(runs: readonly RunView[], news: RunView): RunView[] {
  const known = runs.some((run) => run.runId === news.runId);
  return known ? runs.map((run) => (run.runId === news.runId ? news : run)) : [news, ...runs];
}

export function isGoing(run: RunView): boolean {
  return run.status === "starting" || run.status === "running";
}

/** The newest run that is going on, else the newest of all. */
export function shownRun(runs: readonly RunView[]): RunView | undefined {
  return runs.find(isGoing) ?? runs[0];
}

/** The text of the status bar; `$(name)` is an icon of VS Code's. */
export function statusText(run: RunView): string {
  return `$(${ICONS[run.status]}) ${run.label}`;
}
