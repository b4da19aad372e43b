/** One soak on real Kafka: members as processes of their own, under load, while they are killed, stopped, started and sent away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryEvent } from '../../testing/checker/history.ts';
import { isolate } from '../../testing/kafka/isolation.ts';
import type { RealKafka } from '../../testing/kafka/real-kafka.ts';
import { WitnessClient } from '../../testing/kafka/witness/witness-client.ts';
import { randomStream } from '../../testing/simulation/random.ts';
import type { UndatedEvent } from '../../testing/witness/history-recorder.ts';
import { BrokerPoll } from './broker-poll.ts';
import { judgeSoak } from './judge-soak.ts';
import type { SoakResult } from './judge-soak.ts';
import { MemberFleet } from './member-fleet.ts';
import { monotonicMs } from './member-life.ts';
import type { SoakDefect } from './member-life.ts';
import { soakRecord } from './soak-plan.ts';
import type { SoakOrdering, SoakPlan, Trouble, TroubleKind } from './soak-plan.ts';

const CONCURRENCY = 16;
const SESSION_TIMEOUT_MS = 2_000;
/** A stopped member is evicted at the end of its session, and then stands still for so much longer, ms. */
const LEAST_HOLD_MS = 700;
/** A step's records are written over so long, in so many portions: trouble comes while there is work. */
const WRITING_MS = 1_500;
const PORTIONS = 15;
/** Before the next step, unless it is hasty, so much may be left of the last one. */
const BACKLOG_SHARE = 0.25;
/** However hasty, so many steps may be left over. */
const MOST_BACKLOG_STEPS = 4;
const PATIENCE_MS = 120_000;
/** What comes after everything was done would be a duplicate without a cause. */
const QUIET_MS = 500;
const POLL_MS = 20;

export interface SoakOptions {
  readonly kafka: Pick<RealKafka, 'brokers' | 'nodeIds' | 'version' | 'minSessionTimeoutMs'>;
  readonly plan: SoakPlan;
  readonly ordering: SoakOrdering;
  readonly defect?: SoakDefect | null;
  /** How long the last records may take in the end; a step's backlog half of that. Default 120,000. */
  readonly patienceMs?: number;
  readonly progress: (line: string) => void;
}

/** Plays and judges. Rejects only when the run itself could not be made; a broken promise is in the result. */
export async function playSoak(options: SoakOptions): Promise<SoakResult> {
  const { kafka, plan, ordering, defect = null } = options;
  const isolation = isolate(kafka, `soak-${ordering}`);
  const directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-soak-'));
  const zeroMs = monotonicMs();
  const now = (): number => monotonicMs() - zeroMs;
  const topic = await isolation.topic({ partitions: plan.partitions });
  const groupId = isolation.groupId();
  const told: HistoryEvent[] = [];
  const record = (event: UndatedEvent): void => void told.push({ ...event, at: now() } as HistoryEvent);
  const sessionTimeoutMs = Math.max(SESSION_TIMEOUT_MS, kafka.minSessionTimeoutMs);
  const fleet = new MemberFleet(
    directory,
    { brokers: kafka.brokers, topic, groupId, ordering, concurrency: CONCURRENCY, sessionTimeoutMs, zeroMs, defect },
    record,
  );
  const client = new WitnessClient(kafka.brokers);
  const poll = new BrokerPoll(kafka.brokers, { groupId, topic, partitions: plan.partitions }, now);
  const stage = new Stage({ ...options, topic, sessionTimeoutMs, fleet, client, poll, record });
  let held = false;
  try {
    poll.start();
    const troubles = await stage.play();
    const note = await stage.drain();
    record({ kind: 'ended', drained: note === null, note });
    await fleet.leaveAll();
    await poll.stop();
    const logged = await client.readRecords(topic);
    const result = await judgeSoak({
      ordering,
      topic,
      plan,
      concurrency: CONCURRENCY,
      sessionTimeoutMs,
      told,
      polled: poll.events,
      lives: fleet.started,
      deaths: fleet.deaths,
      logged,
      troubles,
      directory,
    });
    held = result.violations.length === 0;
    return result;
  } finally {
    await fleet.end();
    client.close();
    await isolation.dispose();
    // What was written down stays where somebody may want to look at it.
    if (held) await rm(directory, { recursive: true, force: true });
  }
}

