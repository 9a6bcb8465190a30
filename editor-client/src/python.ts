/** Tries the Pythons of this machine until one runs Tunesmith. */

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { promisify } from "node:util";
import { extensions, type Uri, workspace } from "vscode";
import { type Attempt, candidates, type Failure, reason, type Search } from "./interpreter";

/** Keeps files of the workspace from being imported in place of the modules they are named like. */
export const PYTHON_ENV = { PYTHONSAFEPATH: "1" };

const PROBE_LIMIT_MS = 30_000;

/** The part used here of what the Python extension exports. */
interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: Uri): { path: string };
    resolveEnvironment(path: {
      path: string;
    }): Promise<{ executable: { uri: Uri | undefined } } | undefined>;
    onDidChangeActiveEnvironmentPath(listener: () => void): void;
  };
}

/** Looks for the first Python that runs Tunesmith. */
export async function findPython(): Promise<Search> {
  const setting = workspace.getConfiguration("tunesmith").get("interpreter", "").trim();
  const trusted = workspace.isTrusted;
  const attempts: Attempt[] = [];
  for (const python of await pythons(setting, trusted)) {
    // One after another, since the first that works is the one to take.
    // oxlint-disable-next-line no-await-in-loop
    const problem = await probe(python);
    if (problem === undefined) return { python, attempts, setting, trusted };
    attempts.push({ python, reason: problem });
  }
  return { python: undefined, attempts, setting, trusted };
}

async function pythons(setting: string, trusted: boolean): Promise<string[]> {
  // A Python inside the workspace is code of the workspace.
  const folders = trusted ? (workspace.workspaceFolders ?? []) : [];
  return candidates({
    setting,
    active: trusted && setting === "" ? await activePython() : undefined,
    folders: folders.map((folder) => folder.uri.fsPath),
    home: homedir(),
    windows: process.platform === "win32",
  });
}

/** Calls `listener` whenever another Python is chosen in the Python extension. */
export async function onPythonChosen(listener: () => void): Promise<void> {
  const environments = (await pythonExtension())?.environments;
  environments?.onDidChangeActiveEnvironmentPath(listener);
}

async function activePython(): Promise<string | undefined> {
  try {
    const environments = (await pythonExtension())?.environments;
    const active = environments?.getActiveEnvironmentPath(workspace.workspaceFolders?.[0]?.uri);
    return active && (await environments?.resolveEnvironment(active))?.executable.uri?.fsPath;
  } catch {
    // It is another's code and only a hint: without it there are other places to look.
    return undefined;
  }
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  return extensions.getExtension<PythonExtension>("ms-python.python")?.activate();
}

/** What keeps `python` from running Tunesmith. */
async function probe(python: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(python, ["-m", "tunesmith", "--version"], {
      // As the server will be: version managers choose by folder.
      cwd: workspace.workspaceFolders?.[0]?.uri.fsPath,
      env: { ...process.env, ...PYTHON_ENV },
      timeout: PROBE_LIMIT_MS,
    });
    return undefined;
  } catch (error) {
    return reason(error as Failure);
  }
}
