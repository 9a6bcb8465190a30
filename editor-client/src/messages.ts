// Written by `make generate` from server/tunesmith/wire/editor.py.

export const RUN_DID_EMIT = "tunesmith/run/didEmit";
export const RUN_LIST = "tunesmith/run/list";
export const RUN_EVENTS = "tunesmith/run/events";
export const PREVIEW_COMMAND = "tunesmith.server.preview";
export const FINE_TUNE_COMMAND = "tunesmith.server.fineTune";
export const EVALUATE_COMMAND = "tunesmith.server.evaluate";
export const TOKENS_COMMAND = "tunesmith.server.tokens";
export const CANCEL_COMMAND = "tunesmith.server.cancelRun";

/** A run as an editor shows it; the texts are final. */
export interface RunView {
  runId: string;
  kind: "train" | "evaluate" | "plan";
  status: "starting" | "running" | "finished" | "failed" | "cancelled" | "lost";
  promptUri: string;
  /** A few words for a status bar. */
  label: string;
  /** A few lines: the scores so far, each with split, interval and the base model's beside it. */
  tooltip: string;
  /** Of the last event; ask `tunesmith/run/events` for what comes after. */
  seq: number;
  runDir: string;
  /** Absolute path, once there is one. */
  report?: string | null;
}

/** Server to client, at most ten a second for each run. */
export interface RunDidEmit {
  runId: string;
  state: RunView;
  events: Record<string, unknown>[];
}

/** Newest first. */
export interface RunListResult {
  runs: RunView[];
}

/** Ask for all events of a run after `sinceSeq`. */
export interface RunEventsParams {
  runId: string;
  sinceSeq?: number;
}

/** Each event once, in order. */
export interface RunEventsResult {
  events: Record<string, unknown>[];
}

/** Argument of the preview, tokens, fine-tune and evaluate commands. */
export interface PromptParams {
  uri: string;
  /** Preview and tokens: which row of the data, from 1. */
  row?: number | null;
  /** Fine-tune only: options by name, in place of those in the prompt. */
  overrides?: Record<string, boolean | number | string> | null;
  /** Fine-tune only: of everything random in the run. */
  seed?: number;
  /** Fine-tune only: the control in which nothing true can be learned. */
  shuffleLabels?: boolean;
}

/** Argument of the cancel command. */
export interface RunParams {
  runId: string;
}

/** Answer of the preview command. */
export interface PreviewResult {
  row: number;
  rendered: string;
  output: string;
  tokens: number;
  seconds: number;
  stopped: boolean;
}

/** Answer of the tokens command. */
export interface TokensResult {
  row: number;
  /** The page: the row token for token, and the lengths of all rows. */
  text: string;
  /** Where the editor was asked to show it; None for one that cannot. */
  uri?: string | null;
}
