const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

/** At most `mostBytes` bytes of UTF-8, at least 3; what is cut off is replaced by an ellipsis, half surrogate pairs by U+FFFD. */
export function boundedText(text: string, mostBytes: number): string {
  // No more characters than bytes could matter: an enormous text is not encoded as a whole.
  const wellFormed = text.slice(0, mostBytes + 1).toWellFormed();
  if (text.length <= mostBytes && Buffer.byteLength(wellFormed) <= mostBytes) return wellFormed;
  const bytes = Buffer.from(wellFormed, 'utf8');
  let end = Math.min(bytes.length, mostBytes - ELLIPSIS_BYTES);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1; // never in the middle of a character
  return bytes.toString('utf8', 0, end) + ELLIPSIS;
}
