/** Ours beside its peers on one broker: the contenders take turns, so that a slow minute of the machine hits all of them. */
import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { measureInChild } from '../child.ts';
import type { AbsentContender, Contender, PeerMeasurement } from './contender.ts';
import { findContenders, TIMERS } from './contenders.ts';
import { measureContender } from './measure-contender.ts';
import { fillTopic, idealSeconds } from './records.ts';
import { ORDERINGS } from './task.ts';
import type { PeerOrdering, PeerTask } from './task.ts';

const WORK_RECORDS = 10_000;
const CONCURRENCY = 100;
const PARTITIONS: readonly number[] = [1, 4];
/** A run that takes longer is not repeated: it is its own average, and the others wait. */
export const LONG_RUN_SECONDS = 15;

export interface PeerBenchOptions {
  /** Of the runs in which records have no work. */
  readonly records: number;
  readonly repetitions: number;
  /** Only contenders with one of these in their names; all where left out. */
  readonly contenders?: readonly string[] | undefined;
  readonly progress: (line: string) => void;
}

/** All runs of one contender on one topic. */
export interface PeerRow {
  readonly contender: string;
  readonly version: string;
  readonly ordering: PeerOrdering;
  readonly partitions: number;
  readonly work: boolean;
  readonly records: number;
  /** Null where records have no work. */
  readonly idealSeconds: number | null;
  readonly samples: readonly PeerMeasurement[];
  /** Why a run has no figures; it is a failure then, whatever the others say. */
  readonly failures: readonly string[];
}

export interface PeerResults {
  readonly rows: readonly PeerRow[];
  readonly absent: readonly AbsentContender[];
  readonly concurrency: number;
  /** Load average of the last minute before the first run. */
  readonly loadBefore: number;
}

export async function benchPeers(brokers: readonly string[], options: PeerBenchOptions): Promise<PeerResults> {
  const { contenders: found, absent } = await findContenders();
  const contenders = found.filter(({ name }) => options.contenders?.some((part) => name.includes(part)) ?? true);
  const rows: PeerRow[] = [];
  const loadBefore = loadavg()[0] ?? 0;
  for (const work of [true, false]) {
    for (const partitions of PARTITIONS) {
      const records = work ? WORK_RECORDS : options.records;
      if (records === 0) continue;
      const topic = `bench-peers-${randomUUID()}`;
      await fillTopic(brokers, topic, partitions, records);
      options.progress(`filled ${topic}: ${records} records, ${partitions} partition(s)`);
      const tasks = tasksOf(contenders, { brokers, topic, records, partitions, work, concurrency: CONCURRENCY });
      rows.push(...(await takeTurns(tasks, options)));
    }
  }
  return { rows, absent, concurrency: CONCURRENCY, loadBefore };
}

type SharedTask = Omit<PeerTask, 'groupId' | 'ordering' | 'settings'>;

interface Turn {
  readonly contender: Contender;
  readonly task: Omit<PeerTask, 'groupId'>;
  readonly samples: PeerMeasurement[];
  readonly failures: string[];
}

function tasksOf(contenders: readonly Contender[], shared: SharedTask): readonly Turn[] {
  const { work, partitions } = shared;
  return ORDERINGS.flatMap((ordering) =>
    contenders
      .filter(({ orderings, only, needsPartitions }) => {
        const fits = only === undefined || only === (work ? 'work' : 'no-work');
        return fits && orderings.includes(ordering) && (partitions > 1 || needsPartitions !== true);
      })
      .map((contender) => ({
        contender,
        task: { ...shared, ordering, settings: (work ? contender.settings : (contender.settingsWithoutWork ?? contender.settings)) ?? {} },
        samples: [],
        failures: [],
      })),
  );
}

async function takeTurns(turns: readonly Turn[], { repetitions, progress }: PeerBenchOptions): Promise<readonly PeerRow[]> {
  for (let repetition = 0; repetition < repetitions; repetition++) {
    // Another begins each time: whoever is first warms the broker for the others.
    for (let index = 0; index < turns.length; index++) {
      const turn = turns[(index + repetition) % turns.length];
      if (turn !== undefined) await takeTurn(turn, repetition, progress);
    }
  }
  return turns.map(({ contender, task, samples, failures }) => ({
    contender: contender.name,
    version: contender.version,
    ordering: task.ordering,
    partitions: task.partitions,
    work: task.work,
    records: task.records,
    idealSeconds: task.work ? idealSeconds(task.records, task.partitions, task.ordering, task.concurrency) : null,
    samples,
    failures,
  }));
}

async function takeTurn({ contender, task, samples, failures }: Turn, repetition: number, progress: (line: string) => void): Promise<void> {
  const what = `${contender.name}, ${task.ordering}, ${task.partitions} partition(s), ${task.work ? 'work' : 'no work'}`;
  // One that failed is not asked again: its first failure may have taken minutes.
  if (failures.length > 0 || samples.some(({ handledSeconds }) => handledSeconds > LONG_RUN_SECONDS)) return;
  try {
    const whole = { ...task, groupId: `${task.topic}-${repetition}-${randomUUID()}` };
    const measured = contender.name === TIMERS ? await measureTimers(contender, whole) : await measureContender(contender, whole);
    samples.push(measured);
    const { handledSeconds, committedSeconds, cpuSeconds, peakMegabytes } = measured;
    if (committedSeconds === null) {
      progress(`${what}: ${handledSeconds.toFixed(2)} s`);
      return;
    }
    progress(
      `${what}: handled ${handledSeconds.toFixed(2)} s, committed ${committedSeconds.toFixed(2)} s, ` +
        `${cpuSeconds?.toFixed(1) ?? '?'} CPU s, ${peakMegabytes?.toFixed(0) ?? '?'} MB`,
    );
  } catch (error) {
    failures.push((error as Error).message);
    progress(`${what}: FAILED, ${(error as Error).message}`);
  }
}

/** No Kafka is involved, so nothing is committed. */
async function measureTimers(contender: Contender, task: PeerTask): Promise<PeerMeasurement> {
  const [program = ''] = contender.command(task).arguments;
  const { seconds } = await measureInChild<{ seconds: number }>(program, task);
  return { handledSeconds: seconds, committedSeconds: null, cpuSeconds: null, peakMegabytes: null, duplicates: 0 };
}
