/**
 * A program of its own: starts and stops managers one after the other, and prints as JSON what is left of them: managers that
 * are still in memory, listeners of the process, and what keeps it alive. Needs `--expose-gc`.
 *
 * Arguments: the brokers, a topic, a group, the number of lives.
 */
import { consume } from '../../../src/action.ts';
import { kafkaConfig } from '../../../src/config/create-kafka-config.ts';
import { defineHandler } from '../../../src/define-handler.ts';
import { silentLogger } from '../../../src/logger.ts';
import { KafkaManager } from '../../../src/manager.ts';

const [brokers = '', topic = '', groupId = '', lives = '0'] = process.argv.slice(2);
const managers: WeakRef<KafkaManager>[] = [];

function listeners(): Record<string, number> {
  return Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
}

async function live(life: number): Promise<void> {
  const config = kafkaConfig({ enabled: true, brokers: brokers.split(','), groupId });
  const manager = new KafkaManager(config, { logger: silentLogger }).register(defineHandler({ topic, handle: () => consume() }));
  managers.push(new WeakRef(manager));
  // Every third is stopped in its start.
  const started = manager.start();
  if (life % 3 > 0) {
    await started;
    await manager.producer().send(topic, { value: 'v' });
  } else {
    started.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, life * 5));
  }
  await manager.stop();
}

await live(1);
const before = listeners();
for (let life = 0; life < Number(lives); life += 1) await live(life);
await new Promise((resolve) => setTimeout(resolve, 1_500)); // the longest pause before something is tried again
globalThis.gc?.();
const alive = managers.filter((manager) => manager.deref() !== undefined).length;
const left = { alive, resources: process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap'), listeners: listeners() };
process.stdout.write(JSON.stringify({ before, ...left }));
