import { crc32 } from 'node:zlib';

/** A durable ledger of these runs, all of one leader epoch (`from` to `to`, which is not included), written by its description and not by the runtime's writer. */
export function ledgerText(
  given: number | { readonly base: number; readonly leaderEpoch: number; readonly topicId?: string },
  ...runs: readonly (readonly [from: number, to: number])[]
): string {
  const { base, leaderEpoch = null, topicId = '-' } = typeof given === 'number' ? { base: given } : given;
  let end = base;
  const parts = runs.map(([from, to]) => {
    const part = `${(from - end).toString(36)}.${(to - from).toString(36)}`;
    end = to;
    return part;
  });
  const body = `kr2;${base.toString(36)};${topicId};${leaderEpoch?.toString(36) ?? '-'}:${parts.join(',')}`;
  return `${body};${crc32(body).toString(16).padStart(8, '0')}`;
}
