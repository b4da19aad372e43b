import { describe, expect, it } from 'vitest';
import { configurationTable } from '../../src/config/configuration-table.ts';
import { kafkaConfig } from '../../src/config/create-kafka-config.ts';
import { SETTINGS } from '../../src/config/setting-list.ts';

describe('the table of settings', () => {
  const rows = configurationTable().split('\n');

  it('has a row for each, with variable, property, default, bounds and meaning', () => {
    expect(rows).toHaveLength(SETTINGS.length + 2);
    for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(7);
    expect(rows).toContain(
      '| `KAFKA_TOPICS` | `topics` | the handlers\' topics | names of topics, separated by commas, each once; a name has 1 to 249 characters a-z, A-Z, 0-9, ".", "_" and "-", other than "." and ".." | Topics to consume. When set, they must be exactly the registered handlers\' topics. |',
    );
    expect(configurationTable()).toContain('`KAFKA_SASL_PASSWORD`, `KAFKA_SASL_PASSWORD_FILE`');
  });

  it('covers every property of a configuration', () => {
    const { warnings: _warnings, ...config } = kafkaConfig();
    const groups = ['tls', 'sasl', 'producer', 'limits'];
    const paths = Object.entries(config).flatMap(([name, value]) =>
      groups.includes(name) ? Object.keys(value ?? {}).map((inner) => `${name}.${inner}`) : [name],
    );
    expect(SETTINGS.map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
  });

  it('names each variable once, all beginning with KAFKA_', () => {
    const variables = SETTINGS.map(({ variable }) => variable);
    expect(new Set(variables).size).toBe(variables.length);
    for (const variable of variables) expect(variable).toMatch(/^KAFKA_[A-Z_]+$/);
  });
});
