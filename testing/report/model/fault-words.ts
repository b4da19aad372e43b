import { FAULTS } from '../../fault/catalogue.ts';
import type { Fault } from '../../fault.ts';
import { shownSpan } from './shown-time.ts';
import { visibleText } from './visible-text.ts';

/** A fault in plain words: `a commit is stored, but its answer is lost (member a, 3 times)`. */
export function faultWords(fault: Fault): string {
  const { kind, times, ...rest } = fault as Fault & Readonly<Record<string, unknown>>;
  const about = [
    ...Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [fieldWords(name, value)])),
    ...(typeof times === 'number' && times !== 1 ? [`${times} times`] : []),
  ];
  return `${FAULTS[kind].tries}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

function fieldWords(name: string, value: unknown): string {
  const shown = visibleText(typeof value === 'string' ? value : JSON.stringify(value), { limit: 80 });
  if (typeof value === 'number' && (name === 'ms' || name.endsWith('Ms'))) {
    const what = name === 'ms' ? '' : `${spaced(name.slice(0, -2))} `;
    return `${what}${shownSpan(value)}`;
  }
  if (name === 'code' || name === 'api') return shown;
  return `${spaced(name)} ${shown}`;
}

/** `afterEvents` becomes `after events`. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
