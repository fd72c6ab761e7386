import { globSync } from 'node:fs';
import { ALERTS, readYaml } from './rule-files.js';
import { describeWith, MONITORING, run } from './tools.js';

const MAIN = 'alertmanager/alertmanager.yml';
const FILES = [MAIN, ...globSync('alertmanager/examples/*.yml', { cwd: MONITORING }).sort()];

interface AlertmanagerConfig {
  route: { group_by: string[] };
  inhibit_rules: { equal: string[] }[];
  receivers: { name: string }[];
}

const RECEIVERS: Record<string, string> = { critical: 'page', warning: 'ticket', info: 'digest' };

describeWith(['amtool'], 'Alertmanager takes the configuration', () => {
  it.each(FILES)('accepts %s', (path) => {
    const { status, output } = run('amtool', ['check-config', path]);
    expect({ status, output }).toMatchObject({ status: 0 });
  });

  it.each(FILES)('sends every alert to the receivers of its severity with %s', (path) => {
    for (const { alert, labels } of ALERTS) {
      const { severity = '', service = '' } = labels;
      const receiver = RECEIVERS[severity] ?? '';
      const { status, output } = run('amtool', [
        'config',
        'routes',
        'test',
        `--config.file=${path}`,
        `--verify.receivers=${receiver}`,
        `alertname=${alert}`,
        `severity=${severity}`,
        `service=${service}`,
      ]);
      expect({ alert, status, output }).toMatchObject({ alert, status: 0 });
    }
  });
});

describe('the examples of receivers', () => {
  const main = readYaml(MAIN) as AlertmanagerConfig;
  const names = main.receivers.map(({ name }) => name);

  it.each(FILES)('%s routes and inhibits like the main file', (path) => {
    const example = readYaml(path) as AlertmanagerConfig;
    expect(example.route).toEqual(main.route);
    expect(example.inhibit_rules).toEqual(main.inhibit_rules);
    expect(example.receivers.map(({ name }) => name)).toEqual(names);
  });

  it('no alert hides, or is sent with, one of another environment', () => {
    for (const labels of [main.route.group_by, ...main.inhibit_rules.map(({ equal }) => equal)])
      expect(labels).toEqual(expect.arrayContaining(['cluster', 'namespace']));
  });

  it.each(FILES)('%s contains no secret', (path) => {
    const text = JSON.stringify(readYaml(path));
    expect(text).not.toMatch(
      /"(smtp_auth_password|slack_api_url|api_url|routing_key|service_key|password)":/,
    );
  });
});
