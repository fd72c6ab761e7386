import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { ALERTS, readYaml, RULE_FILES, RULES, TEST_FILES } from './rule-files.js';
import { describeWith, run } from './tools.js';

interface RuleTests {
  tests: { promql_expr_test: { expr: string; exp_samples: { labels: string }[] }[] }[];
}

describeWith(['promtool'], 'Prometheus takes the configuration and the rules', () => {
  it('accepts prometheus.yml and every rule file', () => {
    const { status, output } = run('promtool', ['check', 'config', 'prometheus/prometheus.yml']);
    expect({ status, output }).toMatchObject({ status: 0 });
    expect(output).toContain(`${RULE_FILES.length} rule files found`);
  });

  it.each(RULE_FILES)('finds no problem in %s', (path) => {
    const { status, output } = run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', path]);
    expect({ status, output }).toMatchObject({ status: 0 });
  });
});

describe('the alert rules', () => {
  const expectations = TEST_FILES.flatMap((path) =>
    (readYaml(path) as RuleTests).tests.map((test) => test.promql_expr_test),
  );
  const runbook = readFileSync(join(REPOSITORY_ROOT, 'docs/runbook.md'), 'utf8');
  // Alert names are one word; titles of other sections have more.
  const runbookTitles = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, title]) => title);

  it.each(ALERTS.map(({ alert }) => alert))('%s has a test in which it is silent and then fires', (alert) => {
    const isFiring = ({ exp_samples }: { exp_samples: { labels: string }[] }) =>
      exp_samples.some(({ labels }) => labels.includes(`alertname="${alert}"`));
    const firing = expectations.filter((steps) => steps.some(isFiring));
    expect(firing.length).toBeGreaterThan(0);
    const isSilentFirst = firing.some((steps) => {
      const [first] = steps.filter(({ expr }) => expr.includes('ALERTS'));
      return first?.exp_samples.length === 0;
    });
    expect(isSilentFirst).toBe(true);
  });

  it.each(RULES.flatMap(({ record }) => record ?? []))('%s is used by a test', (record) => {
    const texts = TEST_FILES.map((path) => JSON.stringify(readYaml(path)));
    const dependents = RULES.filter(({ expr }) => expr.includes(record)).map(({ alert }) => alert ?? record);
    expect([...dependents, record].some((name) => texts.some((text) => text.includes(name)))).toBe(true);
  });

  it.each(ALERTS)('$alert has a severity, a description and a runbook link', (rule) => {
    expect(rule.labels).toMatchObject({
      service: expect.stringMatching(/^(ingestion|archiving|aggregating)$/),
      severity: expect.stringMatching(/^(critical|warning|info)$/),
    });
    expect(Object.keys(rule.annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
    expect(rule.annotations['runbook_url']).toMatch(new RegExp(`#${rule.alert.toLowerCase()}$`));
    expect(runbookTitles).toContain(rule.alert);
  });

  it.each(ALERTS)(
    '$alert lasts longer than the alerts that it inhibits, so that they do not fire instead',
    (rule) => {
      const isHiding = ['outage', 'cause'].includes(rule.labels['kind'] ?? '');
      expect(rule.keep_firing_for).toBe(isHiding ? '1m' : undefined);
    },
  );

  it('share one runbook, which has no section for a removed alert', () => {
    const addresses = ALERTS.map(({ annotations }) => annotations['runbook_url']?.replace(/#.*/, ''));
    expect(new Set(addresses).size).toBe(1);
    expect(addresses[0]).toMatch(/\/docs\/runbook\.md$/);
    const names = ALERTS.map(({ alert }) => alert);
    expect(runbookTitles.filter((title) => !names.includes(title ?? ''))).toEqual([]);
  });
});
