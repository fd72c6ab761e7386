/** How far a process has come: its own clock, and the events that it has settled since its start. */
export interface Mark {
  timeMs: number;
  events: number;
}

/** Tells the harness, from one of the benchmark's own processes. */
export function writeMark(events: number): void {
  process.stdout.write(`${JSON.stringify({ event: 'mark', time: Date.now(), events })}\n`);
}

/** Reads a line that one of our own processes or the service wrote; null where it tells nothing of that. */
export function markOf(line: string): Mark | null {
  if (line.startsWith('{"event":"mark"')) {
    const { time, events } = JSON.parse(line) as { time: number; events: number };
    return { timeMs: time, events };
  }
  if (line.includes('"event":"objects_written"')) {
    const { time, archived } = JSON.parse(line) as { time: string; archived: number };
    return { timeMs: Date.parse(time), events: archived };
  }
  if (!line.includes('"event":"batch_committed"')) return null;
  const { time, session } = JSON.parse(line) as { time: string; session: { events: number } };
  return { timeMs: Date.parse(time), events: session.events };
}
