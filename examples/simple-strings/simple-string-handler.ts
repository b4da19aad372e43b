import { consume, MessageHandler, reject } from 'kafka-rehearsal';
import type { Action, KafkaRecord } from 'kafka-rehearsal';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Passes text on. What is not UTF-8 is rejected as `decode-failed`, because `transform` throws; a message that is empty or
 * blank as `empty-message`; a tombstone says nothing and is consumed.
 */
export class SimpleStringHandler extends MessageHandler<string> {
  readonly topic: string;
  readonly #onMessage: (text: string) => void | Promise<void>;

  constructor(topic: string, onMessage: (text: string) => void | Promise<void>) {
    super();
    this.topic = topic;
    this.#onMessage = onMessage;
  }

  override readonly transform = (record: KafkaRecord & { readonly value: Uint8Array }): string => utf8.decode(record.value);

  readonly handle = async (text: string | null): Promise<Action> => {
    if (text === null) return consume();
    if (text.trim() === '') return reject('empty-message');
    await this.#onMessage(text);
    return consume();
  };
}
