/** Where a Python with Tunesmith may be, and what to say when none has it. */

import { posix, win32 } from "node:path";

export interface Places {
  /** The setting `tunesmith.interpreter`; when there is one, nothing else is tried. */
  setting: string;
  /** What the Python extension has chosen. */
  active: string | undefined;
  /** Workspace folders that may be trusted, first one first. */
  folders: readonly string[];
  home: string;
  windows: boolean;
}

/** The Pythons to try, best first. */
export function candidates({ setting, active, folders, home, windows }: Places): string[] {
  if (setting !== "") return [expand(setting, home, folders[0])];
  const { join } = windows ? win32 : posix;
  const inVenv = windows ? [".venv", "Scripts", "python.exe"] : [".venv", "bin", "python"];
  const venvs = folders.map((folder) => join(folder, ...inVenv));
  return [...new Set([...(active ? [active] : []), ...venvs, "python3", "python"])];
}

function expand(path: string, home: string, folder: string | undefined): string {
  const atHome = path.replace(/^~(?=$|[\\/])/, () => home);
  return folder === undefined ? atHome : atHome.replaceAll("${workspaceFolder}", () => folder);
}

/** How running a Python failed: the fields of Node's error that say something. */
export interface Failure {
  code?: number | string | null;
  killed?: boolean;
  message: string;
  stderr?: string;
}

/** A failure in a few words. */
export function reason({ code, killed, message, stderr = "" }: Failure): string {
  if (code === "ENOENT") return "not found";
  if (killed === true) return "did not answer";
  const said = stderr.trim().split("\n").at(-1);
  // Python opens the line with its own path, which stands beside the reason already.
  return said ? said.replace(/^.*: (?=No module named )/, "") : message;
}

/** A Python that could not run Tunesmith. */
export interface Attempt {
  python: string;
  reason: string;
}

/** A search for a Python: what was found, and what was wrong with those tried before. */
export interface Search {
  python: string | undefined;
  attempts: readonly Attempt[];
  setting: string;
  trusted: boolean;
}

/** What to tell a person after a search that found nothing. */
export function noPythonMessage({ attempts, setting, trusted }: Search): string {
  const tried = attempts.map((attempt) => `${attempt.python} (${attempt.reason})`).join(", ");
  if (setting !== "") {
    return (
      `tunesmith.interpreter names a Python that cannot run Tunesmith: ${tried}. ` +
      'Install the Python package "tunesmith" into it, or name another.'
    );
  }
  return (
    `Found no Python that can run Tunesmith. Tried ${tried}. ` +
    'Install the Python package "tunesmith" into one of them, or name another in tunesmith.interpreter.' +
    (trusted ? "" : " One inside the workspace is tried once you trust the workspace.")
  );
}
