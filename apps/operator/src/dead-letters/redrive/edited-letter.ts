import { isUtf8 } from 'node:buffer';
import { coordinatesText } from '#pipeline';
import type { RedrivePlanner } from '#redrive';
import type { DeadLetterEntry } from '#warehouse';
import { OperationError } from '../../failures.js';
import { printable } from '#terminal';
import { LEFT_OUT } from './left-out.js';
import type { TextEditor } from './text-editor.js';

/** A limit for editors that change the text by themselves, and never get it right. */
const MOST_ROUNDS = 50;

/**
 * Lets the user edit the value of a letter until the service would store it. The file begins with lines of remarks, which
 * are removed: no JSON begins with `#`.
 *
 * @param isForced accepts a value that the service would reject
 * @returns null if the user changes nothing
 * @throws OperationError if the letter has no text, or the user gives up with a value that would be rejected
 */
export async function editLetter(
  letter: DeadLetterEntry,
  editor: TextEditor,
  planner: RedrivePlanner,
  isForced: boolean,
): Promise<Buffer | null> {
  const original = textOf(letter);
  const hasLineEnd = original.endsWith('\n');
  let text = original;
  let reason = letter.reason;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const remarks = remarksOn(letter, reason, round > 1);
    const saved = withoutRemarks(
      await editor.edit(`${remarks}${text}${hasLineEnd ? '' : '\n'}`, 'event.json'),
    );
    // Editors end the last line.
    const edited = hasLineEnd ? saved : saved.replace(/\r?\n$/, '');
    if (edited === withoutRemarks(original)) return null;
    const value = Buffer.from(edited);
    const rejection = planner.rejection(letter, value);
    if (rejection === null || isForced) return value;
    if (edited === text) break;
    text = edited;
    reason = rejection;
  }
  throw new OperationError(
    `Nothing was sent: the edited event would be a dead letter again. ${reason}\n--force sends it anyway.`,
  );
}

function textOf({ value, ...letter }: DeadLetterEntry): string {
  const id = coordinatesText(letter);
  if (value.kind === 'prefix')
    throw new OperationError(`${id} cannot be edited: ${LEFT_OUT['value-cut-off']}.`);
  if (value.kind !== 'whole') throw new OperationError(`${id} cannot be edited: it has no value.`);
  if (isUtf8(value.bytes)) return value.bytes.toString('utf8');
  throw new OperationError(
    `${id} cannot be edited: its value is not text. Export it, replace the value, and use --from-file.`,
  );
}

function remarksOn(letter: DeadLetterEntry, reason: string, isAgain: boolean): string {
  const lines = [
    `${coordinatesText(letter)}, ${letter.errorType}`,
    isAgain ? `It would be a dead letter again. ${reason}` : reason,
    isAgain
      ? 'Save it unchanged to give up; nothing is sent then.'
      : 'Save and close to send the event. Nothing is sent if nothing changes.',
    'These lines are removed.',
  ];
  return lines.map((line) => `# ${printable(line)}\n`).join('');
}

function withoutRemarks(text: string): string {
  return text.replace(/^(#[^\n]*(\n|$))+/, '');
}
