import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { salesEvents } from './dashboard.js';

/** From the repository root, like all paths here. */
const RULE_FILES = ['monitoring/prometheus/rules/alerts.yml', 'monitoring/prometheus/rules/anomalies.yml'];
const DASHBOARD = 'monitoring/grafana/dashboards/sales-events.json';

interface RuleFile {
  groups: { rules: { alert?: string; annotations?: { summary: string; runbook_url: string } }[] }[];
}

/** The contents of every generated file, by path. */
export async function dashboardFiles(): Promise<Map<string, string>> {
  const files = await Promise.all(
    RULE_FILES.map(async (path) => parse(await readFile(path, 'utf8')) as RuleFile),
  );
  const rules = files.flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  const alerts = rules.flatMap(({ alert, annotations }) =>
    alert === undefined || annotations === undefined ? [] : { name: alert, ...annotations },
  );
  const runbook = alerts[0]?.runbook_url.replace(/#.*/, '') ?? '';
  const dashboard = salesEvents({
    alerts: alerts.map(({ name, summary }) => ({ name, summary })),
    runbook,
  });
  const style = await resolveConfig(DASHBOARD);
  return new Map([[DASHBOARD, await format(JSON.stringify(dashboard), { ...style, parser: 'json' })]]);
}
