import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LakeMetrics } from '#apps/archiver';
import { Metrics } from '#telemetry';
import { REPOSITORY_ROOT } from '#testing';
import { ALL_TABLES, type Column } from '#warehouse';
import { DRIVER_KEYS, SETTING_KEYS } from '#settings';
import {
  document,
  documents,
  generatedPart,
  headings,
  localLinks,
  table,
  withoutPadding,
} from './markdown.js';

/** Names that look like settings but are fault codes. */
const FAULT_CODES = new Set(
  globSync('libs/warehouse/src/duckdb/**/*.ts', { cwd: REPOSITORY_ROOT }).flatMap(
    (path) => readFileSync(join(REPOSITORY_ROOT, path), 'utf8').match(/DUCKDB_[A-Z_]+/g) ?? [],
  ),
);

describe.each(documents().map((each) => [each.path, each] as const))('%s', (_path, page) => {
  it('links only to existing files and headings', () => {
    const broken = localLinks(page).filter(({ target, heading }) => {
      if (!existsSync(join(REPOSITORY_ROOT, target))) return true;
      return heading !== null && target.endsWith('.md') && !headings(document(target)).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it('names only existing npm scripts', () => {
    const { scripts } = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...page.text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names only existing settings', () => {
    const known = new Set([...SETTING_KEYS.flatMap(({ key }) => [key, `${key}_FILE`]), ...DRIVER_KEYS]);
    const named = [
      ...page.text.matchAll(/`((?:KAFKA|SNOWFLAKE|BATCH|DLQ|DUCKDB|LAKE|METRICS|DRAIN)_[A-Z_]+[A-Z])`/g),
    ];
    const unknown = named.map(([, name = '']) => name).filter((name) => !known.has(name));
    expect(unknown.filter((name) => !FAULT_CODES.has(name))).toEqual([]);
  });
});

describe('README.md', () => {
  it('has at most 14 kB', () => {
    expect(Buffer.byteLength(document('README.md').text)).toBeLessThanOrEqual(14_000);
  });
});

describe('CONTRIBUTING.md, "Follow one event"', () => {
  it('has eight stops, each a file of fewer than 200 lines', () => {
    const walk = /^## Follow one event$([^]*?)^## /m.exec(document('CONTRIBUTING.md').text)?.[1] ?? '';
    const stops = [...walk.matchAll(/^\d\. \[`.*?`\]\((.*?)\)/gm)].map(([, path = '']) => path);
    expect(stops).toHaveLength(8);
    const long = stops.filter((path) => document(path).text.split('\n').length > 200);
    expect(long).toEqual([]);
  });
});

describe('docs/decisions', () => {
  const decisions = documents().filter(({ path }) => /^docs\/decisions\/\d/.test(path));

  it('are numbered without gaps, and listed by title in the index', () => {
    const index = document('docs/decisions/README.md').text;
    decisions.forEach(({ path, text }, position) => {
      const number = position + 1;
      const [file = ''] = /[^/]*$/.exec(path) ?? [];
      expect(file).toMatch(new RegExp(`^${String(number).padStart(4, '0')}-`));
      const title = new RegExp(`^# ${number}\\. (.*)$`, 'm').exec(text)?.[1];
      expect(withoutPadding(index)).toContain(`| [${file.slice(0, 4)}](${file}) | ${title ?? 'no title'} |`);
    });
  });
});

describe.each(
  documents()
    .filter(({ path }) => /^docs\/decisions\/\d/.test(path))
    .map((page) => [page.path, page] as const),
)('%s', (_path, { text }) => {
  it('has a status, a date, a context, a decision and consequences', () => {
    expect(text).toMatch(/^# \d+\. .+\n\n- Status: (accepted|superseded .+)\n- Date: \d{4}-\d\d-\d\d\n/);
    expect(text.match(/^## .+$/gm)).toEqual(['## Context', '## Decision', '## Consequences']);
  });
});

describe('docs/architecture.md', () => {
  it('shows the graph of folders that matches the imports, without a cycle', () => {
    const script = join(REPOSITORY_ROOT, 'tools/write-folder-graph.mjs');
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });
});

describe('docs/lake.md', () => {
  it('lists every metric of the archiver', async () => {
    const metrics = await new LakeMetrics('1').registry.getMetricsAsJSON();
    const own = metrics.filter(({ name }) => name.startsWith('lake_'));
    const rows = own.map(({ name, type, help }) => [`\`${name}\``, String(type), help]);
    expect(withoutPadding(generatedPart(document('docs/lake.md'), 'metrics'))).toBe(
      withoutPadding(table([['metric', 'type', 'what it is'], ...rows])),
    );
  });
});

describe('docs/ingester.md', () => {
  const page = document('docs/ingester.md');

  it('lists every metric of the code', async () => {
    const metrics = await new Metrics('1').registry.getMetricsAsJSON();
    const rows = metrics.map(({ name, type, help }) => [`\`${name}\``, String(type), help]);
    expect(withoutPadding(generatedPart(page, 'metrics'))).toBe(
      withoutPadding(table([['metric', 'type', 'what it is'], ...rows])),
    );
  });

  it('lists every column of the code', () => {
    const parts = ALL_TABLES.map(
      ({ name, columns }) =>
        `**\`${name}\`**\n\n${table([
          ['column', 'holds', 'NULL'],
          ...columns.map((column: Column) => [
            `\`${column.name}\``,
            column.kind + (column.length === undefined ? '' : `, up to ${column.length} characters`),
            column.required ? 'no' : 'yes',
          ]),
        ])}`,
    );
    expect(withoutPadding(generatedPart(page, 'tables'))).toBe(withoutPadding(parts.join('\n')));
  });
});
