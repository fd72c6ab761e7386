import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { rootCertificates } from 'node:tls';
import { parseAllDocuments } from 'yaml';
import { loadArchiverSettings, loadSettings, SETTING_KEYS, type LoadedSettings } from '#settings';
import { REPOSITORY_ROOT } from '#testing';
import { podsWanted } from './keda.js';
import { findTool, outputOf } from './tools.js';
import type { Container, Manifest, PodSpec } from './manifest.js';

const FOLDER = join(REPOSITORY_ROOT, 'deploy/kubernetes');
/** The oldest version that the manifests support, and the newest with available schemas. */
const VERSIONS = ['1.30', '1.37'];
const PARTITIONS = 6;

const kustomize = findTool('kustomize', 'deploy/kubernetes');
const python =
  kustomize === null ? null : findTool('kubernetes-validate', 'deploy/kubernetes against the schemas');

const build = (folder: string): string => outputOf(kustomize ?? '', ['build', folder]);

/** The output of kustomize for a folder. */
function manifestsOf(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
}

/** The base with one of the components that the overlays do not use. */
function baseWith(component: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'overlay-'));
  const to = (path: string) => relative(folder, join(FOLDER, path));
  writeFileSync(
    join(folder, 'kustomization.yaml'),
    `resources: ['${to('base')}']\ncomponents: ['${to(`components/${component}`)}']\nnamespace: sales-ingestion\n`,
  );
  try {
    return build(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The production overlay after somebody has edited one of its files. */
function editedProduction(file: string, edit: (text: string) => string): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  try {
    cpSync(FOLDER, folder, { recursive: true });
    const path = join(folder, 'overlays/production', file);
    const text = readFileSync(path, 'utf8');
    expect(edit(text)).not.toBe(text);
    writeFileSync(path, edit(text));
    return manifestsOf(build(join(folder, 'overlays/production')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const schemaJob = (all: Manifest[]) =>
  all.filter(({ kind }) => kind === 'Job').map(({ metadata, spec }) => ({ name: metadata.name, spec }));

const OVERLAYS = {
  local: () => build(join(FOLDER, 'overlays/local')),
  production: () => build(join(FOLDER, 'overlays/production')),
  'the HPA instead of KEDA': () => baseWith('hpa'),
  'with traces': () => baseWith('tracing'),
  'with the archiver': () => baseWith('archiver'),
};

(kustomize === null ? describe.skip : describe)('deploy/kubernetes', () => {
  const rendered = new Map<string, string>();
  const manifests = (overlay: string): Manifest[] => manifestsOf(rendered.get(overlay) ?? '');
  const named = (overlay: string, kind: string, name = 'ingester'): Manifest => {
    const found = manifests(overlay).find(
      (each) => each.kind === kind && each.metadata.name.startsWith(name),
    );
    if (found === undefined) throw new Error(`${overlay} has no ${kind} ${name}`);
    return found;
  };

  beforeAll(() => {
    for (const [name, render] of Object.entries(OVERLAYS)) rendered.set(name, render());
  });

  (python === null ? it.skip : it)('is valid by the schemas, without unknown fields', () => {
    const script = join(REPOSITORY_ROOT, 'tests/deploy/validate_manifests.py');
    const output = outputOf(join(dirname(python ?? ''), 'python'), [script, ...VERSIONS], {
      input: [...rendered.values()].join('---\n'),
    });
    const count = Object.keys(OVERLAYS).flatMap(manifests).length;
    expect(output).toBe(`${count} manifests, 0 problems\n`);
  });

  describe.each(['local', 'production'])('%s', (overlay) => {
    it('stays within the restricted pod security standard', () => {
      for (const { name, spec } of podsOf(manifests(overlay))) {
        expect({ name, runAsNonRoot: spec.securityContext?.runAsNonRoot }).toEqual({
          name,
          runAsNonRoot: true,
        });
        expect(spec.securityContext?.runAsUser).toBeGreaterThan(0);
        expect(spec.securityContext?.seccompProfile?.type).toBe('RuntimeDefault');
        for (const { securityContext } of spec.containers) {
          expect(securityContext?.allowPrivilegeEscalation).toBe(false);
          expect(securityContext?.capabilities?.drop).toEqual(['ALL']);
        }
        expect(spec.volumes?.filter(({ hostPath }) => hostPath !== undefined) ?? []).toEqual([]);
      }
    });

    it('gives pods no token and no variables named after Services', () => {
      for (const { name, spec } of podsOf(manifests(overlay))) {
        expect({ name, token: spec.automountServiceAccountToken, links: spec.enableServiceLinks }).toEqual({
          name,
          token: false,
          links: false,
        });
      }
    });

    it('pins every image, and limits the resources of each container', () => {
      for (const { image, resources } of containersOf(manifests(overlay))) {
        expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
        expect(resources?.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
        expect(resources?.limits?.['memory']).toEqual(expect.any(String));
      }
    });

    it('reserves and limits the local disk of our containers, and loads a version of the image once', () => {
      for (const { imagePullPolicy, resources } of containersOf(manifests(overlay)).filter(isOurs)) {
        expect(resources?.requests?.['ephemeral-storage']).toEqual(expect.any(String));
        expect(resources?.limits?.['ephemeral-storage']).toEqual(expect.any(String));
        expect(imagePullPolicy).toBe('IfNotPresent');
      }
    });

    it('reaches the cluster DNS, also through a cache on the node', () => {
      const dns = named(overlay, 'NetworkPolicy').spec?.egress?.filter(({ ports }) =>
        ports.some(({ port }) => port === 53),
      );
      const blocks = dns?.flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []));
      expect(blocks).toEqual(['169.254.20.10/32']);
    });

    it('runs our containers with a read-only root file system', () => {
      const ours = containersOf(manifests(overlay)).filter(isOurs);
      expect(ours.map(({ securityContext }) => securityContext?.readOnlyRootFilesystem)).toEqual(
        ours.map(() => true),
      );
      expect(ours.length).toBeGreaterThan(1);
    });

    it('contains no secret, neither as an object nor in a ConfigMap or a variable', () => {
      const secrets = SETTING_KEYS.filter(({ kind }) => kind.isSecret).map(({ key }) => key);
      expect(manifests(overlay).filter(({ kind }) => kind === 'Secret')).toEqual([]);
      const config = Object.keys(named(overlay, 'ConfigMap').data ?? {});
      const variables = containersOf(manifests(overlay)).flatMap(({ env = [] }) =>
        env.map(({ name }) => name),
      );
      expect([...config, ...variables].filter((key) => secrets.includes(key))).toEqual([]);
    });

    it('gives each of our containers a configuration that it accepts without a warning', () => {
      for (const { name, spec } of podsOf(manifests(overlay))) {
        for (const container of spec.containers.filter(isOurs)) {
          // The producer reads only the location of the topic.
          if (container.args?.[0] === 'producer') continue;
          const { warnings } = settingsOf(manifests(overlay), spec, container);
          expect({ name, warnings }).toEqual({ name, warnings: [] });
        }
      }
    });

    it('leaves the service enough time to drain and exit before it is killed', () => {
      const spec = podOf(named(overlay, 'Deployment'));
      const { settings } = settingsOf(manifests(overlay), spec, containerOf(spec));
      const graceMs = (spec.terminationGracePeriodSeconds ?? 0) * 1000;
      expect(graceMs).toBeGreaterThanOrEqual(settings.service.drainTimeoutMs + 5_000);
      expect(containerOf(spec).lifecycle).toBeUndefined();
    });

    it('probes and scrapes the port that the service opens', () => {
      const spec = podOf(named(overlay, 'Deployment'));
      const { startupProbe, livenessProbe, readinessProbe, ports } = containerOf(spec);
      const { settings } = settingsOf(manifests(overlay), spec, containerOf(spec));
      expect(ports).toEqual([{ name: 'metrics', containerPort: settings.service.metricsPort }]);
      expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)).toEqual([
        { path: '/health/live', port: 'metrics' },
        { path: '/health/live', port: 'metrics' },
        { path: '/health', port: 'metrics' },
      ]);
    });

    it('selects only the pods of the service with Service and PodDisruptionBudget', () => {
      const selectors = [
        named(overlay, 'Service').spec?.selector,
        named(overlay, 'PodDisruptionBudget').spec?.selector?.matchLabels,
        named(overlay, 'Deployment').spec?.selector?.matchLabels,
      ];
      for (const selector of selectors) {
        const selected = podsOf(manifests(overlay)).filter(({ labels }) => matches(selector, labels));
        expect(selected.map(({ name }) => name)).toEqual(['Deployment ingester']);
      }
    });

    it('lets our pods connect only to the brokers, DNS and the warehouse', () => {
      const { spec: policy } = named(overlay, 'NetworkPolicy');
      for (const { name, spec, labels } of podsOf(manifests(overlay))) {
        const isApplication = spec.containers.some(isOurs) || name === 'Job topics';
        expect({ name, isSelected: matches(policy?.podSelector?.matchLabels, labels) }).toEqual({
          name,
          isSelected: isApplication,
        });
      }
      const brokers = named(overlay, 'ConfigMap').data?.['KAFKA_BOOTSTRAP_SERVER']?.split(',') ?? [];
      const brokerPorts = new Set(brokers.map((broker) => Number(broker.split(':')[1])));
      const warehousePorts = overlay === 'production' ? [443, 80] : [];
      const open = new Set(policy?.egress?.flatMap(({ ports }) => ports.map(({ port }) => port)));
      expect(open).toEqual(new Set([53, ...brokerPorts, ...warehousePorts]));
      expect(policy?.policyTypes).toEqual(['Ingress', 'Egress']);
    });
  });

  it('lets production pods reach the warehouse in clusters of either IP family, but no metadata service', () => {
    const { spec: policy } = named('production', 'NetworkPolicy');
    const warehouse = policy?.egress?.filter(({ ports }) => ports.some(({ port }) => port === 443));
    expect(warehouse?.flatMap(({ to = [] }) => to.map(({ ipBlock }) => ipBlock))).toEqual([
      { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] },
      { cidr: '::/0', except: ['fd00:ec2::254/128'] },
    ]);
  });

  it('replaces all pods at once, but only by ready ones: a rollout is two rebalances', () => {
    expect(named('production', 'Deployment').spec?.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 },
    });
  });

  it('runs one process at a time on a DuckDB file', () => {
    const { replicas, strategy } = named('local', 'Deployment').spec ?? {};
    expect({ replicas, strategy }).toEqual({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('uses the Secrets of secrets.example.yaml, which contain placeholders', () => {
    const example = manifestsOf(
      readFileSync(join(FOLDER, 'overlays/production/secrets.example.yaml'), 'utf8'),
    );
    const given = new Map(example.map(({ metadata, stringData }) => [metadata.name, stringData ?? {}]));
    const mounted = podsOf(manifests('production')).flatMap(({ spec }) =>
      (spec.volumes ?? []).flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName])),
    );
    expect(new Set(mounted)).toEqual(new Set(given.keys()));
    for (const value of [...given.values()].flatMap((data) => Object.values(data)))
      expect(value).toMatch(/^<.*>$/);
    const keys = named('production', 'TriggerAuthentication').spec?.secretTargetRef ?? [];
    expect(keys.map(({ name, key }) => given.get(name)?.[key])).not.toContain(undefined);
  });

  it('scales by the lag of the topic that the service reads, and to no more pods than partitions', () => {
    const { data = {} } = named('production', 'ConfigMap');
    const { maxReplicaCount, triggers } = named('production', 'ScaledObject').spec ?? {};
    expect(triggers?.[0]?.metadata).toMatchObject({
      bootstrapServers: data['KAFKA_BOOTSTRAP_SERVER'],
      topic: data['KAFKA_TOPIC_NAME'],
      consumerGroup: data['KAFKA_GROUP_ID'],
    });
    expect(maxReplicaCount).toBe(PARTITIONS);
    expect(named('the HPA instead of KEDA', 'HorizontalPodAutoscaler').spec?.maxReplicas).toBe(PARTITIONS);
    expect(rendered.get('local')).toContain(`--partitions ${PARTITIONS} --replicas 1 sales_events\n`);
  });

  it('runs the archiver beside the service, with its own settings and the same restrictions', () => {
    const all = editedProduction('kustomization.yaml', (text) =>
      text.replace('# - ../../components/archiver', '- ../../components/archiver'),
    );
    const overlay = 'production, with the archiver';
    rendered.set(overlay, all.map((each) => JSON.stringify(each)).join('\n---\n'));
    const archiver = named(overlay, 'Deployment', 'archiver');
    const service = podOf(named('production', 'Deployment'));
    const pod = podOf(archiver);
    expect(pod.securityContext).toEqual(service.securityContext);
    expect(containerOf(pod).securityContext).toEqual(containerOf(service).securityContext);
    expect(containerOf(pod).image).toBe(containerOf(service).image);
    const policy = named('production', 'NetworkPolicy').spec?.podSelector?.matchLabels;
    expect(matches(policy, archiver.spec?.template?.metadata.labels ?? {})).toBe(true);
    const { settings, warnings } = loadedBy(loadArchiverSettings, all, pod, containerOf(pod));
    expect(warnings).toEqual([]);
    expect(settings.service.drainTimeoutMs).toBeLessThan((pod.terminationGracePeriodSeconds ?? 0) * 1000);
  });

  it('a release can be applied while the schema Job of the one before is still there', () => {
    const before = schemaJob(manifests('production'));
    const after = schemaJob(
      editedProduction('kustomization.yaml', (text) => text.replace('newTag: 1.0.0', 'newTag: 1.0.1')),
    );
    expect([before, after].map((jobs) => jobs.map(({ name }) => name))).toEqual([
      ['ingester-schema-1.0.0'],
      ['ingester-schema-1.0.1'],
    ]);
  });

  it.each([
    ['newTag: 1.0.0', `newTag: 1.0.0\n    digest: sha256:${'0'.repeat(64)}`],
    [
      'newName: registry.example.com/',
      'newName: registry.example.com:5000/',
      "':', index: 1",
      "':', index: 2",
    ],
  ])('the schema Job has the version in its name with %s and %s', (...edits: string[]) => {
    const all = editedProduction('kustomization.yaml', (text) =>
      [0, 2].reduce((each, at) => each.replace(edits[at] ?? '', edits[at + 1] ?? ''), text),
    );
    expect(schemaJob(all).map(({ name }) => name)).toEqual(['ingester-schema-1.0.0']);
    expect(containersOf(all).every(({ image }) => /@sha256:0{64}$|:5000\/.*:1\.0\.0$/.test(image))).toBe(
      true,
    );
  });

  it('a changed setting can be applied while the schema Job is still there', () => {
    const after = editedProduction('ingester.env', (text) => text.replace('myorg-myaccount', 'other'));
    expect(schemaJob(after)).toEqual(schemaJob(manifests('production')));
    const config = after.find(({ metadata }) => metadata.name === 'ingester-schema-config');
    expect(config?.data).toMatchObject({ SNOWFLAKE_ACCOUNT: 'other' });
  });

  it('scales a backlog up although pods commit more rarely than KEDA polls', () => {
    const {
      minReplicaCount = 0,
      pollingInterval = 0,
      triggers,
    } = named('production', 'ScaledObject').spec ?? {};
    const [trigger] = triggers ?? [];
    // One of three polls falls between two commits.
    const commitSeconds = pollingInterval * 1.5;
    const polls = Array.from({ length: 10 }, (_, poll) => {
      const commits = Math.floor((poll * pollingInterval) / commitSeconds);
      return Array.from({ length: PARTITIONS }, () => ({
        committed: commits * 1_000,
        end: 100_000 + poll * 5_000,
      }));
    });
    expect(Math.min(...podsWanted(polls, trigger?.metadata ?? {}))).toBeGreaterThan(minReplicaCount);
    expect(Math.min(...podsWanted(polls, { ...trigger?.metadata, excludePersistentLag: 'true' }))).toBe(0);
  });

  it.each(['production', 'the HPA instead of KEDA'])(
    '%s: exactly one controller sets the number of pods',
    (overlay) => {
      const scalers = manifests(overlay).filter(({ kind }) =>
        /^(ScaledObject|HorizontalPodAutoscaler)$/.test(kind),
      );
      expect(scalers).toHaveLength(1);
      expect(named(overlay, 'Deployment').spec).not.toHaveProperty('replicas');
    },
  );

  it('takes the label of the Prometheus operator and the address of the runbook from the overlay', () => {
    const all = editedProduction('kustomization.yaml', (text) =>
      text
        .replace(
          'runbook=https://git.example.com/caves-albert/ingestion/blob/main/docs',
          'runbook=https://wiki.example.com',
        )
        .replace('release: kube-prometheus-stack', 'release: metrics'),
    );
    const own = all.filter(({ kind }) => /^(ServiceMonitor|PrometheusRule)$/.test(kind));
    expect(own.map(({ metadata }) => metadata.labels?.['release'])).toEqual(['metrics', 'metrics']);
    const addresses = JSON.stringify(all).match(/"runbook_url":"[^#"]*/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['"runbook_url":"https://wiki.example.com/runbook.md']));
  });

  it('gives Prometheus the job name that the rules expect', () => {
    const { spec } = named('production', 'ServiceMonitor');
    const [expression] = spec?.selector?.matchExpressions ?? [];
    expect(expression).toMatchObject({ key: 'app.kubernetes.io/name', operator: 'In' });
    const services = { ingester: named('production', 'Service'), archiver: archiverIn('Service') };
    for (const [job, service] of Object.entries(services)) {
      expect(expression?.values).toContain(service.metadata.labels?.[expression?.key ?? '']);
      expect(service.metadata.labels?.[spec?.jobLabel ?? '']).toBe(job);
      expect(spec?.endpoints?.[0]?.port).toBe(service.spec?.ports?.[0]?.name);
      expect(service.spec?.selector).toEqual({ 'app.kubernetes.io/name': `sales-events-${job}` });
    }
    const budget = archiverIn('PodDisruptionBudget');
    const pods = archiverIn('Deployment').spec?.template?.metadata.labels ?? {};
    for (const selector of [services.archiver.spec?.selector, budget.spec?.selector?.matchLabels])
      expect({ selector, isMatch: matches(selector, pods) }).toMatchObject({
        isMatch: true,
      });

    function archiverIn(kind: string): Manifest {
      return named('with the archiver', kind, 'archiver');
    }
  });
});

