import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const PACKAGE = join(import.meta.dirname, '../..');

function run(program: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(PACKAGE, program), ...args], { encoding: 'utf8', timeout: 30_000 });
}

describe('the commands behind npm scripts', () => {
  test.each(['scripts/zoo.ts', 'scripts/soak.ts', 'scripts/mutation.ts', 'bench/run.ts'])('%s says what it takes', (program) => {
    const { status, stdout, stderr } = run(program, '--help');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Usage: npm run (zoo|soak|mutation|bench) -- \[options\]/);
    expect(status).toBe(0);
  });

  test.each([
    ['scripts/zoo.ts', ['--only', '1,99'], 'The zoo has no entry "99"; it has 0, 1,'],
    ['scripts/zoo.ts', ['--seeds', 'ten'], 'Expected a whole number from 1 to 1000.'],
    ['scripts/soak.ts', ['--transport', 'kafkajs', '--ordering', 'key,none'], 'Expected some of partition, key, unordered'],
    ['scripts/soak.ts', ['--transport', 'kafkajs', '--defect', 'none'], 'Allowed choices are commits-one-too-far'],
    ['scripts/soak.ts', ['--runs', '0'], 'Expected a whole number from 1 to'],
    ['scripts/mutation.ts', ['--only', 'src/consumer/none.ts'], 'Expected a file such as src/consumer/ledger.ts.'],
    ['scripts/mutation.ts', ['--again', '--write'], "option '--again' cannot be used with option '--write'"],
    ['bench/run.ts', ['--only', 'speed'], 'Expected some of imports, runtime'],
    ['bench/run.ts', ['--records', '1e6'], 'Expected a whole number from 1 to'],
  ])('%s %j measures nothing and says what was expected', (program, args, said) => {
    const { status, stdout, stderr } = run(program, ...args);
    expect(stderr).toContain(said);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
