import type { Logger } from '../logger.ts';
import { LOG_EVENTS } from './log-events.ts';
import type { LogEventName, LogFields } from './log-events.ts';

/** One line, with its event's name and level. */
export function writeEvent<Name extends LogEventName>(logger: Logger, event: Name, fields: LogFields<Name>, message: string): void {
  logger[LOG_EVENTS[event].level]({ event, ...fields }, message);
}
