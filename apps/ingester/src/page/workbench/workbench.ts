import { Injectable } from '@nestjs/common';
import { coordinatesText, FaultError, MessageValidator, parseCoordinates } from '#pipeline';
import {
  actionJson,
  chunked,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_RATE,
  findUnsettled,
  groupJson,
  keyText,
  letterFaults,
  letterJson,
  planJson,
  RedrivePlanner,
  resolveLetters,
  sendLetters,
  time,
  type Candidate,
} from '#redrive';
import {
  ANY_DEAD_LETTER,
  type Actor,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  type FoundDeadLetter,
} from '#warehouse';
import { LetterTable } from '../letter-table.js';
import { LEFT_OUT_WORDS } from './left-out-words.js';
import { RedriveSender } from './redrive-sender.js';

/** Letters on one page of the list. */
const LISTED_LETTERS = 25;
/** Longer letters are shown without value, key and headers: a browser would be slow with them. */
const MOST_SHOWN_BYTES = 1024 * 1024;

/** What to send, and whether also if it would fail again. */
export interface Redriving {
  keys: readonly string[];
  edited?: string;
  force?: boolean;
  by: Actor;
}

/**
 * What the page does with dead letters, by the stores and the code that the operator's command line uses. All methods
 * throw FaultError.
 */
@Injectable()
export class Workbench {
  constructor(
    private readonly table: LetterTable,
    private readonly validator: MessageValidator,
    private readonly sender: RedriveSender,
  ) {}

  /** How many letters there are by status, and the matching ones by reason, largest group first. */
  groups(filter: DeadLetterFilter) {
    return this.table.use(async (store) => ({
      counts: await store.count({ ...filter, statuses: null }),
      groups: (await store.groups(filter, ['type', 'event-type', 'field', 'producer'])).map(groupJson),
    }));
  }

  /** One page of the matching letters, without their values. */
  list(filter: DeadLetterFilter, from: number) {
    return this.table.use(async (store) => {
      const found = await store.find(filter);
      const letters: ReturnType<typeof listed>[] = [];
      for await (const chunk of chunked(found.slice(from, from + LISTED_LETTERS), ({ length }) => length)) {
        letters.push(...(await store.read(chunk)).map(listed));
      }
      return { total: found.length, from, size: LISTED_LETTERS, letters };
    });
  }

  /** The letters with this id: several if the topic was deleted and recreated, none if there is no such letter. */
  show(id: string) {
    return this.table.use(async (store) => {
      const at = parseCoordinates(id);
      const found = at === null ? [] : await store.find({ ...ANY_DEAD_LETTER, ids: [at] });
      const shown: object[] = [];
      for await (const chunk of chunked(found, ({ length }) => length)) {
        for (const letter of await store.read(chunk)) {
          const actions = (await store.actions(letter)).map(actionJson);
          const refusal = this.#planner(false).refusal(letter);
          shown.push({
            ...shownLetter(letter),
            marked: letterFaults(letter),
            actions,
            refusal: refusal === null ? null : LEFT_OUT_WORDS[refusal],
          });
        }
      }
      return shown;
    });
  }

  /** What sending this letter would do; null if there is no such letter. Sends nothing. */
  check(key: string, edited: string | undefined) {
    return this.table.use(async (store) => {
      const [letter] = await store.read(await lettersOf(store, [key]));
      if (letter === undefined) return null;
      const candidate = candidateOf(letter, edited);
      const plan = this.#planner(false).plan(candidate);
      const words = plan.kind === 'leave' ? LEFT_OUT_WORDS[plan.why] : null;
      return { ...planJson(candidate, plan), words };
    });
  }

  /** Sends letters back to their source topic. */
  redrive({ keys, edited, force = false, by }: Redriving) {
    return this.table.use(async (store) => {
      const report = await sendLetters(candidates(store, await lettersOf(store, keys), edited), {
        store,
        by,
        planner: this.#planner(force),
        publisher: this.sender,
        rate: DEFAULT_RATE,
        signal: new AbortController().signal,
        onPlanned: () => undefined,
        onProgress: () => undefined,
      });
      if (report.fault !== null) throw new FaultError(report.fault);
      const leftOut = [...report.leftOut].map(([why, letters]) => ({
        why: LEFT_OUT_WORDS[why],
        ids: letters.map(coordinatesText),
      }));
      return { sent: report.sent, leftOut };
    });
  }

  /** Closes letters that need no action. Returns how many; stored and resolved ones stay unchanged. */
  resolve(keys: readonly string[], by: Actor & { reason: string }): Promise<number> {
    return this.table.use(async (store) => {
      const letters = await lettersOf(store, keys, findUnsettled);
      await resolveLetters(store, letters, by);
      return letters.length;
    });
  }

  #planner(force: boolean): RedrivePlanner {
    return new RedrivePlanner(this.validator, {
      statuses: [],
      patches: [],
      maxAttempts: DEFAULT_MAX_ATTEMPTS,
      force,
    });
  }
}

/** The letters with these keys that are still there. */
async function lettersOf(
  store: DeadLetterStore,
  keys: readonly string[],
  find = (from: DeadLetterStore, filter: DeadLetterFilter) => from.find(filter),
): Promise<FoundDeadLetter[]> {
  const wanted = new Set(keys);
  const ids = keys.flatMap((key) => parseCoordinates(key.replace(/ .*$/, '')) ?? []);
  const found = await find(store, { ...ANY_DEAD_LETTER, ids });
  return found.filter((letter) => wanted.has(keyText(letter)));
}

async function* candidates(
  store: DeadLetterStore,
  found: readonly FoundDeadLetter[],
  edited: string | undefined,
): AsyncGenerator<Candidate[]> {
  for await (const chunk of chunked(found, ({ length }) => length)) {
    yield (await store.read(chunk)).map((letter) => candidateOf(letter, edited));
  }
}

function candidateOf(letter: DeadLetterEntry, edited: string | undefined): Candidate {
  return { letter, repaired: edited === undefined ? null : Buffer.from(edited) };
}

function listed(letter: DeadLetterEntry) {
  const { status, errorType, eventType, reason, details, attempt, failedAtMs } = letter;
  const faults = details.map(({ field }) => field);
  const failedAt = time(failedAtMs);
  const id = coordinatesText(letter);
  return { key: keyText(letter), id, status, errorType, eventType, reason, faults, attempt, failedAt };
}

function shownLetter(letter: DeadLetterEntry) {
  const { value, key, headers } = letter;
  const contents = [key, 'bytes' in value ? value.bytes : null, ...headers.map((header) => header.value)];
  const bytes = contents.reduce((sum, each) => sum + (each?.length ?? 0), 0);
  const isShown = bytes <= MOST_SHOWN_BYTES;
  const shown: DeadLetterEntry = isShown
    ? letter
    : { ...letter, value: { kind: 'none' }, key: null, headers: [] };
  return { ...letterJson(shown), letterKey: keyText(letter), hiddenBytes: isShown ? 0 : bytes };
}
