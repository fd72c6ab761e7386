import { isDeepStrictEqual } from 'node:util';
import { coordinatesText } from '#pipeline';
import { chunked, keptBytes, keyText, letterJson, type Candidate } from '#redrive';
import { ANY_DEAD_LETTER, type DeadLetterEntry, type DeadLetterKey, type DeadLetterStore } from '#warehouse';
import { OperationError, UsageError } from '../../failures.js';
import { fileLines, type FileLine } from './file-lines.js';
import { parseRepair, type RepairLine } from './repair-line.js';

/** How many faulty lines are listed. */
const NAMED_LINES = 20;
/** Lines that are looked up at a time while the file is checked. */
const CHECKED_LINES = 500;

interface NumberedCandidate extends Candidate {
  line: number;
}

interface Chunk {
  candidates: NumberedCandidate[];
  faults: LineFault[];
}

interface LineFault {
  line: number;
  what: string;
}

/**
 * A file of dead letters that `export` wrote and the user edited. It is read twice, line by line: once to check all of
 * it before anything is sent, and once to send. Memory holds the keys of the letters, some hundred bytes each.
 */
export class RepairFile {
  constructor(
    private readonly path: string,
    private readonly store: DeadLetterStore,
  ) {}

  /**
   * Checks every line. Returns the number of letters.
   *
   * @param visit called for each letter
   * @throws OperationError that names the faulty lines
   */
  async check(visit: (candidate: Candidate) => void): Promise<number> {
    const lines = new Map<string, number>();
    const faults: LineFault[] = [];
    for await (const chunk of this.#read(CHECKED_LINES)) {
      faults.push(...chunk.faults);
      for (const { line, ...candidate } of chunk.candidates) {
        const key = keyText(candidate.letter);
        const earlier = lines.get(key);
        if (earlier === undefined) visit(candidate);
        else {
          const what = `${coordinatesText(candidate.letter)} is in line ${earlier}, too`;
          faults.push({ line, what });
        }
        lines.set(key, line);
      }
    }
    if (faults.length > 0) throw this.#refusal(faults);
    return lines.size;
  }

  /** The letters with their values in the file, in chunks that fit in memory. */
  async *candidates(maxLetters: number): AsyncGenerator<Candidate[]> {
    for await (const { candidates, faults } of this.#read(maxLetters)) {
      if (faults.length > 0) throw this.#refusal(faults);
      yield candidates;
    }
  }

  async *#read(maxLetters: number): AsyncGenerator<Chunk> {
    for await (const lines of chunked(fileLines(this.path), ({ bytes }) => bytes.length, maxLetters)) {
      const faults: LineFault[] = [];
      const parsed = lines.flatMap((line) => parsedOrFault(line, faults));
      const candidates = await this.#lookUp(parsed, faults);
      yield { candidates, faults };
    }
  }

  /** Finds the letters of these lines. */
  async #lookUp(lines: readonly RepairLine[], faults: LineFault[]): Promise<NumberedCandidate[]> {
    const keys = await this.#keysOf(lines, faults);
    const letters = new Map<string, DeadLetterEntry>();
    for await (const chunk of chunked(keys.values(), () => 0)) {
      for (const letter of await this.store.read(chunk)) letters.set(keyText(letter), letter);
    }
    return lines.flatMap((line) => {
      const key = keys.get(line);
      if (key === undefined) return [];
      const letter = letters.get(keyText(key));
      const what = letter === undefined ? unknownLetter(line) : unsupportedChange(line, letter);
      if (what !== null) faults.push({ line: line.number, what });
      if (letter === undefined || what !== null) return [];
      return [{ line: line.number, letter, repaired: line.value ?? keptBytes(letter.value) }];
    });
  }

  /** The identities of the letters. Lines without a timestamp need a search. */
  async #keysOf(lines: readonly RepairLine[], faults: LineFault[]): Promise<Map<RepairLine, DeadLetterKey>> {
    const bare = lines.filter(({ timestampMs }) => timestampMs === null);
    const ids = bare.map(({ at }) => at);
    const found = ids.length === 0 ? [] : await this.store.find({ ...ANY_DEAD_LETTER, ids });
    const byId = Map.groupBy(found, coordinatesText);
    const keys = new Map<RepairLine, DeadLetterKey>();
    for (const line of lines) {
      const { at, timestampMs } = line;
      if (timestampMs !== null) {
        keys.set(line, { ...at, timestampMs });
        continue;
      }
      const [letter, other] = byId.get(coordinatesText(at)) ?? [];
      if (letter !== undefined && other === undefined) keys.set(line, letter);
      else {
        const id = coordinatesText(at);
        const what =
          letter === undefined
            ? unknownLetter(line)
            : `${id} names several messages; "timestampMs" says which one`;
        faults.push({ line: line.number, what });
      }
    }
    return keys;
  }

  #refusal(faults: readonly LineFault[]): OperationError {
    const inOrder = faults.toSorted((a, b) => a.line - b.line);
    const named = inOrder.slice(0, NAMED_LINES).map(({ line, what }) => `  line ${line}: ${what}`);
    const more = faults.length > NAMED_LINES ? [`  and ${faults.length - NAMED_LINES} more`] : [];
    const count = `${faults.length.toLocaleString('en')} faulty line${faults.length === 1 ? '' : 's'}`;
    return new OperationError([`Nothing was sent: ${this.path} has ${count}.`, ...named, ...more].join('\n'));
  }
}

function parsedOrFault(line: FileLine, faults: LineFault[]): RepairLine[] {
  try {
    return [parseRepair(line)];
  } catch (error) {
    if (!(error instanceof OperationError || error instanceof UsageError)) throw error;
    faults.push({ line: line.number, what: error.message });
    return [];
  }
}

function unknownLetter({ at, timestampMs }: RepairLine): string {
  const when = timestampMs === null ? '' : ` with timestampMs ${timestampMs}`;
  return `there is no dead letter ${coordinatesText(at)}${when}`;
}

/** A change of anything but the value would have no effect. */
function unsupportedChange({ rest }: RepairLine, letter: DeadLetterEntry): string | null {
  // An export of the topic may have less of a large letter than the table.
  if (rest['keyCutOff'] !== undefined || rest['headersOmitted'] !== undefined) return null;
  const exported = letterJson(letter);
  const changed = (['key', 'headers'] as const).filter(
    (name) => rest[name] !== undefined && !isDeepStrictEqual(rest[name], exported[name]),
  );
  return changed.length === 0
    ? null
    : `${changed.join(' and ')} cannot be changed, only the value: the message keeps its partition and its origin`;
}
