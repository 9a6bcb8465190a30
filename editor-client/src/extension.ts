/** Joins the commands, the status bar and the server; what they do is the server's to decide. */

import { commands, type ExtensionContext, type Uri, window, workspace } from "vscode";
import { watchAssociations } from "./association";
import {
  CANCEL_COMMAND,
  EVALUATE_COMMAND,
  FINE_TUNE_COMMAND,
  PREVIEW_COMMAND,
  type PromptParams,
  type RunParams,
  TOKENS_COMMAND,
} from "./messages";
import { onPythonChosen } from "./python";
import { isGoing } from "./runs";
import { openReport, RunStatus } from "./runStatus";
import { Server } from "./server";

let active: Server | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("Tunesmith", { log: true });
  const status = new RunStatus();
  const server = new Server(log, status);
  active = server;
  const { registerCommand } = commands;
  const refresh = () => void server.refresh();
  context.subscriptions.push(
    log,
    status,
    registerCommand("tunesmith.preview", withPrompt(server, PREVIEW_COMMAND)),
    registerCommand("tunesmith.fineTune", withPrompt(server, FINE_TUNE_COMMAND)),
    registerCommand("tunesmith.evaluate", withPrompt(server, EVALUATE_COMMAND)),
    registerCommand("tunesmith.tokens", withPrompt(server, TOKENS_COMMAND, askForRow)),
    registerCommand("tunesmith.cancelRun", () => cancelRun(server, status)),
    registerCommand("tunesmith.restartServer", () => server.restart()),
    registerCommand("tunesmith.showLogs", () => log.show()),
    registerCommand("tunesmith.openReport", () => {
      const report = status.shown?.report;
      return report ? openReport(report) : undefined;
    }),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("tunesmith.interpreter")) void server.restart();
    }),
    workspace.onDidGrantWorkspaceTrust(refresh),
    watchAssociations(context.globalState),
  );
  void server.restart();
  onPythonChosen(refresh).catch((error: unknown) => log.error(error as Error));
}

/** Lets the server end in order. */
export async function deactivate(): Promise<void> {
  await active?.dispose();
}

/** A command on the prompt that was clicked or is in the active editor, and on the row that `ask` finds. */
function withPrompt(server: Server, command: string, ask?: () => Promise<number | undefined>) {
  return async (clicked?: Uri) => {
    const uri = clicked ?? window.activeTextEditor?.document.uri;
    if (uri === undefined) {
      await window.showWarningMessage("Open a .prompt file first.");
      return;
    }
    const row = ask === undefined ? null : await ask();
    if (row === undefined) return;
    const params: PromptParams = { uri: uri.toString(), row };
    await server.execute(command, params);
  };
}

/** The row of the data that somebody wants to see; nothing if they think better of it. */
async function askForRow(): Promise<number | undefined> {
  const answer = await window.showInputBox({
    prompt: "Row of the training data, from 1",
    value: "1",
    validateInput: (text) => (/^[1-9]\d{0,8}$/.test(text) ? undefined : "A whole number from 1"),
  });
  return answer === undefined ? undefined : Number(answer);
}

async function cancelRun(server: Server, status: RunStatus): Promise<void> {
  const run = status.shown;
  if (run === undefined || !isGoing(run)) {
    await window.showInformationMessage("No run is going on.");
    return;
  }
  const params: RunParams = { runId: run.runId };
  await server.execute(CANCEL_COMMAND, params);
}
