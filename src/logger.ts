/** One log call: data first, then the message, as pino has it. */
export type LogMethod = (data: Readonly<Record<string, unknown>>, message: string) => void;

/**
 * The small part of a logger that we use. A pino logger fits as it is. We log no record value and no secret of ours; an error
 * of a handler's own is logged as it is, so mind what it quotes.
 */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  child(bindings: Readonly<Record<string, unknown>>): Logger;
}

/** Says nothing. For tests and for callers that read observations instead. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
