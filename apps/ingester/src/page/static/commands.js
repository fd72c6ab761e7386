import { element, say } from './tables.js';

const COPIED_MS = 2_000;

/** How the operator's command line is called beside this service. */
const operator = ({ pod, pid }) =>
  isContainer(pid) ? `kubectl exec ${pod} -- /app/entrypoint.sh operator` : 'npm run -s operator --';

/** A container's only process has the number 1. */
const isContainer = (pid) => pid === 1;

/** The command that lifts the dead-letter limit of this process. */
function liftCommand({ pod, pid }) {
  return isContainer(pid) ? `kubectl exec ${pod} -- sh -c 'kill -USR2 1'` : `kill -USR2 ${pid}`;
}

export const showLetterCommand = (greeting, id) => `${operator(greeting)} dead-letters show ${id}`;

/** What an operator may want to run now: `{ words, text }` each. */
function commandsFor(greeting, { deadLetters, faults, openLetters }) {
  const [newest] = deadLetters.newest;
  const id = newest && `${newest.topic}-${newest.partition}@${newest.offset}`;
  const isHeld = faults.some(({ stage, endedAtMs }) => stage === 'dead_letter_limit' && endedAtMs === null);
  const has = (when, words, text) => (when ? [{ words, text }] : []);
  return [
    ...has(isHeld, 'Let the held events become dead letters', liftCommand(greeting)),
    { words: 'Every reason why it is not ready', text: `curl -s ${location.origin}/health` },
    ...has(
      id !== undefined || openLetters?.count > 0,
      'Count the open letters by kind',
      `${operator(greeting)} dead-letters list`,
    ),
    ...has(id !== undefined, 'Show the newest letter', showLetterCommand(greeting, id)),
    ...has(
      id !== undefined,
      'Try to send it again, without sending it',
      `${operator(greeting)} dead-letters redrive ${id} --dry-run`,
    ),
    { words: 'Look for missing and duplicate rows', text: `${operator(greeting)} verify` },
    { words: 'Compare the checkpoints with the log', text: `${operator(greeting)} checkpoints list` },
  ];
}

let shown = '';
export function showCommands(list, greeting, snapshot) {
  const commands = commandsFor(greeting, snapshot);
  const key = JSON.stringify(commands);
  if (key === shown) return;
  shown = key;
  list.replaceChildren(
    ...commands.map(({ words, text }) => element('li', '', element('span', '', words), commandElement(text))),
  );
}

/** A command with a button that copies it. */
export function commandElement(text) {
  const code = element('code', '', text);
  const button = element('button', 'copy', 'Copy');
  button.type = 'button';
  button.setAttribute('aria-label', `Copy: ${text}`);
  button.addEventListener('click', async () => {
    say(button, (await copy(text, code)) ? 'Copied' : 'Selected');
    setTimeout(() => say(button, 'Copy'), COPIED_MS);
  });
  return element('span', 'command', code, button);
}

/** Browsers give the clipboard to secure pages only; elsewhere the text is selected. */
async function copy(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return false;
  }
}
