// Run as a child process by supervision.kafka.test.ts: starts two brokers, says so, and waits to be killed.
import { startRealKafka } from '../../testing/kafka/real-kafka.ts';

const marker = process.argv[2] ?? '';
const kafka = await startRealKafka({ nodes: 2, source: 'jvm', javaOptions: [`-Drehearsal.marker=${marker}`] });
process.stdout.write(`${JSON.stringify({ brokers: kafka.brokers })}\n`);
setInterval(() => undefined, 60_000);
