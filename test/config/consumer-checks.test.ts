import { describe, expect, it } from 'vitest';
import { checkTopics, requireGroupId } from '../../src/config/consumer-checks.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';

describe('requireGroupId', () => {
  it('gives the group, or says what is missing', () => {
    expect(requireGroupId(kafkaConfig({ groupId: 'g' }))).toBe('g');
    expect(() => requireGroupId(kafkaConfig())).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('KAFKA_CONSUMER_GROUP_ID (groupId) is not set') }),
    );
  });
});

describe('checkTopics', () => {
  it('agrees without configured topics, and with the same ones in any order', () => {
    checkTopics(kafkaConfig(), ['a', 'b']);
    checkTopics(kafkaConfig({ topics: ['b', 'a'] }), ['a', 'b']);
  });

  it('says on which side a topic is missing', () => {
    expect(() => checkTopics(kafkaConfig({ topics: ['a', 'b'] }), ['b', 'c', 'd'])).toThrow(
      'KAFKA_TOPICS (topics) is a,b and does not agree with the registered handlers: a has no handler; c, d have handlers but are not in it',
    );
  });
});
