import type { RecordHeader } from '../record.ts';
import type { TransportCapabilities } from '../transport.ts';

/** A record's headers as they travel. */
export interface CarriedHeaders {
  readonly carried: readonly RecordHeader[];
  /** The order of all headers and those that are not carried, as text for one more header; null where nothing is missing. */
  readonly encoded: string | null;
}

/** In order: a name alone is the next carried header of that name; with null or base64 it is a header that is not carried. */
type EncodedHeader = readonly [name: string] | readonly [name: string, value: string | null];

/**
 * Splits a record's headers by what the transport carries. A lossy one keeps headers in a JavaScript object, as kafkajs's own
 * producer does: no null values, no order between different names, names like integers move to the front, and names that
 * every object has are lost. What it cannot keep is encoded, so that `restoreHeaders` gives back the same list.
 */
export function carryHeaders(headers: readonly RecordHeader[], fidelity: TransportCapabilities['headerFidelity']): CarriedHeaders {
  if (fidelity === 'exact') return { carried: headers, encoded: null };
  const carried = headers.filter(isCarried);
  if (carried.length === headers.length && new Set(headers.map(([name]) => name)).size <= 1) return { carried, encoded: null };
  const encoded = headers.map((header): EncodedHeader => {
    const [name, value] = header;
    if (isCarried(header)) return [name];
    return [name, value === null ? null : Buffer.from(value).toString('base64')];
  });
  return { carried, encoded: JSON.stringify(encoded) };
}

/** The list that was given to `carryHeaders`; what somebody else added on the way comes last. Text that is none of ours is ignored. */
export function restoreHeaders(carried: readonly RecordHeader[], encoded: string | null): readonly RecordHeader[] {
  const order = encoded === null ? null : parse(encoded);
  if (order === null) return carried;
  const left = Map.groupBy(carried, ([name]) => name);
  const restored = order.flatMap(([name, value]): RecordHeader[] => {
    if (value === undefined) return left.get(name)?.splice(0, 1) ?? [];
    return [[name, value === null ? null : Buffer.from(value, 'base64')]];
  });
  return [...restored, ...[...left.values()].flat()];
}

function isCarried([name, value]: RecordHeader): boolean {
  return value !== null && name.isWellFormed() && !(name in {}) && !/^(0|[1-9]\d*)$/.test(name);
}

function parse(encoded: string): readonly EncodedHeader[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(encoded);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed)) return null;
  return parsed.every(isEncodedHeader) ? parsed : null;
}

function isEncodedHeader(value: unknown): value is EncodedHeader {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false;
  return value.length === 1 || (value.length === 2 && (value[1] === null || typeof value[1] === 'string'));
}
