const RULES = new Intl.PluralRules('en', { type: 'ordinal' });
const SUFFIXES: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> = { one: 'st', two: 'nd', few: 'rd' };

/** `3rd`, `45th`. */
export function ordinal(count: number): string {
  return `${count}${SUFFIXES[RULES.select(count)] ?? 'th'}`;
}
