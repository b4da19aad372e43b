/** Characters that a reader cannot see or that change how others are shown: controls, terminal codes, direction marks, halves of pairs. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]|\p{Surrogate}/gu;

export interface VisibleTextOptions {
  /** Characters kept, an ellipsis included. Default 2,000. */
  readonly limit?: number;
  /** Leaves line breaks as they are. Default false. */
  readonly lines?: boolean;
}

/**
 * Text from outside (keys, values, reasons, messages) as it may stand in any report: what cannot be seen is written out
 * (`\u001b`), so that it can neither drive a terminal nor break XML, and it has a limit.
 */
export function visibleText(text: string, { limit = 2_000, lines = false }: VisibleTextOptions = {}): string {
  const shown = text
    // Before the escapes make it longer: what is cut off is never looked at.
    .slice(0, limit + 1)
    .replace(UNSEEN, (character) => (lines && character === '\n' ? character : escapeOf(character)));
  return shown.length <= limit ? shown : `${cut(shown, limit - 1)}…`;
}

/** Cuts between characters, never through a pair. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
