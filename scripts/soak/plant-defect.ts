import { consume } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import type { Handler } from '../../src/handler.ts';
import type { Transport } from '../../src/transport.ts';
import type { SoakDefect } from './member-life.ts';

/** Below the witness at the client's boundary: only what the broker stores can tell. */
export function defectiveTransport(transport: Transport, defect: SoakDefect | null): Transport {
  if (defect !== 'commits-one-too-far') return transport;
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: transport.admin,
    connect: (options) => transport.connect(options),
    createProducer: (options) => transport.createProducer(options),
    close: () => transport.close(),
    createConsumer(options, listener) {
      const consumer = transport.createConsumer(options, listener);
      return {
        start: () => consumer.start(),
        fetchFrom: (partition, offset) => consumer.fetchFrom(partition, offset),
        pause: (partitions) => consumer.pause(partitions),
        resume: (partitions) => consumer.resume(partitions),
        stop: () => consumer.stop(),
        async commit(offsets) {
          const results = await consumer.commit(offsets.map((each) => ({ ...each, offset: each.offset + 1 })));
          return results.map((result) => ({ ...result, offset: result.offset - 1 }));
        },
      };
    },
  };
}

/** Between the handler's witness and the runtime. */
export function defectiveHandler(handler: Handler, defect: SoakDefect | null): Handler {
  if (defect !== 'skips-are-done') return handler;
  const done = (action: Action): Action => (action.type === 'skip' ? consume() : action);
  return {
    ...handler,
    process(record, context) {
      const answer = handler.process(record, context);
      return answer instanceof Promise ? answer.then(done) : done(answer);
    },
  };
}
