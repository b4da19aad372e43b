/** Plays one plan on one venue with one subject, collects what the witnesses say, and has it judged. */
import { KafkaError } from '../src/errors.ts';
import type { NewTopic } from '../src/admin.ts';
import type { Handler } from '../src/handler.ts';
import type { KafkaRecord } from '../src/record.ts';
import type { Transport } from '../src/transport.ts';
import { checkHistory, type Verdict } from '../testing/checker/check-history.ts';
import type { History, HistoryEvent, LoggedPartition, WrittenPartition } from '../testing/checker/history.ts';
import { isHandlerFault } from '../testing/fault/catalogue.ts';
import { FaultCounts } from '../testing/fault/fault-counts.ts';
import { HandlerFaults } from '../testing/fault/handler-faults.ts';
import type { Happening } from '../testing/fault/happening.ts';
import { deadLetterTopicOf, type Plan } from '../testing/scenario/plan.ts';
import { contentHash } from '../testing/simulation/content-hash.ts';
import type { Venue, VenueMember } from '../testing/venue.ts';
import { BrokerWitness } from '../testing/witness/broker-witness.ts';
import { HistoryRecorder } from '../testing/witness/history-recorder.ts';
import { contentOf } from '../testing/witness/message-of.ts';
import type { TappedMember } from '../testing/witness/tapped-member.ts';
import { countHistory, type Counts } from '../testing/report/counts.ts';
import { OwnTopics, letterTopic } from './own-topics.ts';
import { PlanMembers } from './plan-members.ts';
import { PlanOutputs } from './plan-outputs.ts';
import { PlanWorkload } from './plan-workload.ts';
import { PlanWorld } from './plan-world.ts';
import type { Subject } from './subject.ts';
import { paceOf } from './venue-pace.ts';

export interface RunPlanOptions {
  /** A new one for each plan; the caller closes it. */
  readonly venue: Venue;
  readonly subject: Subject;
  /** The handlers of one process, made at each start of a member. The world outlives crashes. */
  readonly handlers: (world: PlanWorld, life: TappedMember) => readonly Handler[];
  /** Stands between the subject's client and the witness: a transport with a hazard of its own. */
  readonly hazard?: ((transport: Transport, member: VenueMember) => Transport) | undefined;
  /** Topics that the subject itself writes to. */
  readonly outputs?: readonly NewTopic[] | undefined;
  /** The one of them that rejected records go to. */
  readonly deadLetterTopic?: string | undefined;
}

export interface PlanResult {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly counts: Counts;
  readonly history: History;
  /** The same plan on the same code gives the same hash, in virtual time. */
  readonly traceHash: string;
  /** Milliseconds of the venue's time. */
  readonly durationMs: number;
  /** What outlived every crash. */
  readonly world: PlanWorld;
  /** What stands in the plan's topics and in those that the subject writes to, under the plan's names. */
  readonly records: readonly KafkaRecord[];
}

