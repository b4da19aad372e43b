/** A user's messages as those of plans. */
import type { Arbitrary } from 'fast-check';
import { KafkaError } from '../../src/errors.ts';
import type { PlanValue } from '../../testing/scenario/plan.ts';
import { VIRTUAL_EPOCH_MS } from '../../testing/simulation/event-loop.ts';
import type { GeneratedMessage } from '../generate/plan-shape.ts';
import type { FastCheckModule } from '../load-fast-check.ts';
import type { Stageability } from '../scenario-definition.ts';
import { guarded } from './guarded-arbitrary.ts';
import { scenarioThrew } from './own-code.ts';
import type { MessageArbitraries, RehearsalMessage, ScenarioOptions } from './scenario-options.ts';

/** Generators by topic as the user gave them. Throws SCENARIO_THREW and SCENARIO_INVALID. */
export function messageArbitraries(
  name: string,
  messages: ScenarioOptions<never>['messages'],
  fc: FastCheckModule,
  stage: Stageability,
): MessageArbitraries {
  const now = stage.time === 'virtual' ? VIRTUAL_EPOCH_MS : Date.now();
  let given: MessageArbitraries;
  try {
    given = typeof messages === 'function' ? messages(fc, { now }) : messages;
  } catch (error) {
    throw scenarioThrew(name, '`messages`', error);
  }
  for (const [topic, arbitrary] of Object.entries(given ?? {})) {
    if (typeof (arbitrary as Partial<Arbitrary<unknown>> | undefined)?.generate === 'function') continue;
    throw new KafkaError(
      'SCENARIO_INVALID',
      `scenario "${name}": messages.${topic} must be a fast-check arbitrary of { key, value }, such as fc.record({ key: fc.string(), value: fc.string() })`,
    );
  }
  if (Object.keys(given ?? {}).length === 0)
    throw new KafkaError('SCENARIO_INVALID', `scenario "${name}": \`messages\` has no topic: expected a generator for each topic`);
  return given;
}

/** The same as plans hold them. What a generator throws is the scenario's fault, and says so. */
export function planMessages(
  name: string,
  fc: FastCheckModule,
  given: MessageArbitraries,
): Readonly<Record<string, Arbitrary<GeneratedMessage>>> {
  return Object.fromEntries(
    Object.entries(given).map(([topic, arbitrary]) => [
      topic,
      guarded(
        fc,
        arbitrary.map((message) => toPlanMessage(name, topic, message)),
        (error) => scenarioThrew(name, `the generator of messages for ${topic}`, error),
      ),
    ]),
  );
}

export function toPlanMessage(name: string, topic: string, message: RehearsalMessage): GeneratedMessage {
  if (typeof message !== 'object' || message === null || !('value' in message)) {
    const hint = 'expected { key, value }: wrap it, such as fc.record({ key: fc.constant(null), value: ... })';
    throw new KafkaError('SCENARIO_INVALID', `scenario "${name}": a message generated for ${topic} is ${typeof message}, ${hint}`);
  }
  const { key = null, value, headers } = message;
  if (key !== null && typeof key !== 'string')
    throw new KafkaError(
      'SCENARIO_INVALID',
      `scenario "${name}": a key generated for ${topic} is a ${typeof key}, expected a string or null`,
    );
  const pairs =
    headers === undefined ? [] : Array.isArray(headers) ? (headers as readonly (readonly [string, unknown])[]) : Object.entries(headers);
  return {
    key,
    value: toPlanValue(value),
    ...(pairs.length === 0 ? {} : { headers: pairs.map(([header, content]) => [header, toPlanValue(content)] as const) }),
  };
}

function toPlanValue(value: unknown): PlanValue {
  if (value === null || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  return JSON.stringify(value) ?? null;
}
