import { InvalidArgumentError, Option } from 'commander';
import { existsSync } from 'node:fs';
import { scriptCommand } from '../script-command.ts';

export interface MutationOptions {
  readonly again?: true;
  readonly write?: true;
  readonly only?: readonly string[];
  readonly scenariosAlone?: true;
}

export function readMutationOptions(args: readonly string[]): MutationOptions {
  return scriptCommand('mutation', 'change src/consumer in one place after the other, and see whether a test or a scenario notices')
    .addOption(new Option('--again', 'only what survived last time, and files that have changed since').conflicts(['write', 'only']))
    .addOption(new Option('--write', 'the page in the documentation, from what was measured last').conflicts('only'))
    .option('--only <file...>', 'these files, and no page', fileAnd)
    .option('--scenarios-alone', 'with --only: what scenarios notice by themselves')
    .parse([...args], { from: 'user' })
    .opts<MutationOptions>();
}

function fileAnd(file: string, others: readonly string[] = []): readonly string[] {
  if (!/^src\/consumer\/[a-z-]+\.ts$/.test(file) || !existsSync(file))
    throw new InvalidArgumentError('Expected a file such as src/consumer/ledger.ts.');
  return [...others, file];
}
