import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { EvidenceRecorder } from '../../scripts/soak/evidence-recorder.ts';
import { monotonicMs } from '../../scripts/soak/member-life.ts';
import { mergeEvidence, readEvidence } from '../../scripts/soak/read-evidence.ts';
import type { AskedEvent } from '../../scripts/soak/read-evidence.ts';
import { KafkaError } from '../../src/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'kafka-rehearsal-evidence-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const call = (id: number, at: number): string =>
  `${JSON.stringify({ kind: 'call-started', call: id, member: 'm1#1', topic: 't', partition: 0, offset: id, attempt: 1, at })}\n`;

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test('what a process was killed while writing is left out, and nothing else', async () => {
  const torn = call(3, 3).slice(0, 40);
  const read = await readEvidence(file('torn', call(1, 1) + call(2, 2) + torn), 2);
  expect(read.torn).toBe(true);
  expect(read.events).toMatchObject([{ call: 2e9 + 1 }, { call: 2e9 + 2 }]);
});

test('a line that cannot be read anywhere else is an error, not a gap', async () => {
  await expect(readEvidence(file('broken', call(1, 1) + call(2, 2).replace('}', '') + call(3, 3)), 1)).rejects.toThrow(
    /line 2 is not JSON/,
  );
});

test('what was recorded comes back, errors by their name, message and code', async () => {
  const path = join(directory, 'recorded');
  const recorder = new EvidenceRecorder(path, monotonicMs());
  const error = new KafkaError('BROKER_UNREACHABLE', 'gone', { cause: new Error('secret') });
  recorder.record({ kind: 'observed', observation: { kind: 'warning', version: 1, at: 0, member: 'm1#1', error } as never });
  const { events, torn } = await readEvidence(path, 1);
  expect(torn).toBe(false);
  expect(events).toMatchObject([{ kind: 'observed', observation: { error: { message: 'gone', code: 'BROKER_UNREACHABLE' } } }]);
  expect(JSON.stringify(events)).not.toContain('secret');
});

test('several processes come into one order, and a question counts what was known when it was sent', () => {
  const event = (at: number): AskedEvent => ({ kind: 'calm', at });
  const asked: AskedEvent = { kind: 'committed', topic: 't', partition: 0, offset: 5, at: 4, askedAfter: 0, askedAt: 2.5 };
  const merged = mergeEvidence([[event(1), event(3)], [event(2), event(5)], [asked]]);
  expect(merged.map(({ at }) => at)).toEqual([1, 2, 3, 4, 5]);
  expect(merged[3]).toMatchObject({ kind: 'committed', askedAfter: 2 });
});
