import { openSync, writeSync } from 'node:fs';
import type { HistoryEvent } from '../../testing/checker/history.ts';
import { HistoryRecorder, type UndatedEvent } from '../../testing/witness/history-recorder.ts';
import { monotonicMs } from './member-life.ts';

/**
 * Writes each event to a file before it returns, one line of JSON each: what is handed to the operating system survives
 * SIGKILL. Keeps nothing in memory.
 */
export class EvidenceRecorder extends HistoryRecorder {
  readonly #file: number;
  readonly #zeroMs: number;

  constructor(path: string, zeroMs: number) {
    super(() => 0);
    this.#file = openSync(path, 'a');
    this.#zeroMs = zeroMs;
  }

  override record(event: UndatedEvent): void {
    const dated = { ...event, at: monotonicMs() - this.#zeroMs } as HistoryEvent;
    writeSync(this.#file, `${JSON.stringify(dated, withoutStacks)}\n`);
  }
}

function withoutStacks(_name: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { code } = value as { readonly code?: unknown };
  return { name: value.name, message: value.message, code: typeof code === 'string' ? code : null };
}
