import type { BatchContext, Handler, HandlerContext } from '../src/handler.ts';
import type { KafkaRecord } from '../src/record.ts';
import type { History, HistoryEvent } from '../testing/checker/history.ts';
import type { Verdict } from '../testing/checker/check-history.ts';
import type { Plan } from '../testing/scenario/plan.ts';
import { contextAbout } from '../testing/simulation/context-about.ts';

/**
 * On a broker that lives longer than one run each run has topics of its own: the plan's names with a suffix. Handlers see
 * the plan's names, and so does whoever reads the history.
 */
export class OwnTopics {
  readonly #suffix: string;

  /** `suffix` '' changes nothing. */
  constructor(suffix: string) {
    this.#suffix = suffix;
  }

  plan(plan: Plan): Plan {
    if (this.#suffix === '') return plan;
    return {
      ...plan,
      config: { ...plan.config, topics: plan.config.topics.map((topic) => ({ ...topic, name: this.own(topic.name) })) },
      ops: plan.ops.map((op) => ('topic' in op ? { ...op, topic: this.own(op.topic) } : op)),
      faults: plan.faults.map((planned) =>
        planned.fault.topic === undefined ? planned : { ...planned, fault: { ...planned.fault, topic: this.own(planned.fault.topic) } },
      ),
    };
  }

  /** The same handler on the run's own topics, which it never learns of. */
  handler(handler: Handler): Handler {
    if (this.#suffix === '') return handler;
    const { processBatch, deadLetter } = handler;
    return {
      ...handler,
      topics: handler.topics.map((topic) => this.own(topic)),
      ...(deadLetter === undefined || deadLetter === null
        ? {}
        : { deadLetter: { topic: (source: string) => this.own(letterTopic(deadLetter, this.#known(source))) } }),
      ...(processBatch === undefined
        ? {}
        : {
            processBatch: (contexts: readonly HandlerContext[], context: BatchContext) =>
              processBatch(
                contexts.map((each) => knownContext(each, { ...each.record, topic: this.#known(each.record.topic) })),
                context,
              ),
          }),
      process: (record, context) => {
        const known = { ...record, topic: this.#known(record.topic) };
        return handler.process(known, knownContext(context, known));
      },
    };
  }

  record(record: KafkaRecord): KafkaRecord {
    return this.#suffix === '' ? record : { ...record, topic: this.#known(record.topic) };
  }

  history(history: History): History {
    if (this.#suffix === '') return history;
    return {
      ...history,
      events: history.events.map((event) => this.#event(event)),
      logs: history.logs.map((log) => ({ ...log, topic: this.#known(log.topic) })),
      written: (history.written ?? []).map((partition) => ({
        ...partition,
        topic: this.#known(partition.topic),
        messages: partition.messages.map((written) => ({ ...written, message: this.#plain(written.message) })),
      })),
    };
  }

  verdict(verdict: Verdict): Verdict {
    if (this.#suffix === '') return verdict;
    return {
      ...verdict,
      violations: verdict.violations.map((each) => ({
        ...each,
        topic: this.#known(each.topic),
        message: each.message.replaceAll(this.#suffix, ''),
      })),
    };
  }

  #event(event: HistoryEvent): HistoryEvent {
    if (event.kind === 'observed') {
      const { observation } = event;
      return 'topic' in observation ? { ...event, observation: { ...observation, topic: this.#known(observation.topic) } } : event;
    }
    if (event.kind === 'client-produce-sent' || event.kind === 'client-produce-settled') {
      return { ...event, topic: this.#known(event.topic), messages: event.messages.map((message) => this.#plain(message)) };
    }
    if (event.kind === 'paused-by-hand' || event.kind === 'resumed-by-hand')
      return { ...event, selection: { ...event.selection, topic: this.#known(event.selection.topic) } };
    return 'topic' in event ? { ...event, topic: this.#known(event.topic) } : event;
  }

  /** The run's own name of one of the plan's or the scenario's topics. */
  own(topic: string): string {
    return `${topic}${this.#suffix}`;
  }

  #plain(message: string | null): string | null {
    return message?.replaceAll(this.#suffix, '') ?? null;
  }

  #known(topic: string): string {
    return topic.endsWith(this.#suffix) ? topic.slice(0, -this.#suffix.length) : topic;
  }
}

/** Where a handler wants the dead letters of a topic. */
export function letterTopic({ topic }: NonNullable<Handler['deadLetter']>, source: string): string {
  return typeof topic === 'string' ? topic : topic(source);
}

/** The same context about the record under its known name. */
function knownContext(context: HandlerContext, record: KafkaRecord): HandlerContext {
  const { attempt, failures } = context;
  return contextAbout({ id: `${record.topic}/${record.partition}/${record.offset}`, record, attempt, failures }, context);
}
