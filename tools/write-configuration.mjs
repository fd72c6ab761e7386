// Writes the settings tables in docs/configuration.md. Run after `npm run build`.
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { settingsTables } from '#settings';

const file = new URL('../docs/configuration.md', import.meta.url);
const page = readFileSync(file, 'utf8').replace(
  /(<!-- settings -->\n)[^]*(<!-- end of settings -->)/,
  (_all, begin, end) => `${begin}\n${settingsTables()}\n${end}`,
);
writeFileSync(file, await format(page, { ...(await resolveConfig(file)), parser: 'markdown' }));
