/** Offers, once, to have `.prompt` files back that something else has claimed. */

import {
  ConfigurationTarget,
  type Disposable,
  type Memento,
  type TextDocument,
  window,
  workspace,
} from "vscode";

const OFFERED = "association.offered";

/** Looks at every file that is open or gets opened. */
export function watchAssociations(memory: Memento): Disposable {
  const look = (document: TextDocument) => void offer(document, memory);
  for (const document of workspace.textDocuments) look(document);
  return workspace.onDidOpenTextDocument(look);
}

async function offer({ uri, languageId }: TextDocument, memory: Memento): Promise<void> {
  const isOurs = uri.scheme === "file" && uri.path.endsWith(".prompt");
  if (!isOurs || languageId === "dotprompt" || memory.get(OFFERED)) return;
  await memory.update(OFFERED, true);
  const choice = await window.showInformationMessage(
    `This .prompt file was opened as "${languageId}". Open .prompt files as Dotprompt?`,
    "Always",
    "No",
  );
  if (choice === "Always") await associate();
}

async function associate(): Promise<void> {
  const files = workspace.getConfiguration("files");
  const present = files.inspect<Record<string, string>>("associations")?.globalValue;
  const associations = { ...present, "*.prompt": "dotprompt" };
  await files.update("associations", associations, ConfigurationTarget.Global);
}
