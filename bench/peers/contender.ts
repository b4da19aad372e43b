import type { PeerOrdering, PeerTask } from './task.ts';

/** One that runs beside the others, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** Orders that it can keep; in another it does not take part. */
  readonly orderings: readonly PeerOrdering[];
  /** It takes part only where the topic has several partitions. */
  readonly needsPartitions?: boolean;
  /** Only where records have work, or only where they have none. */
  readonly only?: 'work' | 'no-work';
  readonly settings?: PeerTask['settings'];
  /** Settings of the runs without work, where they are others. */
  readonly settingsWithoutWork?: PeerTask['settings'];
  command(task: PeerTask): { readonly file: string; readonly arguments: readonly string[] };
}

/** One that cannot be had here, and why. */
export interface AbsentContender {
  readonly name: string;
  readonly reason: string;
}

/** One run of one contender. */
export interface PeerMeasurement {
  /** Seconds from the first handler call until the last record was handled. */
  readonly handledSeconds: number;
  /** Seconds until the broker stored offsets past all records, as an independent client reads them; null for what commits nothing. */
  readonly committedSeconds: number | null;
  /** Of the whole process, from the first handler call until the last commit; null where the system does not tell. */
  readonly cpuSeconds: number | null;
  /** Most resident memory of the process so far, start included; null where the system does not tell. */
  readonly peakMegabytes: number | null;
  /** Handler calls beyond one for each record. */
  readonly duplicates: number;
}
