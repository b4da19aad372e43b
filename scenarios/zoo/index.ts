/** The bug zoo: consumers that each have one classic defect, and what the suite must say about them. */
import type { Transport } from '../../src/transport.ts';
import type { VenueMember } from '../../testing/venue.ts';
import { shapeOf, TROUBLES, type Trouble } from '../commit-semantics.ts';
import { planArbitrary } from '../generate/plan-arbitrary.ts';
import { puppetHandler } from '../plan-world.ts';
import { runtimeSubject } from '../runtime-subject.ts';
import type { ScenarioDefinition } from '../scenario-definition.ts';
import type { Subject } from '../subject.ts';
import { withLateBatches } from './late-batches.ts';
import { modelSubject } from './model-consumer.ts';
import { originalModule } from './original-module.ts';
import type { ZooEntry } from './zoo-entry.ts';

const TOPIC = 'orders';

/** How long a batch is under way in the transport of entry 29: long enough for a rebalance to overtake it. */
const TRANSIT_MS = 400;

function zooScenario(
  name: string,
  subject: Subject,
  troubleName: string,
  rest: Pick<ScenarioDefinition, 'tries'> & Partial<Pick<ScenarioDefinition, 'about' | 'hazard'>>,
): ScenarioDefinition {
  // Where a group under `latest` starts is the subject of another entry.
  const trouble: Trouble = { ...troubleNamed(troubleName), latest: false };
  return {
    name,
    subject,
    handlers: (world, pace) => [puppetHandler(world, [TOPIC], pace.retry)],
    plans: (fc, stage) =>
      planArbitrary(fc, shapeOf(trouble, stage, { scenario: name, topics: [TOPIC], messages: {}, tombstones: true, rejects: true })),
    mustSee: ['records', 'deliveries', 'commits'],
    ...rest,
  };
}

function troubleNamed(name: string): Trouble {
  const trouble = TROUBLES.find((each) => each.name === name);
  if (trouble === undefined) throw new RangeError(`There is no trouble named ${name}`);
  return trouble;
}

const lateBatches = (transport: Transport, member: VenueMember): Transport => withLateBatches(transport, member.clock, TRANSIT_MS);

/** Commits one past the record that was done, whatever was skipped before it. */
const commitsPastSkip = modelSubject('a consumer that commits past a skip', { committable: (_partition, done) => done + 1 });

/** Takes whatever batch comes under the current epoch. */
const takesAnyBatch = modelSubject('a consumer without the contiguity rule', { accepts: () => true });

export const bugZoo: readonly ZooEntry[] = [
  {
    id: 0,
    name: 'the original module: a skip is not retried and a later commit passes it; an error is taken for a skip; a tombstone is dropped',
    seenIn: 'the Rust module that this project descends from',
    invariant: 'commit-past-open',
    scenario: zooScenario('zoo-0', originalModule, 'steady', { tries: 'the original module, one member', about: 'commit-past-open' }),
    twin: zooScenario('zoo-0-mended', runtimeSubject, 'steady', { tries: 'the same with our runtime' }),
    caughtWithin: 50,
    onKafka: true,
  },
  {
    id: 1,
    name: 'commit past a skipped record',
    seenIn: 'sarama-cluster #148, sarama #1570, wvanbergen/kafka #127',
    invariant: 'commit-past-open',
    scenario: zooScenario('zoo-1', commitsPastSkip, 'steady', { tries: 'one member, skips and failures', about: 'commit-past-open' }),
    twin: zooScenario('zoo-1-mended', modelSubject('the same consumer, which commits the lowest open record', {}), 'steady', {
      tries: 'the same consumer, mended by its one line',
    }),
    caughtWithin: 50,
    onKafka: true,
  },
  {
    id: 29,
    name: "a stale batch of the old assignment from a second broker enters the new epoch's ledger",
    seenIn: 'kafkajs 2.2.4 on Kafka 4.2.1',
    invariant: 'discontinuity',
    scenario: zooScenario('zoo-29', takesAnyBatch, 'rebalances', {
      tries: 'rebalances while a batch is under way, on a transport that delivers it late',
      about: 'discontinuity',
      hazard: lateBatches,
    }),
    twin: zooScenario('zoo-29-mended', modelSubject('the same consumer with the contiguity rule', {}), 'rebalances', {
      tries: 'the same late batches, dropped by the contiguity rule',
      hazard: lateBatches,
    }),
    caughtWithin: 500,
    onKafka: false,
  },
];
