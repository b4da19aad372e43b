/** What a feature is measured against: everything else is the same, in the same run. */
export type Feature = 'bytes' | 'metrics' | 'json' | 'json-schema' | 'unordered' | 'unordered-ledger';

export const FEATURE_PAIRS: readonly { readonly name: string; readonly with: Feature; readonly without: Feature }[] = [
  { name: 'metrics (prom-client), beside none', with: 'metrics', without: 'bytes' },
  { name: 'a schema (valibot, four fields), beside JSON.parse alone', with: 'json-schema', without: 'json' },
  {
    name: 'the durable ledger, unordered with one slow record in 1,000, beside `durableLedger: false`',
    with: 'unordered-ledger',
    without: 'unordered',
  },
];
