import type { LogLevel } from './config/kafka-config.ts';
import { KafkaError } from './errors.ts';
import type { Logger } from './logger.ts';

/**
 * The built-in logger: pino on standard output, loaded only when somebody asks for it. Any object with the methods of
 * `Logger` will do instead, a pino instance of the application's own among them. Rejects with PEER_MISSING where pino is
 * not installed.
 */
export async function pinoLogger(options: { readonly level: LogLevel; readonly name?: string }): Promise<Logger> {
  const { level, name = 'kafka-rehearsal' } = options;
  const { pino } = await import('pino').catch((cause: unknown) => {
    throw new KafkaError('PEER_MISSING', 'the built-in logger needs the package pino: npm install pino, or give a logger of your own', {
      cause,
    });
  });
  const logger: Logger = pino({ level, name });
  return logger;
}
