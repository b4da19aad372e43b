import { crc32 } from 'node:zlib';
import type { OffsetsOfEpoch } from './leader-epochs.ts';

/**
 * The ledger that outlives a crash: which records above the committed offset are terminal, written into the commit's metadata.
 *
 * `kr2;<base>;<topic id>;<runs>;<checksum>`, numbers in base 36, `-` for what is not known. A run is `<gap>.<length>`, or `<gap>`
 * when it has one offset: the gap from the end of the run before it, the first one's from the base. Before a run stands
 * `<leader epoch>:` where it is not that of the run before it; the first run always says it.
 * Kafka refuses metadata above `offset.metadata.max.bytes`, by default 4,096 (OffsetMetadataManager counts UTF-16 units).
 *
 * **What is claimed is a record, not an offset.** A claim counts for the record at its offset only where that was written in the
 * very leader epoch that the claimed one was. In one log (a topic id) these two tell a record for certain, for an epoch has one
 * leader, and a leader writes each offset once; replication itself goes by that (KIP-101: a replica truncates to where epochs
 * agree), and every replica and the cleaner keep the epoch that a batch was written with. So:
 * - a clean change of the leader costs nothing: what was written before it keeps its epoch, whatever is written after it, and in
 *   whatever fetch the two come together;
 * - after an unclean one, the offsets that were written again are of another epoch, and are delivered; those below the
 *   truncation are as they were, and stay claimed. It may be an earlier epoch, too: of an old leader that comes back with records
 *   that nobody had. "No later than what was seen" would lose those;
 * - what the next owner carries on without having fetched it keeps the epoch that it was claimed in.
 * An epoch that is not known equals only one that is not known either: a transport that never tells them has the topic id
 * and the log end alone to go by.
 */
const PREFIX = 'kr2';
/** The lowest runs that fit are kept; a record that does not fit is delivered again after a crash. */
export const LONGEST_METADATA = 3_500;
/** Room for the checksum and its separator. */
const CHECKSUM_LENGTH = 9;
const FORM =
  /^kr2;([0-9a-z]{1,11});([\w-]{1,64});((?:-|[0-9a-z]{1,7}):[0-9a-z]{1,11}(?:\.[0-9a-z]{1,11})?(?:,(?:(?:-|[0-9a-z]{1,7}):)?[0-9a-z]{1,11}(?:\.[0-9a-z]{1,11})?)*)$/;
const TOPIC_ID = /^[\w-]{1,64}$/;
const UNKNOWN = '-';

/** What a ledger says of the partition that it is of. */
export interface LedgerPlace {
  /** The committed offset that it is stored with. */
  readonly base: number;
  readonly topicId: string | null;
}

/** Takes runs in ascending order, from the base on; runs of an epoch that touch become one. */
export class LedgerWriter {
  readonly #head: string;
  #runs = '';
  #pending: OffsetsOfEpoch | null = null;
  /** End of the last run that was written down. */
  #end: number;
  /** Of the last run that was written down; undefined before the first. */
  #leaderEpoch: number | null | undefined;
  #isFull = false;

  constructor({ base, topicId }: LedgerPlace) {
    this.#end = base;
    const id = topicId !== null && TOPIC_ID.test(topicId) ? topicId : UNKNOWN;
    this.#head = `${PREFIX};${base.toString(36)};${id};`;
  }

  /** False when no more fits. */
  add(run: OffsetsOfEpoch): boolean {
    if (this.#pending?.to === run.from && this.#pending.leaderEpoch === run.leaderEpoch) {
      this.#pending = { ...this.#pending, to: run.to };
      return true;
    }
    this.#flush();
    this.#pending = run;
    return !this.#isFull;
  }

  /** The metadata; null when there is no run. */
  finish(): string | null {
    this.#flush();
    if (this.#runs === '') return null;
    const body = this.#head + this.#runs;
    return `${body};${checksum(body)}`;
  }

  #flush(): void {
    if (this.#pending === null || this.#isFull) return;
    const { from, to, leaderEpoch } = this.#pending;
    this.#pending = null;
    const epoch = leaderEpoch === this.#leaderEpoch ? '' : `${leaderEpoch?.toString(36) ?? UNKNOWN}:`;
    const length = to - from === 1 ? '' : `.${(to - from).toString(36)}`;
    const text = `${this.#runs === '' ? '' : ','}${epoch}${(from - this.#end).toString(36)}${length}`;
    if (this.#head.length + this.#runs.length + text.length + CHECKSUM_LENGTH > LONGEST_METADATA) {
      this.#isFull = true;
      return;
    }
    this.#runs += text;
    this.#end = to;
    this.#leaderEpoch = leaderEpoch;
  }
}

/** `none`: there is no metadata. `ignored`: it is not ours, damaged, or of another offset or log; everything is delivered again. */
export type LedgerReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'believed'; readonly runs: readonly OffsetsOfEpoch[] };

/**
 * Reads the metadata that is stored with `base`. Believes nothing that it cannot be sure of: a duplicate beats a loss. A run
 * above the log end was written before the log was truncated or made again.
 */
export function readLedger(
  metadata: string | null,
  place: { readonly base: number; readonly topicId: string | null; readonly logEndOffset: number },
): LedgerReading {
  if (metadata === null || metadata === '') return { kind: 'none' };
  if (!metadata.startsWith(`${PREFIX};`)) return ignored('foreign');
  if (metadata.length > LONGEST_METADATA) return ignored('too-long');
  const end = metadata.lastIndexOf(';');
  const body = metadata.slice(0, end);
  if (metadata.slice(end + 1) !== checksum(body)) return ignored('damaged');
  const form = FORM.exec(body);
  if (form === null) return ignored('damaged');
  const [, base, topicId, runs] = form as unknown as readonly [string, string, string, string];
  if (parse(base) !== place.base) return ignored('stale');
  if (topicId !== UNKNOWN && place.topicId !== null && topicId !== place.topicId) return ignored('other-topic');
  const read = readRuns(runs, place.base);
  if (read === null) return ignored('damaged');
  if ((read.at(-1) as OffsetsOfEpoch).to > place.logEndOffset) return ignored('above-log-end');
  return { kind: 'believed', runs: read };
}

function readRuns(text: string, base: number): readonly OffsetsOfEpoch[] | null {
  const runs: OffsetsOfEpoch[] = [];
  let end = base;
  let leaderEpoch: number | null = null;
  for (const part of text.split(',')) {
    const [run = '', epoch] = part.split(':').reverse();
    if (epoch !== undefined) leaderEpoch = epoch === UNKNOWN ? null : parse(epoch);
    const [gap = '', length = '1'] = run.split('.');
    const from = end + parse(gap);
    const to = from + parse(length);
    // Two runs of an epoch that touch would be one; the first may begin at the base, where nothing was fetched yet.
    const isNext = from > end || runs.at(-1)?.leaderEpoch !== leaderEpoch;
    if (!isNext || !(to > from) || !Number.isSafeInteger(to)) return null;
    runs.push({ from, to, leaderEpoch });
    end = to;
  }
  return runs;
}

function parse(text: string): number {
  return Number.parseInt(text, 36);
}

function checksum(body: string): string {
  return crc32(body)
    .toString(16)
    .padStart(CHECKSUM_LENGTH - 1, '0');
}

function ignored(reason: string): LedgerReading {
  return { kind: 'ignored', reason };
}
