/** The language server's life: found, started, started again. */

import { commands, type Disposable, type LogOutputChannel, Uri, ViewColumn, window } from "vscode";
import {
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  type ShowDocumentParams,
  State,
} from "vscode-languageclient/node";
import { noPythonMessage, type Search } from "./interpreter";
import { RUN_DID_EMIT, RUN_LIST, type RunDidEmit, type RunListResult } from "./messages";
import { findPython, PYTHON_ENV } from "./python";
import type { RunStatus } from "./runStatus";

const SELECTOR = [
  { scheme: "file", language: "dotprompt" },
  { scheme: "file", pattern: "**/*.prompt" },
];

export class Server implements Disposable {
  private client: LanguageClient | undefined;
  private python: string | undefined;
  private lastStart: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: LogOutputChannel,
    private readonly status: RunStatus,
  ) {}

  /** Starts the server, or starts it again; of several calls each waits for the one before. */
  restart(): Promise<void> {
    return this.inTurn(async () => this.startWith(await findPython()));
  }

  /** Starts the server again if another Python is now the one to take. */
  refresh(): Promise<void> {
    return this.inTurn(async () => {
      const search = await findPython();
      if (search.python !== this.python) await this.startWith(search);
    });
  }

  /** Asks the server to run one of its commands; what goes wrong is shown, never thrown. */
  async execute(command: string, argument: object): Promise<void> {
    try {
      await this.lastStart;
      if (this.client === undefined) throw new Error("The language server is not running.");
      const params = { command, arguments: [argument] };
      await this.client.sendRequest(ExecuteCommandRequest.type, params);
    } catch (error) {
      void this.showProblem((error as Error).message);
    }
  }

  async dispose(): Promise<void> {
    await this.inTurn(() => this.stop());
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.lastStart = this.lastStart.then(work).catch((error: unknown) => {
      this.log.error(error as Error);
    });
    return this.lastStart;
  }

  private async startWith(search: Search): Promise<void> {
    await this.stop();
    this.python = search.python;
    for (const attempt of search.attempts) this.log.warn(`${attempt.python}: ${attempt.reason}`);
    if (search.python === undefined) {
      void this.showProblem(noPythonMessage(search), "Open Setting");
      return;
    }
    this.client = this.newClient(search.python);
    await this.client.start();
  }

  private newClient(python: string): LanguageClient {
    this.log.info(`starting ${python} -m tunesmith serve`);
    // The client runs it in the first workspace folder.
    const server = {
      command: python,
      args: ["-m", "tunesmith", "serve"],
      options: { env: PYTHON_ENV },
    };
    const options: LanguageClientOptions = {
      documentSelector: SELECTOR,
      outputChannel: this.log,
      middleware: { window: { showDocument: showBeside } },
    };
    const client = new LanguageClient("tunesmith", "Tunesmith", server, options);
    client.onNotification(RUN_DID_EMIT, ({ state }: RunDidEmit) => this.status.update(state));
    client.onDidChangeState(({ newState }) => void this.onState(client, newState));
    return client;
  }

  /** Runs outlive the server, so each new server is asked for those it finds. */
  private async onState(client: LanguageClient, state: State): Promise<void> {
    this.status.replace([]);
    if (state !== State.Running) return;
    try {
      this.status.replace((await client.sendRequest<RunListResult>(RUN_LIST, {})).runs);
    } catch (error) {
      this.log.error(error as Error);
    }
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // A server that cannot be stopped in order has ended already.
      this.log.error(error as Error);
    }
  }

  private async showProblem(message: string, ...more: "Open Setting"[]): Promise<void> {
    const choice = await window.showErrorMessage(message, ...more, "Show Logs");
    if (choice === "Show Logs") this.log.show();
    if (choice === "Open Setting") {
      await commands.executeCommand("workbench.action.openSettings", "tunesmith.interpreter");
    }
  }
}

/** Shows a page of the server's without hiding the prompt that it is about. */
async function showBeside({ uri }: ShowDocumentParams): Promise<{ success: boolean }> {
  await window.showTextDocument(Uri.parse(uri), {
    preserveFocus: true,
    viewColumn: ViewColumn.Beside,
  });
  return { success: true };
}
