/** The status bar's line about the newest run, and what a click on it opens. */

import { readFile } from "node:fs/promises";
import { type Disposable, env, StatusBarAlignment, Uri, ViewColumn, window } from "vscode";
import type { RunView } from "./messages";
import { shownRun, statusText, withRun } from "./runs";

export class RunStatus implements Disposable {
  private readonly item = window.createStatusBarItem("tunesmith.run", StatusBarAlignment.Left);
  private runs: readonly RunView[] = [];

  constructor() {
    this.item.name = "Tunesmith Run";
  }

  get shown(): RunView | undefined {
    return shownRun(this.runs);
  }

  /** All runs there are, newest first. */
  replace(runs: readonly RunView[]): void {
    this.runs = runs;
    this.draw();
  }

  update(run: RunView): void {
    this.replace(withRun(this.runs, run));
  }

  dispose(): void {
    this.item.dispose();
  }

  private draw(): void {
    const run = this.shown;
    if (run === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = statusText(run);
    this.item.tooltip = run.tooltip;
    this.item.command = run.report ? "tunesmith.openReport" : "tunesmith.showLogs";
    this.item.show();
  }
}

/** Shows a report in the browser, or in a tab where the browser is on another machine. */
export async function openReport(path: string): Promise<void> {
  if (env.remoteName === undefined) {
    await env.openExternal(Uri.file(path));
    return;
  }
  const html = await readFile(path, "utf8");
  const panel = window.createWebviewPanel("tunesmith.report", "Run Report", ViewColumn.Active);
  panel.webview.html = html;
}
