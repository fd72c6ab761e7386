import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { eventually, freePort, ServiceProcess } from '#testing';
import { RULE_FILES, readYaml, type RuleFile } from './rule-files.js';
import { shorten } from './shorten.js';
import { run } from './tools.js';

/** A sample of a response: its labels, time and value. */
export interface Sample {
  metric: Record<string, string>;
  value: [seconds: number, value: string];
}

interface Target {
  /** The addresses of the services' metrics, `127.0.0.1:PORT`, by job. */
  jobs: Record<string, string | string[]>;
  alertmanager?: string;
}

/** A real Prometheus or Alertmanager on the loopback interface. */
class Server {
  private constructor(
    readonly address: string,
    private readonly process: ServiceProcess,
  ) {}

  static async start(command: string, args: (address: string) => string[]): Promise<Server> {
    const address = `127.0.0.1:${await freePort()}`;
    // Ends with this process, even if that is killed.
    const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args(address)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const process = new ServiceProcess(command, child, undefined);
    const server = new Server(address, process);
    try {
      await eventually(async () => (await fetch(`http://${address}/-/ready`)).ok, {
        describe: `${command} is ready`,
      });
    } catch (error) {
      await process.kill();
      throw new Error(`${String(error)}\n${process.lastLines()}`, { cause: error });
    }
    return server;
  }

  async json(path: string, parameters: Record<string, string> = {}): Promise<unknown> {
    const query = new URLSearchParams(parameters);
    const response = await fetch(`http://${this.address}${path}?${query.toString()}`);
    if (!response.ok) throw new Error(`${path} ${query.toString()}: ${await response.text()}`);
    return response.json();
  }

  async stop(): Promise<void> {
    await this.process.stop('SIGTERM', { timeoutMs: 10_000 });
  }
}

/** Prometheus with the project's own configuration and rules, with all times divided by `factor`. */
export class Prometheus {
  private constructor(private readonly server: Server) {}

  /** @param history OpenMetrics lines that exist before it starts */
  static async start(
    folder: string,
    target: Target,
    { factor, history }: { factor: number; history?: string },
  ): Promise<Prometheus> {
    const data = join(folder, 'prometheus-data');
    await mkdir(join(folder, 'rules'), { recursive: true });
    for (const path of RULE_FILES) {
      const rules = shorten(readYaml(path) as RuleFile, factor);
      await writeFile(join(folder, 'rules', basename(path)), stringify(rules));
    }
    const config = join(folder, 'prometheus.yml');
    await writeFile(config, stringify(testConfig(target, factor)));
    if (history !== undefined) await createHistory(join(folder, 'history.txt'), history, data);
    const server = await Server.start('prometheus', (address) => [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=${address}`,
    ]);
    return new Prometheus(server);
  }

  get address(): string {
    return this.server.address;
  }

  async query(expression: string): Promise<Sample[]> {
    const answer = await this.server.json('/api/v1/query', { query: expression });
    const { result } = (answer as { data: { result: Sample[] } }).data;
    return result;
  }

  /** The names of the firing alerts. */
  async firing(): Promise<string[]> {
    const samples = await this.query('count by (alertname) (ALERTS{alertstate="firing"})');
    return samples.map(({ metric }) => metric['alertname'] ?? '').sort();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

async function createHistory(path: string, history: string, data: string): Promise<void> {
  await writeFile(path, history);
  const made = run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', path, data]);
  if (made.status !== 0) throw new Error(`promtool could not create the history:\n${made.output}`);
}

/** The project's own prometheus.yml with other addresses and shorter times. */
function testConfig({ jobs, alertmanager }: Target, factor: number): unknown {
  const real = readYaml('prometheus/prometheus.yml') as {
    scrape_configs: { job_name: string; relabel_configs: unknown }[];
  };
  const interval = `${15_000 / factor}ms`;
  return {
    ...real,
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    alerting:
      alertmanager === undefined
        ? {}
        : { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: real.scrape_configs.flatMap(({ job_name, relabel_configs }) => {
      const target = jobs[job_name];
      if (target === undefined) return [];
      return [{ job_name, relabel_configs, static_configs: [{ targets: [target].flat() }] }];
    }),
  };
}

export interface AlertmanagerAlert {
  labels: Record<string, string>;
  status: { state: 'active' | 'suppressed' | 'unprocessed' };
}

/** Alertmanager with the project's own routes and inhibition, which notifies a webhook at once. */
export class Alertmanager {
  private constructor(private readonly server: Server) {}

  static async start(folder: string, webhook: string): Promise<Alertmanager> {
    const real = readYaml('alertmanager/alertmanager.yml') as {
      route: { routes: object[] };
      receivers: { name: string }[];
    };
    const soon = { group_wait: '500ms', group_interval: '1s' };
    const config = join(folder, 'alertmanager.yml');
    const test = {
      ...real,
      route: { ...real.route, ...soon, routes: real.route.routes.map((route) => ({ ...route, ...soon })) },
      receivers: real.receivers.map((receiver) => ({
        ...receiver,
        webhook_configs: [{ url: `${webhook}/${receiver.name}`, send_resolved: true }],
      })),
    };
    await writeFile(config, stringify(test));
    const server = await Server.start('prometheus-alertmanager', (address) => [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'alertmanager-data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ]);
    return new Alertmanager(server);
  }

  get address(): string {
    return this.server.address;
  }

  async alerts(): Promise<AlertmanagerAlert[]> {
    return (await this.server.json('/api/v2/alerts')) as AlertmanagerAlert[];
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
