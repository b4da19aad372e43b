import { join } from 'node:path';
import type { Contender } from './contender.ts';

/** Runs one of the Node programs with the task as its argument. */
export function programCommand(program: string): Contender['command'] {
  const file = join(import.meta.dirname, 'program', program);
  return (task) => ({ file: process.execPath, arguments: [file, JSON.stringify(task)] });
}
