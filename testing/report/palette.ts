import { styleText } from 'node:util';

/** Colours by meaning. Without a terminal, or under NO_COLOR, text stays as it is. */
export interface Palette {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

export const plainPalette: Palette = { good: same, bad: same, strong: same, faint: same };

/** For what is written to this stream. */
export function paletteFor(stream: NodeJS.WriteStream): Palette {
  const style = (format: 'green' | 'red' | 'bold' | 'dim') => (text: string) => styleText(format, text, { stream, validateStream: true });
  return { good: style('green'), bad: style('red'), strong: style('bold'), faint: style('dim') };
}

function same(text: string): string {
  return text;
}
