import { CONTESTANTS, type ContestantName } from './contestants/contestants.js';
import type { Measurement } from './measuring/measurement.js';
import type { ProfileSummary, Share } from './profile.js';
import type { Figure, Round, Row } from './rows.js';
import type { Results } from './run.js';
import type { StageTime } from './measuring/stages.js';
import { spreadOf } from './measuring/statistics.js';

/** What was measured, for people: the machine, the contestants, and the rows with what they are to reach. */
export function report(results: Results): string {
  const sections = [noise(results), contestantTable(results), stageTable(results), rowTable(results)];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Where the time of a profiled contestant went. */
export function profileReport(name: string, file: string, summary: ProfileSummary): string {
  const shares = (title: string, list: readonly Share[]) => [
    `  ${title}`,
    ...list.map(
      ({ name: what, seconds, share }) =>
        `  ${(share * 100).toFixed(1).padStart(5)}%  ${seconds.toFixed(2).padStart(6)} s  ${what}`,
    ),
  ];
  return [
    `${name}: ${summary.seconds.toFixed(2)} s of work in the main thread; ${file}`,
    ...shares('the ten hottest functions, by their own time', summary.hottest),
    ...shares('the same time by library', summary.byPlace),
  ].join('\n');
}

function noise({
  machine,
  calibrationSeconds,
  arguments: { events, rounds },
  rounds: done,
}: Results): string[] {
  const work = spreadOf(calibrationSeconds);
  const lines = [
    `${machine.cpus}, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}`,
    `${events.toLocaleString('en')} events, ${rounds} round${rounds === 1 ? '' : 's'}`,
    `Noise: a fixed piece of work took ${work.median.toFixed(3)} s (${work.min.toFixed(3)} to ${work.max.toFixed(3)})` +
      referenceNoise(done),
  ];
  if (machine.loadBefore > 0.5) {
    lines.push(
      `The load average before was ${machine.loadBefore.toFixed(1)}: others use this machine; compare ratios only.`,
    );
  }
  return lines;
}

function referenceNoise(rounds: readonly Round[]): string {
  const speeds = rounds.flatMap((round) => round.get('raw')?.eventsPerSecond ?? []);
  if (speeds.length === 0) return '';
  const { median, min, max } = spreadOf(speeds);
  return `; raw kafkajs varied by ${(((max - min) / median) * 100).toFixed(0)}%`;
}

function contestantTable({ rounds, failures }: Results): string[] {
  const header = ['', 'events/s', 'min', 'max', 'CPU us/event', 'peak RSS MB', ''];
  const lines = contestantsOf(rounds).map((name) => {
    const measured = rounds.flatMap((round) => round.get(name) ?? []);
    const speed = spreadOf(measured.map(({ eventsPerSecond }) => eventsPerSecond));
    return [
      name,
      ...[speed.median, speed.min, speed.max].map(whole),
      medianOf(
        measured,
        ({ cpuMicrosPerEvent }) => cpuMicrosPerEvent,
        (value) => value.toFixed(1),
      ),
      medianOf(measured, ({ peakRssMb }) => peakRssMb, whole),
      CONTESTANTS[name].what,
    ];
  });
  const leftOut = Map.groupBy(failures, ([, reason]) => reason);
  return [
    ...table([header, ...lines]),
    ...[...leftOut].map(
      ([reason, entries]) => `Left out: ${entries.map(([name]) => name).join(', ')}: ${reason}`,
    ),
  ];
}

/**
 * Where the time of a process goes, as its own metric says: seconds in all, and milliseconds each time. Nothing where none
 * tells.
 */
function stageTable({ rounds }: Results): string[] {
  const told = contestantsOf(rounds).map((name) => {
    const times = rounds.flatMap((round) => Object.entries(round.get(name)?.stages ?? {}));
    return { name, byStage: Map.groupBy(times, ([stage]) => stage) };
  });
  const stages = [...new Set(told.flatMap(({ byStage }) => [...byStage.keys()]))];
  if (stages.length === 0) return [];
  const lines = told
    .filter(({ byStage }) => byStage.size > 0)
    .map(({ name, byStage }) => [name, ...stages.map((stage) => stageCell(byStage.get(stage))), '']);
  return table([['time by stage', ...stages, ''], ...lines]);
}

function stageCell(told: readonly [string, StageTime][] = []): string {
  if (told.length === 0) return '-';
  const seconds = spreadOf(told.map(([, time]) => time.seconds)).median;
  const each = spreadOf(told.map(([, time]) => time.seconds / time.times)).median;
  return `${seconds.toFixed(1)} s, ${(each * 1000).toFixed(1)} ms`;
}

function contestantsOf(rounds: readonly Round[]): ContestantName[] {
  return [...new Set(rounds.flatMap((round) => [...round.keys()]))];
}

function medianOf(
  measured: readonly Measurement[],
  of: (measurement: Measurement) => number | null,
  format: (value: number) => string,
): string {
  const values = measured.flatMap((measurement) => of(measurement) ?? []);
  return values.length === 0 ? '-' : format(spreadOf(values).median);
}

function rowTable({ arguments: { rows }, rounds }: Results): string[] {
  const header = ['row', 'median', 'min', 'max', 'reach', '', ''];
  const lines = rows.flatMap((row) => row.figures.map((figure) => figureLine(row, figure, rounds)));
  return table([header, ...lines]);
}

function figureLine({ name }: Row, figure: Figure, rounds: readonly Round[]): string[] {
  const values = rounds.flatMap((round) => figure.of(round) ?? []);
  const isBare = figure.unit === 'ratio' || figure.unit === 'count';
  const what = isBare ? figure.what : `${figure.what}, ${figure.unit}`;
  if (values.length === 0) return [name, '-', '-', '-', reachText(figure), 'left out', what];
  const { median, min, max } = spreadOf(values);
  const format = FORMATS[figure.unit];
  return [name, format(median), format(min), format(max), reachText(figure), verdict(figure, median), what];
}

const FORMATS: Record<Figure['unit'], (value: number) => string> = {
  ratio: (value) => value.toFixed(2),
  'events/s': whole,
  us: (value) => value.toFixed(1),
  MB: whole,
  'MB/s': whole,
  s: (value) => value.toFixed(2),
  count: whole,
};

function reachText({ reach, unit }: Figure): string {
  if (reach === null) return '';
  return 'atLeast' in reach ? `>= ${FORMATS[unit](reach.atLeast)}` : `<= ${FORMATS[unit](reach.atMost)}`;
}

function verdict({ reach }: Figure, value: number): string {
  if (reach === null) return '';
  const isReached = 'atLeast' in reach ? value >= reach.atLeast : value <= reach.atMost;
  return isReached ? 'reached' : 'missed';
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** The first and the last column are words, those between them numbers. */
function table(lines: readonly string[][]): string[] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines.map((line) =>
    line
      .map((cell, column) => {
        const isWords = column === 0 || column === line.length - 1;
        return isWords ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}
