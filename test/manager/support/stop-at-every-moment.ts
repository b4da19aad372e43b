/**
 * A program of its own: starts managers that consume, produce and write dead letters, and stops each at another moment of its
 * connections; the brokers may turn into something else at that moment. Prints as JSON what was not as it should be, and the
 * longest stop. Nothing may then keep the process alive: it ends by itself, or says after a while what is left.
 *
 * Arguments: the brokers, a topic and one for its dead letters, the first and the last moment, and the trouble or `none`.
 */
import { consume, reject } from '../../../src/action.ts';
import { kafkaConfig } from '../../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../../src/define-handler.ts';
import type { Logger } from '../../../src/logger.ts';
import { KafkaManager } from '../../../src/manager.ts';
import { kafkajsTransport } from '../../../src/transports/kafkajs/index.ts';
import type { Trouble } from './turning-sockets.ts';
import { TurningSockets } from './turning-sockets.ts';

const LEFT_AFTER_MS = 10_000;
const AT_A_TIME = 30;
/** Longer than any other time here: what waits for a request to time out is told from what does not. */
const SESSION_MS = 60_000;

const [given = '', topic = '', deadLetters = '', first = '1', last = '1', trouble = 'none'] = process.argv.slice(2);
const brokers = given.split(',');
const admin = kafkajsTransport({ brokers });
const wrong: string[] = [];
let longestStopMs = 0;
for (const kind of ['unhandledRejection', 'uncaughtException']) process.on(kind, (error: Error) => wrong.push(`${kind}: ${error.stack}`));

function loggerOf(moment: number): Logger {
  const tell = ({ event }: Readonly<Record<string, unknown>>, message: string): void => {
    // Whoever is stopped, and not in trouble, has nothing to be warned of.
    if (trouble === 'none' && event === 'client-warning') wrong.push(`${moment}: ${message}`);
  };
  const logger: Logger = { debug: () => {}, info: () => {}, warn: tell, error: tell, child: () => logger };
  return logger;
}

async function stopAt(moment: number): Promise<void> {
  const reached = Promise.withResolvers<void>();
  let seen = 0;
  const sockets = new TurningSockets(() => {
    seen += 1;
    if (seen !== moment) return;
    if (trouble !== 'none') sockets.turn(trouble as Trouble);
    reached.resolve();
  });
  const groupId = `${topic}-${trouble}-${moment}`;
  const config = kafkaConfig({
    enabled: true,
    brokers,
    groupId,
    autoOffsetReset: 'earliest',
    sessionTimeoutMs: SESSION_MS,
    commitIntervalMs: 20,
  });
  const logger = loggerOf(moment);
  const transport = kafkajsTransport({ ...config, logger, client: { socketFactory: sockets.factory } });
  let calls = 0;
  const handler = defineHandler({
    topic,
    deadLetter: { topic: deadLetters },
    handle: () => (++calls % 3 === 0 ? reject('every third') : consume()),
  });
  const manager = new KafkaManager(config, { transport, logger }).register(handler);
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  manager.start().then(settled, settled);
  const produce = setInterval(() => {
    if (manager.health().state === 'running') manager.producer().send(topic, { value: 'v' }).catch(settled);
  }, 5);
  await reached.promise;
  const startedAt = performance.now();
  await manager.stop({ deadlineMs: 0 });
  longestStopMs = Math.max(longestStopMs, performance.now() - startedAt);
  clearInterval(produce);
  // One that was refused is closed a moment after it failed.
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (!isSettled) wrong.push(`${moment}: the start is not settled`);
  if (sockets.open.size > 0) wrong.push(`${moment}: ${sockets.open.size} sockets are open`);
  if (trouble !== 'none') return;
  const { members, state } = await admin.admin.describeGroup(groupId);
  if (members.length > 0) wrong.push(`${moment}: a member is left in the group, which is ${state}`);
}

for (let moment = Number(first); moment <= Number(last); moment += AT_A_TIME) {
  const count = Math.min(AT_A_TIME, Number(last) - moment + 1);
  await Promise.all(Array.from({ length: count }, (_, index) => stopAt(moment + index)));
}
await admin.close();
setTimeout(() => {
  wrong.push(`left: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit();
}, LEFT_AFTER_MS).unref();
process.on('exit', () => process.stdout.write(JSON.stringify({ longestStopMs: Math.round(longestStopMs), wrong })));