/** Rejects only when the run itself could not be made (a broker that is gone); a broken promise is in the verdict. */
export async function runPlan(given: Plan, options: RunPlanOptions): Promise<PlanResult> {
  const { venue, subject } = options;
  const id = runId(venue);
  const ownTopics = new OwnTopics(id === null ? '' : `-${id}`);
  const plan = ownTopics.plan(given);
  // By the plan's own names, which is what handlers know.
  const world = new PlanWorld(given, venue.clock);
  const letterTopics = letterTopicsOf(given, options.handlers(world, NOBODY));
  const named = new Set(letterTopics.map(({ name }) => name));
  const outputs = new PlanOutputs([...(options.outputs ?? []).filter(({ name }) => !named.has(name)), ...letterTopics], (name) =>
    ownTopics.own(name),
  );
  const pace = paceOf(venue);
  const startedAt = venue.clock.now();
  const topics = plan.config.topics.map((topic) => topic.name);
  const groupId = id === null ? 'rehearsal' : `rehearsal-${id}`;
  const recorder = new HistoryRecorder(() => venue.clock.now() - startedAt);
  const handlerCounts = new FaultCounts();
  const handlerFaults = new HandlerFaults(handlerCounts);
  const workload = new PlanWorkload(plan, venue, recorder);
  const toldOfEffect: PlanWorld['onEffect'] = ({ member, name, record: { topic, partition, offset } }) =>
    recorder.record({ kind: 'effect', member, name, topic: ownTopics.own(topic), partition, offset });
  // Not written where it is assigned: V8 takes such a function for a method, which lives long, and keeps all that it can see
  // until the next large collection. That is a whole run each time.
  world.onEffect = toldOfEffect;
  const members = new PlanMembers(plan, {
    ...options,
    handlers: (inWorld, life) => options.handlers(inWorld, life).map((handler) => ownTopics.handler(handler)),
    world,
    disturb: (handler, member) => handlerFaults.around(handler, member),
    recorder,
    groupId,
    ownTopic: (name) => ownTopics.own(name),
    pace,
    decisionOn: (where) => workload.decisionOn(where),
  });
  const witness = new BrokerWitness(venue, recorder, { groupId, topics, intervalMs: pace.witnessIntervalMs });
  const told = (event: HistoryEvent): void => {
    workload.see(event);
    members.see(event);
    witness.see(event);
  };
  recorder.onEvent = told;
  const happens = (happening: Happening): void => {
    if (happening.kind === 'member-crashed') members.killed(happening.member);
    else recorder.record(happening);
  };
  venue.onHappening = happens;
  handlerCounts.onHappening = happens;

  await settle(
    venue,
    venue.admin.createTopics([...newTopics(plan, venue), ...outputs.topics]),
    'the topics to be created',
    pace.requestBudgetMs,
  );
  witness.start();
  await playOps(plan, { venue, workload, members, handlerFaults, recorder, pace });

  venue.disarm();
  handlerFaults.disarm();
  recorder.record({ kind: 'calm' });
  members.ensureOneIsUp();
  members.resumeAll();
  const stuck = await drained({ venue, workload, members, handlerFaults, recorder, pace }, witness);
  // What comes now would be a duplicate without a cause.
  await venue.advance(pace.quietMs);
  recorder.record({ kind: 'ended', drained: stuck === null, note: stuck });

  await members.stopAll();
  await settle(venue, witness.ask(), 'the committed offsets', pace.requestBudgetMs);
  witness.stop();
  const records: KafkaRecord[] = [];
  for (const topic of [...topics, ...outputs.names])
    records.push(...(await settle(venue, venue.readRecords(topic), `the records of ${topic}`, pace.requestBudgetMs)));
  const logs = logsOf(plan, records, letterTopics.length > 0);
  const written = await readOutputs(venue, outputs, pace);
  if (id !== null)
    await settle(venue, venue.admin.deleteTopics([...topics, ...outputs.names]), 'the topics to be deleted', pace.requestBudgetMs);
  const history: History = {
    settings: {
      ordering: subject.ordering,
      offsetReset: plan.config.offsetReset,
      commitLagMs: pace.commitLagMs,
      observes: subject.observes,
      tellsDecisions: true,
      deadLetterTopic: options.deadLetterTopic === undefined ? null : ownTopics.own(options.deadLetterTopic),
      ...members.promises,
      clockSlackMs: pace.clockSlackMs,
    },
    events: recorder.events,
    logs,
    written,
  };
  const verdict = checkHistory(history);
  const counts = countHistory(history, new Map([...venue.fired, ...handlerCounts.fired]), verdict.evaluated);
  return {
    plan: given,
    verdict: ownTopics.verdict(verdict),
    counts,
    history: ownTopics.history(history),
    traceHash: contentHash(venue.traceHash?.() ?? null, history.events),
    durationMs: venue.clock.now() - startedAt,
    world,
    records: records.map((record) => ownTopics.record(record)),
  };
}

