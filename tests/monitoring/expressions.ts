import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from './rule-files.js';
import { shortRule } from './shorten.js';
import { MONITORING } from './tools.js';

export interface PanelJson {
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
  links?: { url: string }[];
  options?: { content?: string };
}

export interface DashboardJson {
  panels: PanelJson[];
}

export function panelsOf({ panels }: DashboardJson): PanelJson[] {
  return panels.filter(({ type }) => type !== 'row');
}

/** An expression and its location. */
export interface Expression {
  where: string;
  expression: string;
}

/**
 * Every expression of the committed dashboards, as Grafana sends it with everything selected.
 *
 * @param interval replaces Grafana's own: four scrapes
 */
export function panelExpressions(interval: string): Expression[] {
  const folder = join(MONITORING, 'grafana/dashboards');
  const dashboards = readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as DashboardJson,
  );
  return dashboards.flatMap(panelsOf).flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      where: `panel ${title}`,
      expression: expr
        .replaceAll('$__rate_interval', interval)
        .replaceAll(/\$(cluster|namespace)\b/g, '.*')
        .replaceAll(/\$(topic|pod)\b/g, '.+'),
    })),
  );
}

/**
 * Every expression of the rules, shortened and changed so that it has a value even while an alert is silent: a
 * comparison becomes a sum, which has a value wherever both sides have one, and `unless` becomes `and`.
 */
export function ruleExpressions(factor: number): Expression[] {
  return RULES.map((rule) => ({
    where: `rule ${rule.alert ?? rule.record ?? ''}`,
    expression: shortRule(rule, factor)
      .expr.replaceAll(/(==|>=|<=|>|<)/g, '+')
      .replaceAll(/\bunless\b/g, 'and'),
  }));
}
