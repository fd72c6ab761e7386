import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { REPOSITORY_ROOT } from '#testing';
import { findTool, outputOf } from './tools.js';

/** Checks of kube-score that the manifests fail on purpose. */
const IGNORED = {
  'container-image-pull-policy':
    'a version of the image never changes: pulling it again only adds a way to fail',
  'container-security-context-user-group-id':
    'user 1000 owns the volumes of 1.0.0; kube-score wants more than 10000',
  'deployment-has-host-podantiaffinity': 'topologySpreadConstraints spread the pods, also during a rollout',
  'deployment-replicas': 'a scaler sets the number of pods; its minimum is two',
};
/** The local overlay runs a broker of its own for development, and one process on a DuckDB file. */
const IGNORED_LOCALLY = {
  'container-security-context-readonlyrootfilesystem': 'Redpanda writes its configuration into its image',
  'deployment-strategy': 'a DuckDB file allows one process: the old pod ends before the new one starts',
  'pod-networkpolicy': 'any pod of the namespace may try the broker',
};

const kubeScore = findTool('kube-score', 'deploy/kubernetes by kube-score');
const kustomize = findTool('kustomize', 'deploy/kubernetes by kube-score');

/** An overlay, with other components if `edits` says so. */
function render(overlay: string, edits: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-score-'));
  try {
    cpSync(join(REPOSITORY_ROOT, 'deploy/kubernetes'), folder, { recursive: true });
    const path = join(folder, 'overlays', overlay, 'kustomization.yaml');
    const text = readFileSync(path, 'utf8');
    const edited = Object.entries(edits).reduce((each, [from, to]) => each.replace(from, to), text);
    expect(edited === text).toBe(Object.keys(edits).length === 0);
    writeFileSync(path, edited);
    return outputOf(kustomize ?? '', ['build', join(folder, 'overlays', overlay)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function faults(yaml: string, ignored: object): string[] {
  const ignore = Object.keys(ignored).flatMap((check) => ['--ignore-test', check]);
  // No CPU limit: throttling delays heartbeats, and a late heartbeat costs the whole group a rebalance.
  const args = ['score', '-', '--output-format=ci', '--ignore-container-cpu-limit', ...ignore];
  const { stdout, error } = spawnSync(kubeScore ?? '', args, { encoding: 'utf8', input: yaml });
  if (error !== undefined) throw error;
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(30);
  return lines.filter((line) => !/^\[(OK|SKIPPED)\]/.test(line));
}

(kubeScore === null || kustomize === null ? describe.skip : describe)('kube-score', () => {
  it.each<[string, string, Record<string, string>]>([
    ['production', 'production', {}],
    [
      'production with archiver and traces',
      'production',
      {
        '# - ../../components/archiver': '- ../../components/archiver',
        '# - ../../components/tracing': '- ../../components/tracing',
      },
    ],
    ['production with the HPA', 'production', { '../../components/keda': '../../components/hpa' }],
    ['local', 'local', {}],
  ])('finds no fault in %s', (_, overlay, edits) => {
    const ignored = overlay === 'local' ? { ...IGNORED, ...IGNORED_LOCALLY } : IGNORED;
    expect(faults(render(overlay, edits), ignored)).toEqual([]);
  });

  it('would find a writable root', () => {
    const yaml = render('production', {}).replace(
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
    );
    expect(faults(yaml, IGNORED)).toEqual([expect.stringContaining('writable root filesystem')]);
  });
});
