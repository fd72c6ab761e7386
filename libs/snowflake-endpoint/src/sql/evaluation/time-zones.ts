import { sqlError } from '../../errors.js';

/** A timestamp with a time zone of its own, instead of the session's. */
export class ZonedMoment extends Date {
  constructor(
    ms: number,
    readonly zone: string,
  ) {
    super(ms);
  }
}

/** The start of the period of `sizeMs` in which a moment falls, by the clocks of the zone. */
export function truncated(ms: number, sizeMs: number, zone: string): number {
  const offset = offsetMs(ms, zone);
  return Math.floor((ms + offset) / sizeMs) * sizeMs - offset;
}

/** How far the clocks of a zone are ahead of UTC. */
function offsetMs(ms: number, zone: string): number {
  const text = clockOf(zone).formatToParts(ms);
  const part = (type: string) => Number(text.find((each) => each.type === type)?.value);
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const shown = Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'));
  return shown - Math.floor(ms / 1000) * 1000;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** @throws SqlError for an unknown zone */
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  try {
    const clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(zone, clock);
    return clock;
  } catch {
    throw sqlError('compilation', `SQL compilation error:\nUnknown timezone: '${zone}'`);
  }
}
