import { readFileSync } from 'node:fs';
import { showValue } from '../show-value.ts';
import type { ConfigProblem } from './problem.ts';
import type { Setting } from './setting-list.ts';

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Neither: the variable is not set. A problem comes with a value where there is one, so that no second problem says that it is missing. */
export interface ReadVariable {
  readonly value?: unknown;
  readonly problem?: ConfigProblem;
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  1: true,
  0: false,
  yes: true,
  no: false,
  on: true,
  off: false,
};
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/**
 * A setting from the environment, as the schema's type wherever its text allows that; other text is passed on as it is,
 * and the schema refuses it.
 */
export function readVariable(setting: Setting, environment: Environment): ReadVariable {
  const text = environment[setting.variable] || undefined;
  if (setting.fromFile === true) return readTextOrFile(setting, text, environment);
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' ? {} : { value: convert(setting.type, trimmed) };
}

function convert(type: Setting['type'], text: string): unknown {
  switch (type) {
    case 'flag':
      return FLAGS[text.toLowerCase()] ?? text;
    case 'number':
      return NUMBER.test(text) ? Number(text) : text;
    case 'choice':
      return text.toLowerCase();
    case 'list':
      return text.split(',').map((entry) => entry.trim());
    case 'text':
      return text;
  }
}

function readTextOrFile(setting: Setting, text: string | undefined, environment: Environment): ReadVariable {
  const fileVariable = `${setting.variable}_FILE`;
  const file = environment[fileVariable] || undefined;
  if (file === undefined) return text === undefined ? {} : { value: text };
  if (text !== undefined) {
    return { value: text, problem: { name: setting.variable, given: `set, and so is ${fileVariable}`, expected: 'only one of the two' } };
  }
  try {
    // Editors and `echo` end a file with a line break that is no part of the secret.
    return { value: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    return {
      value: file,
      problem: { name: fileVariable, given: `${showValue(file)}, which cannot be read (${code})`, expected: 'the path of a readable file' },
    };
  }
}
