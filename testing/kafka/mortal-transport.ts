import type { TransportAdmin } from '../../src/admin.ts';
import type { Clock } from '../../src/clock.ts';
import type { ConsumerListener, Transport, TransportConsumer, TransportProducer } from '../../src/transport.ts';
import type { Incarnation } from '../simulation/incarnation.ts';
import { neverSettles } from '../simulation/incarnation.ts';

/** Runs a call of a living process; what a dead one asks for is written down and never settles, nor does what it waits for. */
function mortal<Arguments extends readonly unknown[], Result>(
  life: Incarnation,
  what: string,
  call: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  return (...given) => {
    if (life.refuses(() => what)) return neverSettles();
    const settled = call(...given);
    return new Promise<Result>((resolve, reject) => {
      settled.then(
        (result) => life.alive && resolve(result),
        (error: unknown) => life.alive && reject(error as Error),
      );
    });
  };
}

/** The transport of one member's process, which dies with it. */
export function mortalTransport(transport: Transport, life: Incarnation): Transport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: mortalAdmin(transport.admin, life),
    connect: mortal(life, 'connect', (options) => transport.connect(options)),
    createConsumer(options, listener) {
      if (life.refuses(() => 'createConsumer')) return DEAD_CONSUMER;
      return mortalConsumer(transport.createConsumer(options, mortalListener(listener, life)), life);
    },
    createProducer(options) {
      if (life.refuses(() => 'createProducer')) return DEAD_PRODUCER;
      const producer = transport.createProducer(options);
      return {
        partitionCount: mortal(life, 'partitionCount', (topic) => producer.partitionCount(topic)),
        produce: mortal(life, 'produce', (batches) => producer.produce(batches)),
        close: mortal(life, 'close of a producer', () => producer.close()),
      };
    },
    close: mortal(life, 'close', () => transport.close()),
  };
}

const DEAD_CONSUMER: TransportConsumer = {
  start: neverSettles,
  fetchFrom: () => {},
  pause: () => {},
  resume: () => {},
  commit: neverSettles,
  stop: neverSettles,
};
const DEAD_PRODUCER: TransportProducer = { partitionCount: neverSettles, produce: neverSettles, close: neverSettles };

function mortalConsumer(consumer: TransportConsumer, life: Incarnation): TransportConsumer {
  return {
    start: mortal(life, 'start', () => consumer.start()),
    fetchFrom(partition, offset) {
      if (!life.refuses(() => `fetchFrom ${partition.topic}/${partition.partition} at ${offset}`)) consumer.fetchFrom(partition, offset);
    },
    pause(partitions) {
      if (!life.refuses(() => 'pause')) consumer.pause(partitions);
    },
    resume(partitions) {
      if (!life.refuses(() => 'resume')) consumer.resume(partitions);
    },
    commit: (offsets) => {
      const what = offsets.map(({ topic, partition, offset }) => `${topic}/${partition} at ${offset}`).join(', ');
      return mortal(life, `commit of ${what}`, () => consumer.commit(offsets))();
    },
    fetchTurnedAt: () => consumer.fetchTurnedAt?.() ?? null,
    stop: mortal(life, 'stop', () => consumer.stop()),
  };
}

function mortalListener(listener: ConsumerListener, life: Incarnation): ConsumerListener {
  return {
    assigned: (assignment) => life.alive && listener.assigned(assignment),
    revoked: (partitions, options) => (life.alive ? listener.revoked(partitions, options) : Promise.resolve()),
    lost: (partitions, cause) => life.alive && listener.lost(partitions, cause),
    batch: (batch) => (life.alive ? listener.batch(batch) : 'dropped'),
    outOfRange: (range) => life.alive && listener.outOfRange(range),
    warning: (error) => life.alive && listener.warning(error),
    failed: (error) => life.alive && listener.failed(error),
  };
}

function mortalAdmin(admin: TransportAdmin, life: Incarnation): TransportAdmin {
  return {
    describeTopics: mortal(life, 'describeTopics', (topics) => admin.describeTopics(topics)),
    describeTopicConfigs: mortal(life, 'describeTopicConfigs', (topics, names) => admin.describeTopicConfigs(topics, names)),
    createTopics: mortal(life, 'createTopics', (topics) => admin.createTopics(topics)),
    deleteTopics: mortal(life, 'deleteTopics', (topics) => admin.deleteTopics(topics)),
    createPartitions: mortal(life, 'createPartitions', (topic, partitions) => admin.createPartitions(topic, partitions)),
    deleteRecords: mortal(life, 'deleteRecords', (offsets) => admin.deleteRecords(offsets)),
    listOffsets: mortal(life, 'listOffsets', (partitions, at) => admin.listOffsets(partitions, at)),
    committedOffsets: mortal(life, 'committedOffsets', (groupId, topics) => admin.committedOffsets(groupId, topics)),
    setCommittedOffsets: mortal(life, 'setCommittedOffsets', (groupId, offsets) => admin.setCommittedOffsets(groupId, offsets)),
    describeGroup: mortal(life, 'describeGroup', (groupId) => admin.describeGroup(groupId)),
  };
}

/** Real time for one member's process: once that is dead its timers never fire, and new ones are written down. */
export function mortalClock(clock: Clock, life: Incarnation): Clock {
  return {
    now: () => clock.now(),
    setTimer(delayMs, callback) {
      if (life.refuses(() => `set a timer of ${delayMs} ms`)) return { cancel: () => {} };
      const timer = clock.setTimer(delayMs, () => {
        forget();
        if (life.alive) callback();
      });
      // Else a dead process's deadlines would keep the test run from ending.
      const forget = life.onKill(() => timer.cancel());
      return {
        cancel() {
          forget();
          timer.cancel();
        },
      };
    },
    yield(callback) {
      if (life.refuses(() => 'yielded')) return;
      clock.yield(() => {
        if (life.alive) callback();
      });
    },
  };
}