interface StageOptions extends SoakOptions {
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly fleet: MemberFleet;
  readonly client: WitnessClient;
  readonly poll: BrokerPoll;
  readonly record: (event: UndatedEvent) => void;
}

class Stage {
  readonly #options: StageOptions;
  readonly #counts: Record<TroubleKind, number> = { kill: 0, stop: 0, join: 0, leave: 0 };
  /** Of each member, the trouble that it has or had last. */
  readonly #pending = new Map<string, Promise<void>>();
  #produced = 0;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** Every step of the plan. Resolves with how often what kind of trouble there was. */
  async play(): Promise<Readonly<Record<TroubleKind, number>>> {
    const { plan, fleet, progress, ordering, patienceMs = PATIENCE_MS } = this.#options;
    const random = randomStream(plan.seed, 'workload', 'records');
    for (const member of plan.first) fleet.join(member);
    for (const [index, step] of plan.steps.entries()) {
      const records = Array.from({ length: step.records }, () => soakRecord(random, plan.partitions));
      const written = this.#write(records);
      await delay(step.trouble.afterMs);
      const { kind, member } = step.trouble;
      // One thing after the other for each member; a new life begins when the old one is gone.
      const over = (this.#pending.get(member) ?? Promise.resolve()).then(() => this.#befall(step.trouble));
      this.#pending.set(member, over);
      await written;
      if (!step.hasty) await over;
      const left = step.records * (step.hasty ? MOST_BACKLOG_STEPS : BACKLOG_SHARE);
      await this.#until(() => this.#produced - this.#options.poll.committed <= left, patienceMs / 2);
      progress(
        `${ordering}: step ${index + 1}/${plan.steps.length} (${kind} ${member}), ${this.#produced} written, ${this.#options.poll.committed} committed`,
      );
    }
    await Promise.all(this.#pending.values());
    return this.#counts;
  }

  /** Null when everything was done and committed in time; else what is known of it. */
  async drain(): Promise<string | null> {
    const { fleet, plan, poll, record, patienceMs = PATIENCE_MS } = this.#options;
    record({ kind: 'calm' });
    if (fleet.running === 0) fleet.join(plan.first[0] ?? '');
    const drained = await this.#until(() => poll.committed >= this.#produced, patienceMs);
    await delay(QUIET_MS);
    return drained ? null : `After ${patienceMs / 1000} s the broker stored ${poll.described}.`;
  }

  async #befall({ kind, member, holdMs }: Trouble): Promise<void> {
    const { fleet, sessionTimeoutMs } = this.#options;
    this.#counts[kind] += 1;
    switch (kind) {
      case 'kill':
        return fleet.kill(member);
      case 'join':
        return fleet.join(member);
      case 'leave':
        return fleet.leave(member);
      case 'stop': {
        const forMs = sessionTimeoutMs + LEAST_HOLD_MS + holdMs;
        fleet.pause(member, forMs);
        await delay(forMs);
        return fleet.resume(member, forMs);
      }
    }
  }

  async #write(records: readonly ReturnType<typeof soakRecord>[]): Promise<void> {
    const { client, topic, plan, record } = this.#options;
    const size = Math.ceil(records.length / PORTIONS);
    const beganAt = performance.now();
    for (let portion = 0; portion < PORTIONS; portion++) {
      await delay(Math.max(0, beganAt + (portion * WRITING_MS) / PORTIONS - performance.now()));
      const slice = records.slice(portion * size, (portion + 1) * size);
      for (let partition = 0; partition < plan.partitions; partition++) {
        const own = slice.filter((each) => each.partition === partition);
        if (own.length === 0) continue;
        const base = await client.produce(
          topic,
          partition,
          own.map(({ key, script }) => ({
            key: key === null ? null : Buffer.from(key),
            value: Buffer.from(JSON.stringify(script)),
            headers: [],
            timestamp: Date.now(),
          })),
        );
        for (const [index, { key }] of own.entries())
          record({ kind: 'produced', topic, partition, offset: base + index, key, tombstone: false });
        this.#produced += own.length;
      }
    }
  }

  async #until(condition: () => boolean, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (!condition()) {
      if (performance.now() > deadline) return false;
      await delay(POLL_MS);
    }
    return true;
  }
}
