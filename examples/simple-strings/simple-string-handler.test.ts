import { rehearse } from 'kafka-rehearsal/testing';
import 'kafka-rehearsal/vitest';
import { expect, test } from 'vitest';
import { SimpleStringHandler } from './simple-string-handler.ts';

const topic = 'messages';

test('text is passed on in order, in any script', async () => {
  const messages: string[] = [];
  await using stage = await rehearse({ handlers: [new SimpleStringHandler(topic, (text) => void messages.push(text))] });
  await stage.produce(topic, [{ value: 'hello' }, { value: 'grüß dich' }, { value: '日本語 👍🏽' }]);
  await stage.idle();
  expect(messages).toEqual(['hello', 'grüß dich', '日本語 👍🏽']);
  expect(stage).toHaveCommitted({ topic, offset: 3 });
});

test.each([
  ['half a character', Uint8Array.of(0xe6, 0x97), 'decode-failed'],
  ['Latin-1', Buffer.from('grüß dich', 'latin1'), 'decode-failed'],
  ['no bytes', '', 'empty-message'],
  ['blanks', ' \t\n', 'empty-message'],
])('%s is rejected, and the next message goes on', async (_what, value, reason) => {
  const messages: string[] = [];
  await using stage = await rehearse({ handlers: [new SimpleStringHandler(topic, (text) => void messages.push(text))] });
  await stage.produce(topic, [{ value }, { value: 'next' }]);
  await stage.idle();
  expect(stage).toHaveRejected({ topic, offset: 0, reason });
  expect(messages).toEqual(['next']);
  expect(stage).toHaveCommitted({ topic, offset: 2 });
});

test('a tombstone is consumed and passes nothing on', async () => {
  const messages: string[] = [];
  await using stage = await rehearse({ handlers: [new SimpleStringHandler(topic, (text) => void messages.push(text))] });
  await stage.produce(topic, [{ key: 'k', value: null }]);
  await stage.idle();
  expect(stage).toHaveConsumed({ topic, offset: 0 });
  expect(messages).toEqual([]);
});

test('a receiver that fails is tried again, and nothing is committed past it', async () => {
  let failures = 3;
  const messages: string[] = [];
  const receive = (text: string): void => {
    if (text === 'second' && failures-- > 0) throw new Error('not yet');
    messages.push(text);
  };
  await using stage = await rehearse({ handlers: [new SimpleStringHandler(topic, receive)] });
  await stage.produce(topic, [{ value: 'first' }, { value: 'second' }, { value: 'third' }]);
  await stage.idle();
  expect(messages).toEqual(['first', 'second', 'third']);
  expect(stage).toHaveCommitted({ topic, offset: 3 });
});
