import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { document } from '../documents/markdown.js';
import { ApiServer } from './api-server.js';
import type { Manifest } from './manifest.js';
import { findTool, outputOf } from './tools.js';

const FOLDER = join(REPOSITORY_ROOT, 'deploy/kubernetes');
const NAMESPACE = 'sales-ingestion';
const SECRETS: Record<string, string[]> = {
  'ingester-secrets': ['kafka-ca.crt', 'kafka-username', 'kafka-password', 'snowflake.p8'],
  'ingester-schema-secrets': ['snowflake.p8'],
};

/** The version in the name of the schema Job. Nothing uses the host names of its pods. */
const EXPECTED_WARNING = /^Warning: metadata.name: this is used in Pod names .* a DNS label is recommended/;

const kustomize = findTool('kustomize', 'deploy/kubernetes on an API server');
const go = findTool('go', 'deploy/kubernetes on an API server');

(kustomize === null || go === null ? describe.skip : describe)('deploy/kubernetes on an API server', () => {
  let server: ApiServer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    server = await ApiServer.start();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** An overlay as kustomize renders it, after somebody has edited its files. */
  function overlay(name: string, edits: Record<string, (text: string) => string> = {}): string {
    const copy = mkdtempSync(join(folder, 'kubernetes-'));
    cpSync(FOLDER, copy, { recursive: true });
    for (const [file, edit] of Object.entries(edits)) {
      const path = join(copy, 'overlays', name, file);
      const text = readFileSync(path, 'utf8');
      expect(edit(text)).not.toBe(text);
      writeFileSync(path, edit(text));
    }
    return outputOf(kustomize ?? '', ['build', join(copy, 'overlays', name)]);
  }

  /** What happened to each object: created, configured or unchanged. */
  function apply(yaml: string, ...options: string[]): Map<string, string> {
    const warnings = new Set<string>();
    const output = server.kubectl(['apply', ...options, '-f', '-'], yaml, (line) => warnings.add(line));
    expect([...warnings].filter((line) => !EXPECTED_WARNING.test(line))).toEqual([]);
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    return new Map(lines.map(([object = '', result = '']) => [object, result]));
  }

  function get(...args: string[]): Manifest[] {
    const output = server.kubectl(['--namespace', NAMESPACE, 'get', ...args, '--output=json']);
    return (JSON.parse(output) as { items: Manifest[] }).items;
  }

  function ingester(): Manifest {
    const found = get('deployments').find(({ metadata }) => metadata.name === 'ingester');
    if (found === undefined) throw new Error('there is no Deployment ingester');
    return found;
  }
  const image = () => ingester().spec?.template?.spec.containers[0]?.image;
  const release = (tag: string) =>
    overlay('production', {
      'kustomization.yaml': (text) => text.replace('newTag: 1.0.0', `newTag: ${tag}`),
      'ingester.env': (text) => text.replace('BATCH_MAX_WAIT_MS=10000', 'BATCH_MAX_WAIT_MS=20000'),
    });

  it('the first installation creates every object, and the same again changes none', () => {
    const first = apply(overlay('production'));
    expect(new Set(first.values())).toEqual(new Set(['created']));
    for (const kind of [
      'deployment.apps/ingester',
      'scaledobject.keda.sh/ingester',
      'namespace/sales-ingestion',
    ])
      expect(first.has(kind)).toBe(true);
    const second = apply(overlay('production'));
    expect(new Set(second.keys())).toEqual(new Set(first.keys()));
    // kubectl replaces the selector of a PodDisruptionBudget each time, and so always reports it as configured.
    const changed = [...second].filter(([, result]) => result !== 'unchanged').map(([object]) => object);
    expect(changed).toEqual(['poddisruptionbudget.policy/ingester']);
  });

  it.each(['wine-production', 'wine-staging'])(
    'the steps of docs/deploy.md install an environment: %s',
    (namespace) => {
      const copy = mkdtempSync(join(folder, 'steps-'));
      cpSync(FOLDER, copy, { recursive: true });
      cpSync(join(copy, 'overlays/production'), join(copy, 'overlays/mine'), { recursive: true });
      const path = join(copy, 'overlays/mine/kustomization.yaml');
      writeFileSync(path, readFileSync(path, 'utf8').replace(/^namespace: .*$/m, `namespace: ${namespace}`));
      mkdirSync(join(copy, 'secrets'));
      for (const name of [...(SECRETS['ingester-secrets'] ?? []), 'owner.p8'])
        writeFileSync(join(copy, 'secrets', name), 'a placeholder');
      server.writeKubectl(copy);

      const blocks = [...document('docs/deploy.md').text.matchAll(/^ {3}```bash\n([^]*?)^ {3}```$/gm)];
      const [prepare = '', install = ''] = blocks
        .map(([, block = '']) => block.replaceAll('sales-ingestion', namespace))
        .filter((block) => block.includes('kubectl'));
      const env = { PATH: `${copy}:${process.env['PATH'] ?? ''}`, HOME: folder };
      const run = (script: string) => outputOf('sh', ['-euc', script], { cwd: copy, env });
      const prepared = run(prepare);
      expect(prepared).toContain(`namespace/${namespace} created\nsecret/ingester-secrets created\n`);
      // Controllers, which this server does not have, would complete the Job and start the pods.
      const [apply = ''] = install.split('\n').filter((line) => line.includes('kubectl apply'));
      const applied = run(apply);
      const objects = applied.trimEnd().split('\n');
      expect(objects.filter((line) => !line.endsWith(' created'))).toEqual([
        `namespace/${namespace} configured`,
      ]);
      for (const line of objects) expect(prepared).toContain(`${line} (server dry run)`);
      const found = server.kubectl([
        '--namespace',
        namespace,
        'get',
        'deployment,prometheusrule',
        '--output=name',
      ]);
      expect(found.trimEnd().split('\n')).toHaveLength(2);
    },
  );

  it('every pod is admitted under the restricted standard, and finds its ConfigMaps, Secrets and ServiceAccount', () => {
    for (const [name, keys] of Object.entries(SECRETS)) {
      const files = keys.map((key) => {
        writeFileSync(join(folder, key), 'a placeholder');
        return `--from-file=${join(folder, key)}`;
      });
      server.kubectl(['--namespace', NAMESPACE, 'create', 'secret', 'generic', name, ...files]);
    }
    const owners = get('deployments,jobs');
    expect(owners.map(({ kind }) => kind).sort()).toEqual(['Deployment', 'Job']);
    for (const { kind, metadata, spec } of owners) {
      const pod = { ...spec?.template, apiVersion: 'v1', kind: 'Pod' };
      Object.assign(pod, {
        metadata: { ...spec?.template?.metadata, name: metadata.name, namespace: NAMESPACE },
      });
      const created = server.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
      expect({ kind, created }).toEqual({
        kind,
        created: expect.stringContaining('created (server dry run)'),
      });
      const { volumes = [], containers = [] } = spec?.template?.spec ?? {};
      const secrets = volumes.flatMap(({ secret }) => secret?.secretName ?? []);
      const configs = containers.flatMap(({ envFrom = [] }) =>
        envFrom.map(({ configMapRef }) => configMapRef.name),
      );
      expect(secrets.length * configs.length).toBeGreaterThan(0);
      const names = get('secrets,configmaps').map(({ metadata }) => metadata.name);
      expect(names).toEqual(expect.arrayContaining([...secrets, ...configs]));
    }
  });

  it('a pod that wants more than these is refused', () => {
    const containers = [{ name: 'c', image: 'i' }];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: NAMESPACE },
      spec: { serviceAccountName: 'ingester', hostNetwork: true, containers },
    };
    expect(() => server.kubectl(['create', '-f', '-'], JSON.stringify(pod))).toThrow(
      'violates PodSecurity "restricted',
    );
  });

  it.each([
    ['components/monitoring/prometheusrule.yaml', '          expr: ', '          expression: '],
    ['components/monitoring/servicemonitor.yaml', 'scrapeTimeout: 10s', 'timeout: 10s'],
    ['components/keda/scaledobject.yaml', 'pollingInterval: 30', 'interval: 30'],
  ])('%s: a field that the operator does not know is refused', (file, from, to) => {
    const edits = { [`../../${file}`]: (text: string) => text.replace(from, to) };
    expect(() => apply(overlay('production', edits), '--dry-run=server')).toThrow(
      /unknown field|Required value/,
    );
  });

  it('the next release, with changed settings, is applied beside the schema Job of the first, and rolled back', () => {
    const before = { image: image(), config: ingester().spec?.template?.spec.containers[0]?.envFrom };
    const upgrade = apply(release('1.0.1'));
    expect(upgrade.get('job.batch/ingester-schema-1.0.1')).toBe('created');
    expect(upgrade.get('deployment.apps/ingester')).toBe('configured');
    expect(image()).toMatch(/:1\.0\.1$/);
    expect(ingester().spec?.template?.spec.containers[0]?.envFrom).not.toEqual(before.config);

    const back = apply(overlay('production'));
    expect(back.get('deployment.apps/ingester')).toBe('configured');
    expect(image()).toBe(before.image);
    expect(ingester().spec?.template?.spec.containers[0]?.envFrom).toEqual(before.config);
    expect(get('jobs').map(({ metadata }) => metadata.name)).toEqual([
      'ingester-schema-1.0.0',
      'ingester-schema-1.0.1',
    ]);
  });

  it('the number of pods that a scaler has set survives the next release', () => {
    server.kubectl(['--namespace', NAMESPACE, 'scale', 'deployment/ingester', '--replicas=5']);
    apply(release('1.0.2'));
    expect(ingester().spec?.replicas).toBe(5);
  });

  it.each([
    ['local', (text: string) => `${text}# as it is\n`],
    [
      'production',
      (text: string) => text.replace('# - ../../components/archiver', '- ../../components/archiver'),
    ],
    [
      'production',
      (text: string) => text.replace('# - ../../components/tracing', '- ../../components/tracing'),
    ],
    ['production', (text: string) => text.replace('../../components/keda', '../../components/hpa')],
  ])('the API server takes %s with other components', (name, edit) => {
    const results = apply(overlay(name, { 'kustomization.yaml': edit }), '--dry-run=server');
    expect(results.size).toBeGreaterThan(8);
  });
});
