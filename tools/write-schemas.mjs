// Writes the contract of each event type, as JSON Schema, to config/schemas. Run after `npm run build`.
import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { contractSchema, DTO_CLASSES } from '#events';

const folder = new URL('../config/schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const dtoClass of DTO_CLASSES) {
  const file = new URL(`${dtoClass.eventType.toLowerCase()}.schema.json`, folder);
  writeFileSync(file, `${JSON.stringify(contractSchema(dtoClass), null, 2)}\n`);
}
