/** Lines with columns as wide as their widest cell; a column of numbers is aligned to the right. */
export function textTable(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)));
  const numeric = headings.map((_, column) => rows.every((row) => /^(-?[\d,]+|none|–)$/.test(row[column] ?? '')));
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, column) => (numeric[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()}`;
  return [line(headings), ...rows.map(line)];
}
