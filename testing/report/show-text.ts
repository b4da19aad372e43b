/**
 * Keys and values as a report may show them: quoted, cut, and without control, bidirectional and zero-width characters,
 * so that a message cannot write into somebody's terminal and widths hold.
 */
export function showText(text: string, maxLength = 24): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udfff]/gu, escape);
}

function escape(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** `1,234`. */
export function showCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 record`, `2 records`, with the number grouped. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${showCount(count)} ${count === 1 ? one : many}`;
}

/** `850 ms`, `12.3 s`, `2 min 5 s`. */
export function showDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  return `${Math.floor(durationMs / 60_000)} min ${Math.round((durationMs % 60_000) / 1_000)} s`;
}
