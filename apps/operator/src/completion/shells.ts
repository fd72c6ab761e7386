import type { CompletedCommand } from './command-tree.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The completion script for the command `operator`, by shell. */
export const completionScript: Record<Shell, (commands: readonly CompletedCommand[]) => string> = {
  bash: (commands) => `# Completion of operator in bash: source <(operator completion bash)
${wordFunctions(commands)}
_operator() {
  local words
  words=$(_operator_words "$(_operator_at "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" "\${COMP_WORDS[COMP_CWORD-1]}")
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _operator operator
`,

  zsh: (commands) => `#compdef operator
# Completion of operator in zsh: source <(operator completion zsh), after compinit
${wordFunctions(commands)}
_operator() {
  local -a found
  found=(\${=$(_operator_words "$(_operator_at "\${(@)words[2,CURRENT-1]}")" "\${words[CURRENT-1]}")})
  if (( $#found )); then compadd -- $found; else _files; fi
}
compdef _operator operator
`,

  fish: (commands) => `# Completion of operator in fish: operator completion fish | source
function __operator_is_at
    set -l at ''
    for word in (commandline -opc)[2..]
        contains -- "$at/$word" ${paths(commands).join(' ')}
        and set at "$at/$word"
    end
    test "$at" = "$argv[1]"
end
complete -c operator -f
${commands.flatMap(fishLines).join('\n')}
`,
};

/** Functions for both bash and zsh: they find the command that the words name, and its completions. */
function wordFunctions(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ path, options }) => [
    ...options
      .filter(({ choices }) => choices.length > 0)
      .map(({ flag, choices }) => `    '${path} ${flag}') echo '${choices.join(' ')}'; return ;;`),
    ...options.filter(({ takesValue }) => takesValue).map(({ flag }) => `    '${path} ${flag}') return ;;`),
  ]);
  const words = commands.map(
    ({ path, commands: below, options }) =>
      `    '${path}') echo '${[...below.map(({ name }) => name), ...options.map(({ flag }) => flag)].join(' ')}' ;;`,
  );
  return `_operator_at() {
  local at= word
  for word in "$@"; do
    case "$at/$word" in
      ${paths(commands).join('|')}) at="$at/$word" ;;
    esac
  done
  echo "$at"
}
_operator_words() {
  case "$1 $2" in
${values.join('\n')}
  esac
  case "$1" in
${words.join('\n')}
  esac
}`;
}

function fishLines({ path, commands, options }: CompletedCommand): string[] {
  const line = (...words: string[]) =>
    ['complete -c operator', `-n '__operator_is_at "${path}"'`, ...words].join(' ');
  return [
    ...commands.map(({ name, description }) => line('-a', name, '-d', quoted(description))),
    ...options.map(({ flag, description, takesValue, choices }) => {
      const value = choices.length > 0 ? ['-x', '-a', quoted(choices.join(' '))] : ['-r', '-F'];
      return line('-l', flag.replace(/^--/, ''), ...(takesValue ? value : []), '-d', quoted(description));
    }),
  ];
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function paths(commands: readonly CompletedCommand[]): string[] {
  return commands.map(({ path }) => path).filter((path) => path !== '');
}
