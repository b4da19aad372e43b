/**
 * A small service: two handlers on real Kafka, configured by environment variables alone.
 *
 *     KAFKA_ENABLED=true KAFKA_BROKERS=localhost:9092 KAFKA_CONSUMER_GROUP_ID=example node examples/service/main.ts
 *
 * The topics `user-events` and `messages` must exist. SIGTERM and Ctrl-C stop it gracefully: running handlers finish, what
 * is done is committed. A second signal stops it at once.
 */
import { KafkaError, KafkaManager, loadKafkaConfig } from 'kafka-rehearsal';
import { SimpleStringHandler } from '../simple-strings/simple-string-handler.ts';
import { UserEventHandler } from '../user-events/user-event-handler.ts';
import { MemoryUserEventStore } from '../user-events/user-event-store.ts';

const EXIT_FAILED = 1;
const EXIT_WRONG_CONFIGURATION = 2;

try {
  const manager = new KafkaManager(loadKafkaConfig(process.env))
    .register(new UserEventHandler(new MemoryUserEventStore()))
    .register(new SimpleStringHandler('messages', (text) => void process.stdout.write(`message: ${text}\n`)));
  // Resolves after SIGTERM or SIGINT; rejects when the consumer failed for good, so that the process ends and is started anew.
  await manager.run();
} catch (error) {
  if (!(error instanceof KafkaError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code === 'CONFIG_INVALID' ? EXIT_WRONG_CONFIGURATION : EXIT_FAILED;
}
