import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const module = new URL('../src/pino-logger.ts', import.meta.url).href;

/** What a process of its own logs: pino writes to the file descriptor, past everything that a test could catch. */
async function logged(code: string): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await run(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { pinoLogger } from ${JSON.stringify(module)}; ${code}`,
  ]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the built-in logger', () => {
  it('writes JSON lines from its level on, with the bindings of its children and errors in full', async () => {
    const lines = await logged(`
      const logger = await pinoLogger({ level: 'info' });
      logger.debug({}, 'not this');
      logger.child({ topic: 'orders' }).warn({ err: new Error('why') }, 'this');
    `);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        name: 'kafka-rehearsal',
        topic: 'orders',
        msg: 'this',
        err: expect.objectContaining({ message: 'why' }),
      }),
    ]);
  });

  it('can be silent', async () => {
    expect(await logged(`(await pinoLogger({ level: 'silent' })).error({}, 'not this');`)).toEqual([]);
  });
});
