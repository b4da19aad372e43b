import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { WitnessAdmin } from '../../testing/kafka/witness/witness-admin.ts';
import type { Contender, PeerMeasurement } from './contender.ts';
import { cpuSecondsOf, peakMegabytesOf } from './process-figures.ts';
import type { PeerEvent, PeerTask } from './task.ts';

/** Longest that one run may take, from its start on. */
const RUN_LIMIT_MS = 240_000;
const POLL_INTERVAL_MS = 5;
const MAX_ERROR_CHARACTERS = 2_000;

/** Of one that commits. */
export type MeasuredPeer = PeerMeasurement & { readonly committedSeconds: number };

/**
 * Runs one contender until everything is handled and committed, then kills it. Rejects when it did not handle every record
 * at least once, ended by itself, or took too long: that is a failure and no time.
 */
export async function measureContender(contender: Contender, task: PeerTask): Promise<MeasuredPeer> {
  const { file, arguments: given } = contender.command(task);
  const child = spawn(file, [...given], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_NO_WARNINGS: '1' } });
  const processId = child.pid ?? -1;
  const admin = new WitnessAdmin(task.brokers);
  const overtime = new AbortController();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-MAX_ERROR_CHARACTERS);
  });
  const over = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`it ended with ${signal ?? `status ${code}`}: ${errors.trim() || 'no message'}`)),
    );
    delay(RUN_LIMIT_MS, undefined, { signal: overtime.signal }).then(
      () => reject(new Error(`it was not done after ${RUN_LIMIT_MS / 1000} s: ${errors.trim() || 'no message'}`)),
      () => undefined, // it was in time
    );
  });
  over.catch(() => undefined); // raced below; its own end comes after that
  try {
    return await Promise.race([followed(), over]);
  } finally {
    overtime.abort();
    child.kill('SIGKILL');
    admin.close();
  }

  async function followed(): Promise<MeasuredPeer> {
    let first: Extract<PeerEvent, { event: 'first' }> | null = null;
    let cpuAtFirst: number | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{"event"')) continue;
      const event = JSON.parse(line) as PeerEvent;
      if (event.event === 'first') {
        first = event;
        cpuAtFirst = cpuSecondsOf(processId);
        continue;
      }
      if (first === null || event.distinct !== task.records) throw new Error(`it handled ${event.distinct} of ${task.records} records`);
      const committedAt = await committed(admin, task);
      const cpuAtEnd = cpuSecondsOf(processId);
      return {
        handledSeconds: (event.at - first.at) / 1000,
        committedSeconds: (committedAt - first.at) / 1000,
        cpuSeconds: cpuAtEnd === null || cpuAtFirst === null ? null : cpuAtEnd - cpuAtFirst,
        peakMegabytes: peakMegabytesOf(processId),
        duplicates: event.calls - event.distinct,
      };
    }
    return over;
  }
}

/** When the group's offsets first stood past every record. */
async function committed(admin: WitnessAdmin, { groupId, topic, partitions, records }: PeerTask): Promise<number> {
  const deadline = Date.now() + RUN_LIMIT_MS;
  for (;;) {
    const offsets = await admin.committedOffsets(groupId, topic, partitions);
    if (offsets.reduce((sum, offset) => sum + Math.max(0, offset), 0) >= records) return Date.now();
    if (Date.now() > deadline) throw new Error(`its last commits never came; the broker stores ${offsets.join(', ')}`);
    await delay(POLL_INTERVAL_MS);
  }
}
