import type { BatchContext, HandlerContext } from '../../src/handler.ts';

/**
 * The context of a call, told to be about `about`. What the two share is read from `context` when it is asked for, and no sooner: the runtime
 * makes some of it only then.
 */
export function contextAbout(about: Omit<HandlerContext, keyof BatchContext>, context: BatchContext): HandlerContext {
  const { id, record, attempt, failures } = about;
  return {
    id,
    record,
    attempt,
    failures,
    get signal() {
      return context.signal;
    },
    get clock() {
      return context.clock;
    },
    get logger() {
      return context.logger;
    },
    get producer() {
      return context.producer;
    },
  };
}
