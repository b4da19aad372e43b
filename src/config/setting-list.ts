import * as v from 'valibot';
import { settings } from './settings.ts';
import type { SettingNotes } from './settings.ts';

/** One setting with what its schema says about it. */
export interface Setting extends SettingNotes {
  /** Path in the configuration, such as `sasl.password`. */
  readonly path: string;
  readonly type: 'flag' | 'number' | 'list' | 'choice' | 'text';
  /** The fixed default; undefined where there is none, or it depends on other settings. */
  readonly byDefault: string | number | boolean | readonly string[] | undefined;
}

type Schema = v.GenericSchema & {
  readonly type: string;
  readonly wrapped?: Schema;
  readonly default?: Setting['byDefault'] | null;
  readonly entries?: Readonly<Record<string, Schema>>;
};

const TYPES: Readonly<Record<string, Setting['type']>> = { boolean: 'flag', number: 'number', array: 'list', picklist: 'choice' };

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = Object.entries(settings.entries).flatMap(([name, schema]) => read(name, schema as Schema));

const byPath: ReadonlyMap<string, Setting> = new Map(SETTINGS.map((setting) => [setting.path, setting]));

/** The setting at a path; undefined for the path of a group such as `sasl`, and for an unknown one. */
export function settingAt(path: string): Setting | undefined {
  return byPath.get(path);
}

function read(path: string, schema: Schema): readonly Setting[] {
  const inner = unwrap(schema);
  if (inner.entries !== undefined) return Object.entries(inner.entries).flatMap(([name, entry]) => read(`${path}.${name}`, entry));
  const notes = v.getMetadata(inner as Parameters<typeof v.getMetadata>[0]) as unknown as SettingNotes;
  return [{ ...notes, path, type: TYPES[inner.type] ?? 'text', byDefault: schema.default ?? undefined }];
}

function unwrap(schema: Schema): Schema {
  return schema.wrapped === undefined ? schema : unwrap(schema.wrapped);
}
