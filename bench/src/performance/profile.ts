import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { REPOSITORY_ROOT } from '#testing';

/** What V8 writes: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

/** Something that time went into, itself and not what it called. */
export interface Share {
  name: string;
  seconds: number;
  /** Of the time in which the main thread had work, from 0 to 1. */
  share: number;
}

export interface ProfileSummary {
  /** Time in which the main thread had work, from the first fetched batch to the last. */
  seconds: number;
  hottest: Share[];
  /** The same time by library, and by lib of ours. */
  byPlace: Share[];
}

/** Where the way of an event begins in our own code; what was sampled before and after it is start and end. */
const ENTRANCE = { functionName: 'accept', file: 'libs/pipeline/src/ingestion-pipeline.js' };
const NOT_WORK = new Set(['(idle)', '(root)']);

export async function summarize(file: string, most = 10): Promise<ProfileSummary> {
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const { first, last } = window(profile);
  const functions = new Map<string, number>();
  const places = new Map<string, number>();
  let seconds = 0;
  for (let index = first; index <= last; index += 1) {
    const frame = frames.get(profile.samples[index] ?? -1);
    if (frame === undefined || NOT_WORK.has(frame.functionName)) continue;
    // A sample stands for the time until the next one.
    const spent = (profile.timeDeltas[index + 1] ?? 0) / 1e6;
    seconds += spent;
    add(functions, functionName(frame), spent);
    add(places, placeName(frame), spent);
  }
  return { seconds, hottest: largest(functions, seconds, most), byPlace: largest(places, seconds, most) };
}

/** The first and the last sample with the entrance on its stack. */
function window({ nodes, samples }: CpuProfile): { first: number; last: number } {
  const inside = new Set<number>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const enter = (id: number) => {
    inside.add(id);
    for (const child of byId.get(id)?.children ?? []) enter(child);
  };
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === ENTRANCE.functionName && callFrame.url.endsWith(ENTRANCE.file)) enter(id);
  }
  const isInside = (id: number) => inside.has(id);
  return { first: Math.max(0, samples.findIndex(isInside)), last: samples.findLastIndex(isInside) };
}

function functionName({
  functionName: name,
  url,
  lineNumber,
}: CpuProfile['nodes'][number]['callFrame']): string {
  const where = url === '' ? '' : `  ${shortened(url)}:${lineNumber + 1}`;
  return `${name === '' ? '(anonymous)' : name}${where}`;
}

function placeName({ functionName: name, url }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return name.startsWith('(') ? name : 'V8 and Node in C++';
  const path = shortened(url);
  return (
    /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ??
    /^dist\/((?:libs|apps)\/[^/]+|bench)/.exec(path)?.[1] ??
    (path.startsWith('node:') ? 'Node in JavaScript' : path)
  );
}

function shortened(url: string): string {
  const root = `${pathToFileURL(REPOSITORY_ROOT).href}/`;
  const path = url.startsWith(root) ? url.slice(root.length) : url;
  return path.slice(Math.max(0, path.lastIndexOf('node_modules/')));
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function largest(sums: Map<string, number>, total: number, most: number): Share[] {
  return [...sums]
    .map(([name, seconds]) => ({ name, seconds, share: seconds / total }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, most);
}
