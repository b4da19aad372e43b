/**
 * The durable ledger as it stands in a commit's metadata, read by the checker's own reader: nothing here is shared with the
 * runtime's, so that a mistake there is not made here too. The form, by its description:
 * `kr2;<base>;<topic id>;[<leader epoch>:]<gap>[.<length>],…;<CRC-32>`, numbers in base 36, the checksum in eight hexadecimal
 * digits. A leader epoch holds for its run and those after it until the next; `-` is one that is not known.
 */

/** Offsets `from` ≤ offset < `to`, written in one leader epoch; null when that is not known. */
export interface ClaimedRun {
  readonly from: number;
  readonly to: number;
  readonly leaderEpoch: number | null;
}

export interface ReadLedger {
  /** The committed offset that it says it belongs to. */
  readonly base: number;
  /** Of the log that its records are of; null when that is not known. */
  readonly topicId: string | null;
  /** In ascending order. */
  readonly runs: readonly ClaimedRun[];
}

const MAX_LENGTH = 3_500;

/** Null for what is no ledger of ours, or a damaged one. */
export function readLedgerOf(metadata: string | null | undefined): ReadLedger | null {
  if (metadata === null || metadata === undefined || metadata.length > MAX_LENGTH) return null;
  const parts = metadata.split(';');
  const [version, base = '', topicId = '', runs = '', checksum] = parts;
  if (parts.length !== 5 || version !== 'kr2' || checksum !== hex(crc32(parts.slice(0, 4).join(';')))) return null;
  const start = number(base);
  if (start === null) return null;
  const read: ClaimedRun[] = [];
  let end = start;
  let leaderEpoch: number | null | undefined;
  for (const part of runs.split(',')) {
    const at = part.indexOf(':');
    if (at >= 0) leaderEpoch = part.slice(0, at) === '-' ? null : (number(part.slice(0, at)) ?? undefined);
    if (leaderEpoch === undefined) return null;
    const run = part.slice(at + 1);
    const [gap = '', length = '1', ...rest] = run.split('.');
    const skipped = number(gap);
    const count = number(length);
    if (skipped === null || count === null || count === 0 || rest.length > 0) return null;
    const from = end + skipped;
    end = from + count;
    read.push({ from, to: end, leaderEpoch });
  }
  return { base: start, topicId: topicId === '-' ? null : topicId, runs: read };
}

/** Whether a ledger that was stored with `base` says of this offset that it is done. A stale one says nothing. */
export function claims(ledger: ReadLedger | null, base: number, offset: number): boolean {
  return ledger !== null && ledger.base === base && ledger.runs.some(({ from, to }) => offset >= from && offset < to);
}

function number(text: string): number | null {
  return /^[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : null;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

const POLYNOMIAL = 0xedb88320;

/** CRC-32 of an ASCII text, bit by bit: as RFC 1952 defines it. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
