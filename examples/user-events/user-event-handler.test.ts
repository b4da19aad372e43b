import { rehearse } from 'kafka-rehearsal/testing';
import { stageTest } from 'kafka-rehearsal/vitest';
import { describe, expect, test } from 'vitest';
import { UserEventHandler } from './user-event-handler.ts';
import { MemoryUserEventStore } from './user-event-store.ts';

const topic = 'user-events';
const DAY_MS = 24 * 60 * 60 * 1_000;

describe('what becomes of an event', () => {
  const onStage = stageTest(() => ({ handlers: [new UserEventHandler(new MemoryUserEventStore())] }));

  onStage('each kind of event is consumed', async ({ stage }) => {
    const now = { userId: 'u1', timestamp: stage.clock.now() };
    await stage.produce(topic, [
      { key: 'u1', value: { ...now, type: 'signup', email: 'u1@example.com' } },
      { key: 'u1', value: { ...now, type: 'login' } },
      { key: 'u1', value: { ...now, type: 'purchase', orderId: 'o1', amountCents: 4_990 } },
      { key: 'u1', value: { ...now, type: 'logout' } },
    ]);
    await stage.idle();
    expect(stage.actions(topic).map(({ action }) => action)).toEqual(['consume', 'consume', 'consume', 'consume']);
    expect(stage).toHaveCommitted({ topic, offset: 4 });
  });

  onStage('an event of almost thirty days is taken, an older one is rejected', async ({ stage }) => {
    const thirtyDaysAgo = stage.clock.now() - 30 * DAY_MS;
    // A minute of room: some virtual milliseconds pass between this line and the handler.
    await stage.produce(topic, [
      { value: { type: 'login', userId: 'u1', timestamp: thirtyDaysAgo + 60_000 } },
      { value: { type: 'login', userId: 'u1', timestamp: thirtyDaysAgo - 1 } },
    ]);
    await stage.idle();
    expect(stage).toHaveConsumed({ topic, offset: 0 });
    expect(stage).toHaveRejected({ topic, offset: 1, reason: 'too-old' });
    expect(stage).toHaveCommitted({ topic, offset: 2 });
  });

  onStage('what is no JSON and what is no event is rejected, and holds nobody up', async ({ stage }) => {
    const timestamp = stage.clock.now();
    await stage.produce(topic, [
      { value: 'not JSON' },
      { value: Uint8Array.of(0xff) },
      { value: { type: 'login', timestamp } },
      { value: { type: 'dance', userId: 'u1', timestamp } },
      { value: { type: 'purchase', userId: 'u1', timestamp, orderId: 'o1', amountCents: -5 } },
      { value: { type: 'signup', userId: 'u1', timestamp, email: 'nobody' } },
      { value: { type: 'login', userId: 'u1', timestamp } },
    ]);
    await stage.idle();
    const reasons = stage.actions(topic).map(({ action, reason }) => reason ?? action);
    expect(reasons).toEqual([
      'decode-failed',
      'decode-failed',
      'schema-mismatch',
      'schema-mismatch',
      'schema-mismatch',
      'schema-mismatch',
      'consume',
    ]);
    expect(stage).toHaveCommitted({ topic, offset: 7 });
  });

  onStage('a tombstone is consumed', async ({ stage }) => {
    await stage.produce(topic, [{ key: 'u1', value: null }]);
    await stage.idle();
    expect(stage).toHaveConsumed({ topic, offset: 0 });
  });
});

test('a busy store holds the partition back, and nothing is lost, reordered or committed past', async () => {
  const store = new MemoryUserEventStore();
  await using stage = await rehearse({ handlers: [new UserEventHandler(store)] });
  store.busyCalls = 5;
  const timestamp = stage.clock.now();
  await stage.produce(
    topic,
    ['u1', 'u2', 'u3'].map((userId) => ({ value: { type: 'login', userId, timestamp } })),
  );
  await stage.idle();
  expect(stage).toHaveSkipped({ topic, offset: 0, times: 5 });
  expect(store.events.map(({ userId }) => userId)).toEqual(['u1', 'u2', 'u3']);
  expect(stage).toHaveCommitted({ topic, offset: 3 });
});

test('an event that was fresh is too old after a long outage of the store: rejected, so the partition goes on', async () => {
  const store = new MemoryUserEventStore();
  await using stage = await rehearse({ handlers: [new UserEventHandler(store)] });
  store.busyCalls = Number.POSITIVE_INFINITY;
  await stage.produce(topic, [{ value: { type: 'login', userId: 'u1', timestamp: stage.clock.now() - 30 * DAY_MS + 3_600_000 } }]);
  await stage.advance(2 * 3_600_000);
  store.busyCalls = 0;
  await stage.idle();
  expect(stage).toHaveRejected({ topic, offset: 0, reason: 'too-old' });
});
