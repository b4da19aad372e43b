import { SETTINGS } from './setting-list.ts';
import type { Setting } from './setting-list.ts';

/** The documentation's table of all settings, in Markdown, as the schema has them. */
export function configurationTable(): string {
  const rows = SETTINGS.map((setting) => [
    `\`${setting.variable}\`${setting.fromFile !== true ? '' : `, \`${setting.variable}_FILE\``}`,
    `\`${setting.path}\``,
    defaultOf(setting),
    setting.allowed,
    setting.meaning,
  ]);
  return [['Variable', 'Property', 'Default', 'Allowed', 'Meaning'], ['---', '---', '---', '---', '---'], ...rows].map(line).join('\n');
}

function defaultOf({ byDefault, derived }: Setting): string {
  if (byDefault === undefined) return derived ?? 'none';
  return `\`${typeof byDefault === 'object' ? byDefault.join(',') : String(byDefault)}\``;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
