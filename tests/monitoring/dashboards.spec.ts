import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { dashboardFiles } from '../../monitoring/grafana/files.js';
import { ALERTS, readYaml } from './rule-files.js';
import { panelsOf, type DashboardJson } from './expressions.js';

const KNOWN_PANELS = [
  'Events Consumed Rate',
  'Total Events Consumed',
  'Current Batch Size',
  'Batch Processing Duration',
  'Snowflake Insert Duration',
  'Events Inserted (per minute)',
  'DLQ Messages by error type',
  'Events Summary by Type',
];

describe('the dashboards', () => {
  let files: Map<string, string>;
  let dashboards: DashboardJson[];
  beforeAll(async () => {
    files = await dashboardFiles();
    dashboards = [...files]
      .filter(([path]) => path.endsWith('.json'))
      .map(([, text]) => JSON.parse(text) as DashboardJson);
  });

  it('match the generating code (npm run dashboards updates them)', () => {
    for (const [path, text] of files) {
      expect(readFileSync(join(REPOSITORY_ROOT, path), 'utf8')).toBe(text);
    }
  });

  it('show the eight panels under the names that users know, in one section', () => {
    const titles = dashboards[0]?.panels.map(({ type, title }) => (type === 'row' ? `# ${title}` : title));
    const start = titles?.indexOf('# Sales events') ?? -1;
    expect(titles?.slice(start + 1, start + 1 + KNOWN_PANELS.length)).toEqual(KNOWN_PANELS);
    expect(titles?.[start + 1 + KNOWN_PANELS.length]).toMatch(/^# /);
  });

  it('place no panel over another', () => {
    for (const { panels } of dashboards) {
      const cells = new Set<string>();
      for (const { gridPos, title } of panels) {
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect({ title, isFree: !cells.has(`${x},${y}`) }).toEqual({ title, isFree: true });
            cells.add(`${x},${y}`);
          }
        }
      }
    }
  });

  it('restrict every series to the selected environments, of which one must not hide another', () => {
    const expressions = dashboards
      .flatMap(panelsOf)
      .flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr ?? []));
    const open = expressions.filter((expr) => {
      const selectors = expr.match(/\w\{[^}]*\}/g) ?? [];
      const isRestricted = (each: string) => each.includes('cluster=~"$cluster", namespace=~"$namespace"');
      return selectors.length === 0 || !selectors.every(isRestricted);
    });
    expect(open).toEqual([]);
    expect(
      expressions.filter((expr) => /(max|min) by \((?!cluster, namespace)[^)]*partition/.test(expr)),
    ).toEqual([]);
  });

  it('link to sections of the runbook that exist, and list every alert', () => {
    const anchors = ALERTS.map(({ alert }) => alert.toLowerCase());
    const panels = dashboards.flatMap(panelsOf);
    const links = panels.flatMap(({ links = [] }) => links.map(({ url }) => url.replace('${runbook}#', '')));
    expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
    const text = panels.map(({ options }) => options?.content ?? '').join('\n');
    expect(anchors.filter((anchor) => !text.includes(`\${runbook}#${anchor})`))).toEqual([]);
  });

  it('are where Grafana finds them in Compose, with the data source that they use', () => {
    const provider = readYaml('grafana/provisioning/dashboards/dashboards.yml');
    expect(provider).toMatchObject({
      providers: [{ type: 'file', options: { path: '/etc/grafana/dashboards' } }],
    });
    const sources = readYaml('grafana/provisioning/datasources/datasources.yml');
    expect(sources).toMatchObject({
      datasources: [
        { type: 'prometheus', url: 'http://prometheus:9090' },
        { type: 'grafana-postgresql-datasource', user: 'sales_now_reader' },
      ],
    });
    expect(existsSync(join(REPOSITORY_ROOT, 'monitoring/grafana/dashboards'))).toBe(true);
  });
});
