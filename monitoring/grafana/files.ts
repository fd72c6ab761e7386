import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { archive } from './archive-dashboard.js';
import { salesEvents } from './dashboard.js';
import type { DashboardInput } from './frame.js';

/** From the repository root, like all paths here. */
const RULE_FILES = ['alerts', 'anomalies', 'archiver'].map(
  (name) => `monitoring/prometheus/rules/${name}.yml`,
);

/** Each dashboard has the alerts of one service. */
const DASHBOARDS: { path: string; service: string; build: (input: DashboardInput) => unknown }[] = [
  { path: 'monitoring/grafana/dashboards/sales-events.json', service: 'ingestion', build: salesEvents },
  { path: 'monitoring/grafana/dashboards/archive.json', service: 'archiving', build: archive },
];

interface RuleFile {
  groups: {
    rules: {
      alert?: string;
      labels?: Record<string, string>;
      annotations?: { summary: string; runbook_url: string };
    }[];
  }[];
}

/** The contents of every generated file, by path. */
export async function dashboardFiles(): Promise<Map<string, string>> {
  const files = await Promise.all(
    RULE_FILES.map(async (path) => parse(await readFile(path, 'utf8')) as RuleFile),
  );
  const rules = files.flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  const alerts = rules.flatMap(({ alert, annotations, labels = {} }) =>
    alert === undefined || annotations === undefined
      ? []
      : { name: alert, service: labels['service'], ...annotations },
  );
  const runbook = alerts[0]?.runbook_url.replace(/#.*/, '') ?? '';
  const generated = new Map<string, string>();
  for (const { path, service, build } of DASHBOARDS) {
    const own = alerts.filter((alert) => alert.service === service);
    const json = JSON.stringify(
      build({ alerts: own.map(({ name, summary }) => ({ name, summary })), runbook }),
    );
    generated.set(path, await format(json, { ...(await resolveConfig(path)), parser: 'json' }));
  }
  return generated;
}
