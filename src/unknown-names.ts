/** A sentence when an object of options has names that nobody knows; `path` stands in front of them, such as `limits.`. */
export function unknownNames(given: object, known: readonly string[], path: string): readonly string[] {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length === 0) return [];
  const named = (names: readonly string[]): string => names.map((name) => path + name).join(', ');
  return [`${named(unknown)} ${unknown.length === 1 ? 'is' : 'are'} unknown; there are ${named(known)}`];
}
