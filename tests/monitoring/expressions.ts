import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from './rule-files.js';
import { shortRule } from './shorten.js';
import { MONITORING } from './tools.js';

export interface PanelJson {
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr?: string; rawSql?: string }[];
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
  return committedPanels().flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr }) =>
      expr === undefined
        ? []
        : {
            where: `panel ${title}`,
            expression: expr
              .replaceAll('$__rate_interval', interval)
              .replaceAll(/\$(cluster|namespace)\b/g, '.*')
              .replaceAll(/\$(topic|pod)\b/g, '.+'),
          },
    ),
  );
}

/** Every query of PostgreSQL of the committed dashboards, as Grafana sends it for the last hours. */
export function panelQueries(hours: number): Expression[] {
  return committedPanels().flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ rawSql }) =>
      rawSql === undefined
        ? []
        : {
            where: `panel ${title}`,
            expression: rawSql.replaceAll(
              /\$__timeFilter\((\w+)\)/g,
              `$1 BETWEEN now() - interval '${hours} hours' AND now()`,
            ),
          },
    ),
  );
}

function committedPanels(): PanelJson[] {
  const folder = join(MONITORING, 'grafana/dashboards');
  return readdirSync(folder)
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as DashboardJson)
    .flatMap(panelsOf);
}

/** Whether an expression is about Flink, which a service alone does not run. */
export function isOfFlink({ expression }: Expression): boolean {
  return /flink_|aggregations|aggregating/.test(expression);
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