interface Stagehands {
  readonly venue: Venue;
  readonly workload: PlanWorkload;
  readonly members: PlanMembers;
  readonly handlerFaults: HandlerFaults;
  readonly recorder: HistoryRecorder;
  readonly pace: ReturnType<typeof paceOf>;
}

async function playOps(plan: Plan, { venue, workload, members, handlerFaults, recorder, pace }: Stagehands): Promise<void> {
  const armed = new Set<number>();
  const arm = (played: number): void => {
    if (armed.size === plan.faults.length) return;
    plan.faults.forEach(({ afterOps, fault }, index) => {
      if (armed.has(index) || Math.min(afterOps, plan.ops.length) > played) return;
      armed.add(index);
      if (!isHandlerFault(fault) && !venue.faultKinds.includes(fault.kind)) return;
      recorder.record({ kind: 'fault', fault });
      if (isHandlerFault(fault)) handlerFaults.inject(fault);
      else venue.inject(fault);
    });
  };
  if (plan.config.offsetReset === 'latest') await members.establishGroup();
  for (const [index, op] of plan.ops.entries()) {
    arm(index);
    switch (op.op) {
      case 'produce':
        // Partitions may be added later, or never.
        if (op.partition < partitionsOf(plan, op.topic) || op.partition < partitionCount(plan, recorder, op.topic))
          await settle(venue, workload.produce(index, op), 'a record to be written', pace.requestBudgetMs);
        break;
      case 'join':
        members.join(op.member);
        break;
      case 'leave':
        members.leave(op.member);
        break;
      case 'crash':
        members.crash(op.member);
        break;
      case 'pause':
      case 'resume':
        members.setPaused(op.member, op, op.op === 'pause');
        break;
      case 'decide':
        members.decideHalted({ besideCalls: op.besideCalls ?? false });
        break;
      case 'wait':
        await venue.advance(op.ms);
        break;
    }
    await venue.advance(pace.betweenOpsMs);
  }
  arm(plan.ops.length);
  // Faults of the end need something to meet.
  await venue.advance(pace.lastFaultsMs);
}

/** Null when everything was done and committed in time; else what is known of the reason. */
async function drained({ venue, workload, members, recorder, pace }: Stagehands, witness: BrokerWitness): Promise<string | null> {
  const withinMs = pace.drainBudgetMs;
  const startedAt = venue.clock.now() - (recorder.events.at(-1)?.at ?? 0);
  const describe = (): string => workload.describeOpen((topic, partition) => witness.stored(topic, partition));
  const isDrained = (): boolean => {
    members.decideHalted();
    return isAllDone();
  };
  const isAllDone = (): boolean => workload.isDone() && workload.isCommitted((topic, partition) => witness.stored(topic, partition));
  const isIdle = (): boolean => venue.clock.now() - startedAt - (recorder.events.at(-1)?.at ?? 0) > pace.idleLimitMs;
  try {
    await venue.until(() => isDrained() || members.allHaveDied() || isIdle(), { withinMs, describe });
    if (isDrained()) return null;
    if (venue.isDeadlocked?.() === true) {
      return (
        members.causeOfDeath() ??
        `Deadlock: no timer of a member, no message and no handler call was left that could change anything; waited for ${describe()}.`
      );
    }
    return (
      members.causeOfDeath() ??
      (isIdle() ? `Nothing had happened for ${pace.idleLimitMs} ms; waited for ${describe()}.` : 'Every member had stopped.')
    );
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'STAGE_STUCK') throw error;
    return members.causeOfDeath() ?? error.message;
  }
}

function logsOf(plan: Plan, all: readonly KafkaRecord[], withContents: boolean): readonly LoggedPartition[] {
  const logs: LoggedPartition[] = [];
  for (const { name, ...planned } of plan.config.topics) {
    const records = all.filter((record) => record.topic === name);
    const partitions = records.reduce((most, record) => Math.max(most, record.partition + 1), planned.partitions);
    for (let partition = 0; partition < partitions; partition += 1) {
      const logged = records.filter((record) => record.partition === partition);
      logs.push({
        topic: name,
        partition,
        offsets: logged.map((record) => record.offset),
        ...(withContents ? { contents: logged.map(contentOf) } : {}),
      });
    }
  }
  return logs;
}

