import { KafkaError } from '../errors.ts';
import { quotedNames } from '../quoted-names.ts';
import { showValue } from '../show-value.ts';
import type { PartitionSelection } from './paused-by-hand.ts';

/** Throws HANDLER_MISSING for a topic that is not consumed, and CONFIG_INVALID for what is no partition: a slip of the pen would pause nothing. */
export function checkSelection(selection: readonly PartitionSelection[], topics: readonly string[]): void {
  for (const { topic, partition } of selection) {
    checkTopic(topic, topics);
    if (partition !== undefined) checkWhole('partition', partition, 'or none for the whole topic');
  }
}

/** The same for a decision on what is halted; a partition that another member holds is no mistake. */
export function checkHaltedPlace(
  { topic, partition, offset }: { readonly topic: string; readonly partition: number; readonly offset?: number },
  topics: readonly string[],
): void {
  checkTopic(topic, topics);
  checkWhole('partition', partition, null);
  if (offset !== undefined) checkWhole('offset', offset, null);
}

function checkTopic(topic: string, topics: readonly string[]): void {
  if (!topics.includes(topic))
    throw new KafkaError('HANDLER_MISSING', `${showValue(topic)} is not consumed here, expected one of ${quotedNames(topics)}.`);
}

function checkWhole(name: string, value: number, otherwise: string | null): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  const expected = `a whole number from 0${otherwise === null ? '' : `, ${otherwise}`}`;
  throw new KafkaError('CONFIG_INVALID', `${name} is ${showValue(value)}, expected ${expected}.`);
}
