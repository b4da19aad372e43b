import { LOG_EVENTS } from '../src/log/log-events.ts';
import type { LogEvent } from '../src/log/log-events.ts';

/** The documentation's table of all log events, in Markdown. */
export function logEventsTable(): string {
  const rows = Object.entries<LogEvent>(LOG_EVENTS).map(([name, { level, fields, isFolded, meaning }]) => {
    const shown = fields.map((field) => `\`${field}\``).join(', ');
    return `| \`${name}\` | ${level}${isFolded ? ', folded' : ''} | ${shown === '' ? '–' : shown} | ${meaning} |`;
  });
  return ['| Event | Level | Fields | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