/** A broker's disk may still be full when everything else is over: what cannot be read now is read later. */
async function readOutputs(venue: Venue, outputs: PlanOutputs, pace: ReturnType<typeof paceOf>): Promise<readonly WrittenPartition[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await settle(venue, outputs.read(venue), 'the topics that were written to', pace.requestBudgetMs);
    } catch (error) {
      if (!(error instanceof KafkaError) || tries === MOST_READS) throw error;
      await venue.advance(pace.quietMs);
    }
  }
}

const MOST_READS = 20;

/** Waits for a promise while the venue's time passes: nothing moves in virtual time unless somebody lets it. */
export async function settle<Value>(venue: Venue, promise: Promise<Value>, what: string, withinMs: number): Promise<Value> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  await venue.until(() => settled, { withinMs, describe: () => what });
  return promise;
}

/** What tells this run's topics and group from others on a broker that lives longer; null in memory, where nothing does. */
function runId(venue: Venue): string | null {
  return venue.name === 'memory' ? null : crypto.randomUUID().slice(0, 8);
}

/** Replicas are simulated; a real broker is one node. */
function newTopics(plan: Plan, venue: Venue): readonly NewTopic[] {
  const replicationFactor = plan.config.replicationFactor ?? 1;
  const topics = plan.config.topics.map(({ name, partitions }) => ({ name, partitions }));
  if (venue.name !== 'memory' || replicationFactor < 2) return topics;
  return topics.map((topic) => ({ ...topic, replicationFactor, configs: { 'min.insync.replicas': '2' } }));
}

/**
 * A letter is a little larger than its record, and the start checks that there is room. It is written by the wall clock of its member,
 * which may have jumped further ahead than a broker takes by default: then no letter is written before somebody sets the clock.
 */
const LETTER_TOPIC = { 'max.message.bytes': '1100000', 'message.timestamp.after.max.ms': '9007199254740991' };

/** Asks for handlers only to see where their rejected records go. */
const NOBODY: TappedMember = { name: '', alive: false };

/** Where the rejected records of the plan's topics go: as the plan says, and as the handlers themselves do. */
function letterTopicsOf(plan: Plan, handlers: readonly Handler[]): readonly NewTopic[] {
  const partitions = new Map<string, number>();
  for (const { name, handler } of plan.config.topics)
    if (handler?.deadLetter !== undefined) partitions.set(deadLetterTopicOf(name), handler.deadLetter.partitions);
  const planned = new Set(partitions.keys());
  for (const { topics, deadLetter } of handlers) {
    if (deadLetter === undefined || deadLetter === null) continue;
    for (const source of topics.filter((topic) => partitionsOf(plan, topic) > 0)) {
      const target = letterTopic(deadLetter, source);
      // One that is consumed is there already, and refused at the start.
      if (planned.has(target) || partitionsOf(plan, target) > 0) continue;
      partitions.set(target, Math.max(partitions.get(target) ?? 1, partitionsOf(plan, source)));
    }
  }
  return [...partitions].map(([name, count]) => ({ name, partitions: count, configs: LETTER_TOPIC }));
}

function partitionsOf(plan: Plan, topic: string): number {
  return plan.config.topics.find(({ name }) => name === topic)?.partitions ?? 0;
}

/** How many partitions the topic has by now. */
function partitionCount(plan: Plan, recorder: HistoryRecorder, topic: string): number {
  let count = partitionsOf(plan, topic);
  for (const event of recorder.events) {
    if (event.kind !== 'fault' || event.phase !== 'felt' || event.fault.kind !== 'partitions-added') continue;
    if (event.fault.topic === topic) count += event.fault.partitions;
  }
  return count;
}
