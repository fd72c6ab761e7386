import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { REPOSITORY_ROOT } from '#testing';

export interface Schema {
  properties: Record<string, object>;
  required: string[];
}

export const EVENT_TYPES = ['order_created', 'inventory_adjusted'] as const;
export type ContractName = (typeof EVENT_TYPES)[number];

/** The published contracts of this build. */
export const PUBLISHED = join(REPOSITORY_ROOT, 'config/schemas');

/** Writes the published contracts to a new folder, changed. */
export async function contractFolder(
  folder: string,
  change: (schema: Schema, name: ContractName) => void,
): Promise<string> {
  await mkdir(folder);
  for (const name of EVENT_TYPES) {
    const schema = JSON.parse(await readFile(join(PUBLISHED, `${name}.schema.json`), 'utf8')) as Schema;
    change(schema, name);
    await writeFile(join(folder, `${name}.schema.json`), JSON.stringify(schema));
  }
  return folder;
}

/** Removes every rule: each event of a type with a contract satisfies it, and has only unknown fields. */
export function withoutRules(schema: Schema): void {
  const { event_type = {} } = schema.properties;
  schema.properties = { event_type };
  schema.required = ['event_type'];
}

/** A line of the file that --changes writes. */
export interface ChangedRecord {
  id: string;
  change: 'newlyDead' | 'rescued' | 'drifted';
  eventType: string | null;
  producer: string | null;
  fields: Record<string, string>[];
}

export async function changedRecords(file: string): Promise<ChangedRecord[]> {
  const records: ChangedRecord[] = [];
  for await (const line of createInterface({ input: createReadStream(file) }))
    records.push(JSON.parse(line) as ChangedRecord);
  return records;
}
