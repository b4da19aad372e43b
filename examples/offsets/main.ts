/**
 * Gives a stopped group the last two hours of one partition once more, for instance after a bug in its handler was mended.
 *
 *     export KAFKA_BROKERS=localhost:9092 KAFKA_CONSUMER_GROUP_ID=example
 *     node examples/offsets/main.ts messages 0             # says what it would do
 *     node examples/offsets/main.ts messages 0 --execute   # does it
 *
 * The handlers get records again that they have done: they need to know them, as the one in ../deduplication does. For more
 * than this there is `npx kafka-rehearsal offsets`.
 */
import { parseArgs } from 'node:util';
import { KafkaError, loadKafkaConfig } from 'kafka-rehearsal';
import { kafkajsTransport } from 'kafka-rehearsal/kafkajs';
import { replay } from './replay.ts';

const TWO_HOURS_MS = 2 * 60 * 60 * 1_000;
const EXIT_FAILED = 1;
const EXIT_WRONG_USAGE = 2;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { execute: { type: 'boolean', default: false } } });
const [topic, partition] = positionals;
try {
  // The service's own configuration: brokers, TLS and log-in, and the group.
  const { groupId, ...config } = loadKafkaConfig(process.env);
  if (topic === undefined || partition === undefined || !/^\d+$/.test(partition) || groupId === null)
    throw new KafkaError('CONFIG_INVALID', 'usage: KAFKA_CONSUMER_GROUP_ID=... node examples/offsets/main.ts TOPIC PARTITION [--execute]');
  const transport = kafkajsTransport(config);
  try {
    const asked = { groupId, topic, partition: Number(partition), sinceMs: Date.now() - TWO_HOURS_MS, execute: values.execute };
    await replay(transport.admin, asked, (line) => void process.stdout.write(`${line}\n`));
  } finally {
    await transport.close();
  }
} catch (error) {
  if (!(error instanceof KafkaError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code === 'CONFIG_INVALID' ? EXIT_WRONG_USAGE : EXIT_FAILED;
}