function podsOf(manifests: Manifest[]): { name: string; labels: Record<string, string>; spec: PodSpec }[] {
  return manifests.flatMap(({ kind, metadata, spec }) =>
    spec?.template === undefined
      ? []
      : [
          {
            name: `${kind} ${metadata.name}`,
            labels: spec.template.metadata.labels ?? {},
            spec: spec.template.spec,
          },
        ],
  );
}

function containersOf(manifests: Manifest[]): Container[] {
  return podsOf(manifests).flatMap(({ spec }) => spec.containers);
}

function podOf({ spec }: Manifest): PodSpec {
  if (spec?.template === undefined) throw new Error('this manifest has no pods');
  return spec.template.spec;
}

function containerOf({ containers: [container] }: PodSpec): Container {
  if (container === undefined) throw new Error('this pod has no container');
  return container;
}

function isOurs({ image }: Container): boolean {
  return image.includes('caves-albert-ingestion');
}

function matches(selector: Record<string, string> = {}, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** The settings that a container of the ingester or the operator would load. */
function settingsOf(manifests: Manifest[], spec: PodSpec, container: Container): LoadedSettings {
  return loadedBy(loadSettings, manifests, spec, container);
}

/** What a container would load, with its secrets mounted as files. */
function loadedBy<Loaded>(
  load: (environment: Record<string, string>, isTerminal: boolean) => Loaded,
  manifests: Manifest[],
  spec: PodSpec,
  { envFrom, env, volumeMounts }: Container,
): Loaded {
  const environment: Record<string, string> = { NODE_ENV: 'production' };
  for (const { configMapRef } of envFrom ?? []) {
    Object.assign(
      environment,
      manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name)
        ?.data,
    );
  }
  for (const { name, value } of env ?? []) environment[name] = value;
  const root = mkdtempSync(join(tmpdir(), 'secrets-'));
  try {
    for (const [key, path] of Object.entries(environment).filter(([key]) => key.endsWith('_FILE'))) {
      const mount = volumeMounts?.find(({ mountPath }) => mountPath === dirname(path));
      const volume = spec.volumes?.find(({ name }) => name === mount?.name);
      expect({ key, path, secret: volume?.secret?.secretName }).toEqual({
        key,
        path,
        secret: expect.any(String),
      });
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contentFor(basename(path)));
      environment[key] = file;
    }
    return load(environment, false);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function contentFor(file: string): string {
  if (file.endsWith('.crt')) return rootCertificates[0] ?? '';
  if (!file.endsWith('.p8')) return 'a placeholder';
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
