import { crc32 } from 'node:zlib';

/**
 * The ledger that outlives a crash: which records above the committed offset are terminal, written into the commit's metadata.
 *
 * `kr1;<base>;<topic id>;<leader epoch>;<runs>;<checksum>`, numbers in base 36, `-` for what is not known. A run is
 * `<gap>.<length>`, or `<gap>` when it has one offset: the gap from the end of the run before it, the first one's from the base.
 * Kafka refuses metadata above `offset.metadata.max.bytes`, by default 4,096 (OffsetMetadataManager counts UTF-16 units).
 */
const PREFIX = 'kr1';
/** The lowest runs that fit are kept; a record that does not fit is delivered again after a crash. */
export const LONGEST_METADATA = 3_500;
/** Room for the checksum and its separator. */
const CHECKSUM_LENGTH = 9;
const FORM =
  /^kr1;([0-9a-z]{1,11});([\w-]{1,64});(-|[0-9a-z]{1,7});([0-9a-z]{1,11}(?:\.[0-9a-z]{1,11})?(?:,[0-9a-z]{1,11}(?:\.[0-9a-z]{1,11})?)*)$/;
const TOPIC_ID = /^[\w-]{1,64}$/;
const UNKNOWN = '-';

/** Offsets `from` ≤ offset < `to`. */
export interface OffsetRun {
  readonly from: number;
  readonly to: number;
}

/** What a ledger says of the partition that it is of. */
export interface LedgerPlace {
  /** The committed offset that it is stored with. */
  readonly base: number;
  readonly topicId: string | null;
  /** Highest leader epoch of the records that it claims; null when it is not known. */
  readonly leaderEpoch: number | null;
}

/** Takes runs in ascending order, from the base on; runs that touch become one. */
export class LedgerWriter {
  readonly #head: string;
  #runs = '';
  #pending: OffsetRun | null = null;
  /** End of the last run that was written down. */
  #end: number;
  #isFull = false;

  constructor({ base, topicId, leaderEpoch }: LedgerPlace) {
    this.#end = base;
    const id = topicId !== null && TOPIC_ID.test(topicId) ? topicId : UNKNOWN;
    this.#head = `${PREFIX};${base.toString(36)};${id};${leaderEpoch?.toString(36) ?? UNKNOWN};`;
  }

  /** False when no more fits. */
  add(run: OffsetRun): boolean {
    if (this.#pending?.to === run.from) {
      this.#pending = { from: this.#pending.from, to: run.to };
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
    const { from, to } = this.#pending;
    this.#pending = null;
    const text = `${this.#runs === '' ? '' : ','}${(from - this.#end).toString(36)}${to - from === 1 ? '' : `.${(to - from).toString(36)}`}`;
    if (this.#head.length + this.#runs.length + text.length + CHECKSUM_LENGTH > LONGEST_METADATA) {
      this.#isFull = true;
      return;
    }
    this.#runs += text;
    this.#end = to;
  }
}

/** `none`: there is no metadata. `ignored`: it is not ours, damaged, or of another offset or log; everything is delivered again. */
export type LedgerReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'believed'; readonly leaderEpoch: number | null; readonly runs: readonly OffsetRun[] };

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
  const [, base, topicId, leaderEpoch, runs] = FORM.exec(body) ?? [];
  if (base === undefined || topicId === undefined || leaderEpoch === undefined || runs === undefined) return ignored('damaged');
  if (parse(base) !== place.base) return ignored('stale');
  if (topicId !== UNKNOWN && place.topicId !== null && topicId !== place.topicId) return ignored('other-topic');
  const read = readRuns(runs, place.base);
  if (read === null) return ignored('damaged');
  if ((read.at(-1) as OffsetRun).to > place.logEndOffset) return ignored('above-log-end');
  return { kind: 'believed', leaderEpoch: leaderEpoch === UNKNOWN ? null : parse(leaderEpoch), runs: read };
}

function readRuns(text: string, base: number): readonly OffsetRun[] | null {
  const runs: OffsetRun[] = [];
  let end = base;
  for (const part of text.split(',')) {
    const [gap = '', length = '1'] = part.split('.');
    const from = end + parse(gap);
    const to = from + parse(length);
    // Two runs that touch would be one; the first may begin at the base, where nothing was fetched yet.
    if (!(from > end || (from === end && runs.length === 0)) || !(to > from) || !Number.isSafeInteger(to)) return null;
    runs.push({ from, to });
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
