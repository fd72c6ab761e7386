import { element } from '../tables.js';
import { count } from '../words.js';

const times = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** @param iso a time in ISO 8601 */
export const time = (iso) => times.format(new Date(iso));

/** Bytes that the service sends as text, or base64 if they are not text. */
const bytesText = (bytes) => bytes?.text ?? (bytes?.base64 === undefined ? '–' : `base64: ${bytes.base64}`);

/** Reason, times and key of a letter, then its faults, what was done with it, and its headers. */
export function letterFacts(letter) {
  const { reason, eventType, status, attempt, failedAt, timestamp, key, headers, actions, marked } = letter;
  return [
    facts([
      ['Reason', reason],
      ['Status', attempt > 1 ? `${status}, attempt ${attempt}` : status],
      ['Event type', eventType ?? '–'],
      ['Failed', time(failedAt)],
      ['Produced', timestamp === null ? `${letter.timestampMs} ms` : time(timestamp)],
      ['Key', bytesText(key)],
      ...(letter.storedAs === null ? [] : [['Stored', `${time(letter.storedAt)} as ${letter.storedAs}`]]),
      ...(letter.resolution === null ? [] : [['Resolved', letter.resolution]]),
    ]),
    ...listed('Faults', marked.fields.map(faultItem)),
    ...listed('What was done', actions.map(actionItem)),
    ...listed(
      'Headers',
      headers.map((header) => item(element('code', '', header.name), `: ${bytesText(header)}`)),
    ),
  ];
}

function facts(pairs) {
  const list = element('dl', 'facts');
  for (const [name, text] of pairs) list.append(element('dt', '', name), element('dd', '', text));
  return list;
}

function listed(title, items) {
  return items.length === 0 ? [] : [element('h3', '', title), element('ul', 'facts', ...items)];
}

const item = (...content) => element('li', '', ...content);

function faultItem({ field, expected, actualType, found }) {
  const what = element('mark', '', found === '' ? actualType : found);
  return item(element('code', '', field), ': ', what, `, expected ${expected}`);
}

function actionItem({ action, by, at, reason, changed }) {
  const what = action === 'redrive' ? 'Sent again' : 'Resolved';
  const change = changed === null ? '' : `, changed: ${changed}`;
  return item(`${time(at)}: ${what} by ${by}${change}${reason === null ? '' : ` (${reason})`}`);
}

export function valueTitle({ value, valueCutOff, valueOmitted, hiddenBytes }) {
  if (hiddenBytes > 0) return `Value: the letter is too long for a page (${count(hiddenBytes)} bytes)`;
  if (valueOmitted) return `Value: ${count(valueOmitted.bytes)} bytes, only in the topic`;
  if (valueCutOff) return `Value: the beginning of ${count(valueCutOff.bytes)} bytes`;
  if (value === null) return 'Value: none';
  return value.text === undefined ? 'Value, in base64' : 'Value';
}

/** Only a complete text can be edited. */
export const isEditable = ({ value, valueCutOff }) => value?.text !== undefined && !valueCutOff;

/** The value, with what is wrong in it marked. */
export function markedValue({ value, marked }) {
  const text = value?.text;
  if (text === undefined) return [value?.base64 ?? ''];
  const spans = marked.fields.flatMap(({ at }) => at ?? []);
  if (marked.json !== null) spans.push(faultSpan(text, marked.json));
  spans.sort((one, other) => one.start - other.start);
  const parts = [];
  let end = 0;
  for (const span of spans) {
    if (span.start < end) continue;
    parts.push(text.slice(end, span.start), element('mark', '', text.slice(span.start, span.end) || '⟵'));
    end = span.end;
  }
  return [...parts, text.slice(end)];
}

function faultSpan(text, { line, column }) {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const start = before + column - 1;
  return { start, end: Math.min(text.length, start + 1) };
}

/** What an edit changes, and what the service would do with the result. */
export function verdictOf({ outcome, words, rejection, changes }, isEdited) {
  const wouldBe =
    outcome === 'send'
      ? `The service would store it ${isEdited ? 'like this' : 'as it is'}.`
      : `It is not sent: ${words}.`;
  const list = element('div', 'changes');
  for (const { field, before, after } of changes) {
    const name = field === null ? '' : `${field}: `;
    if (before !== null) list.append(element('del', '', `− ${name}${before}`));
    if (after !== null) list.append(element('ins', '', `+ ${name}${after}`));
  }
  const why = rejection === null ? [] : [element('p', '', rejection)];
  const className = outcome === 'send' ? 'good' : 'wrong';
  return [list, element('p', className, wouldBe), ...why];
}
