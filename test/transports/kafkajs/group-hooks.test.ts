import { describe, expect, test } from 'vitest';
import { hookBrokers } from '../../../src/transports/kafkajs/group-hooks.ts';
import type { GroupHooks } from '../../../src/transports/kafkajs/group-hooks.ts';
import type { Cluster } from '../../../src/transports/kafkajs/kafkajs-internals.ts';

/** What kafkajs's loops ask of their cluster before every fetch; by this name of an error they give up. */
describe('which brokers there are', () => {
  const nodeIds = (isClosed: boolean): readonly string[] => {
    const cluster = {
      findBroker: () => Promise.reject(new Error('none')),
      getNodeIds: () => ['1', '2'],
      refreshMetadata: () => Promise.resolve(),
    } as unknown as Cluster;
    hookBrokers(cluster, { isClosed: () => isClosed } as GroupHooks);
    return cluster.getNodeIds();
  };

  test('is told while the consumer lives', () => {
    expect(nodeIds(false)).toEqual(['1', '2']);
  });

  test('ends the loops of one that was stopped: begun anew for a broker that went meanwhile, they would never yield', () => {
    expect(() => nodeIds(true)).toThrow(expect.objectContaining({ name: 'KafkaJSNotImplemented' }));
  });
});
