import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'node:fs';
import { parse } from 'yaml';
import { MONITORING } from './tools.js';

/** A rule of Prometheus's rule files: an alert or a record. */
export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface RuleFile {
  groups: { name: string; interval?: string; rules: Rule[] }[];
}

export interface Alert extends Rule {
  alert: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export const RULE_FILES = globSync('prometheus/rules/*.yml', { cwd: MONITORING }).sort();
export const TEST_FILES = globSync('prometheus/tests/*.yml', { cwd: MONITORING }).sort();

export function readYaml(path: string): unknown {
  return parse(readFileSync(join(MONITORING, path), 'utf8'));
}

export const RULES: Rule[] = RULE_FILES.flatMap((path) =>
  (readYaml(path) as RuleFile).groups.flatMap(({ rules }) => rules),
);

export const ALERTS: Alert[] = RULES.flatMap(({ alert, labels = {}, annotations = {}, ...rule }) =>
  alert === undefined ? [] : { ...rule, alert, labels, annotations },
);

/** The alerts about faults that only Snowpipe Streaming has. */
export const STREAMING_ALERTS: string[] = RULE_FILES.flatMap((path) => (readYaml(path) as RuleFile).groups)
  .filter(({ name }) => name === 'ingestion-streaming')
  .flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
