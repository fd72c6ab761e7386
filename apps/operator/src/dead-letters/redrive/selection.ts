import { IDENTITY_FIELDS } from '#events';
import { chunked, chunkLetters, keyText, type Candidate, type RedrivePlanner } from '#redrive';
import { ANY_DEAD_LETTER, type DeadLetterStore, type FoundDeadLetter } from '#warehouse';
import { coordinatesText, type Coordinates } from '#pipeline';
import { OperationError } from '../../failures.js';
import { expectAll, TableDeadLetters, type DeadLetterSource } from '../dead-letter-source.js';
import { filterOf } from '../filter-options.js';
import { editLetter } from './edited-letter.js';
import { EqualIdentities, type EqualIdentity } from './equal-identities.js';
import type { RedriveOptions } from './redrive-options.js';
import { LEFT_OUT } from './left-out.js';
import { RepairFile } from './repair-file.js';
import type { TextEditor } from './text-editor.js';

/** The letters of a run. */
export interface Selection {
  total: number;
  /** In chunks that fit in memory. Can be read again. */
  candidates(maxLetters: number): AsyncIterable<readonly Candidate[]>;
}

/** The letters that match ids and filters. */
export async function matchingLetters(
  source: DeadLetterSource,
  ids: readonly Coordinates[],
  options: RedriveOptions,
  planner: RedrivePlanner,
): Promise<Selection> {
  await expectAll(source, ids);
  // Ids that the user names are looked up in every status, so that each one left out is reported with its reason.
  const status = options.status ?? (ids.length > 0 ? 'all' : undefined);
  const matching = await source.find(filterOf({ ...options, ...(status && { status }) }, ids));
  const found = options.rescued === true ? await rescued(source, matching, planner) : matching;
  const selection = { total: found.length, candidates: (max: number) => unrepaired(source, found, max) };
  const isIdentified = options.set?.some(({ field }) => IDENTITY_FIELDS.has(field)) === true;
  if (isIdentified && found.length > 1 && options.allowEqualIds !== true) {
    const check = new IdentityCheck(planner);
    for await (const chunk of selection.candidates(chunkLetters(Infinity))) chunk.forEach(check.visit);
    check.expectDifferent();
  }
  return selection;
}

/** Reads every letter for that, and again when it is sent: values do not stay in memory. */
async function rescued(
  source: DeadLetterSource,
  letters: readonly FoundDeadLetter[],
  planner: RedrivePlanner,
): Promise<FoundDeadLetter[]> {
  const accepted = new Set<string>();
  for await (const chunk of source.read(letters)) {
    for (const letter of chunk) if (planner.rescues(letter)) accepted.add(keyText(letter));
  }
  return letters.filter((letter) => accepted.has(keyText(letter)));
}

async function* unrepaired(source: DeadLetterSource, found: readonly FoundDeadLetter[], maxLetters: number) {
  for await (const chunk of source.read(found, maxLetters)) {
    yield chunk.map((letter): Candidate => ({ letter, repaired: null }));
  }
}

/** The letters of an edited export. */
export async function lettersOfFile(
  path: string,
  store: DeadLetterStore,
  options: RedriveOptions,
  planner: RedrivePlanner,
): Promise<Selection> {
  const file = new RepairFile(path, store);
  const check = new IdentityCheck(planner);
  const total = await file.check(options.allowEqualIds === true ? () => undefined : check.visit);
  check.expectDifferent();
  return { total, candidates: (max) => file.candidates(max) };
}

/** A letter that the user edits now. Nothing is selected if nothing changes. */
export async function editedLetter(
  id: Coordinates,
  store: DeadLetterStore,
  options: RedriveOptions,
  planner: RedrivePlanner,
  editor: TextEditor,
): Promise<Selection> {
  await expectAll(new TableDeadLetters(store), [id]);
  const [letter, other] = await store.read(await store.find({ ...ANY_DEAD_LETTER, ids: [id] }));
  if (letter === undefined || other !== undefined) {
    throw new OperationError(
      `${coordinatesText(id)} names several messages: the topic was deleted and recreated. Use --from-file.`,
    );
  }
  const refused = planner.refusal(letter);
  if (refused !== null) {
    throw new OperationError(`Nothing was sent: ${coordinatesText(id)} is ${LEFT_OUT[refused]}.`);
  }
  const repaired = await editLetter(letter, editor, planner, options.force === true);
  const candidates = repaired === null ? [] : [{ letter, repaired }];
  return { total: candidates.length, candidates: () => chunked(candidates, () => 0) };
}

/** Refuses changes that make several letters the same event. */
class IdentityCheck {
  readonly #identities = new EqualIdentities();
  readonly #equal: EqualIdentity[] = [];

  constructor(private readonly planner: RedrivePlanner) {}

  readonly visit = (candidate: Candidate): void => {
    const plan = this.planner.plan(candidate);
    const equal = plan.kind === 'send' ? this.#identities.add(candidate.letter, plan.value) : null;
    if (equal !== null) this.#equal.push(equal);
  };

  /** @throws OperationError */
  expectDifferent(): void {
    const [first] = this.#equal;
    if (first === undefined) return;
    const [one, other] = first.ids;
    const more =
      this.#equal.length > 1 ? `, and ${this.#equal.length - 1} more would have the id of another` : '';
    throw new OperationError(
      `Nothing was sent: ${one} and ${other} would both be ${first.identity}${more}.\n` +
        'Reports take events with one id for one event. --allow-equal-ids sends them anyway.',
    );
  }
}
