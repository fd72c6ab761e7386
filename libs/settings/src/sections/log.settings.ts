import { oneOf } from '../kinds/index.js';
import { Setting } from './setting.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const FORMATS = ['pretty', 'json'] as const;

export class LogSettings {
  @Setting({
    key: 'LOG_LEVEL',
    kind: oneOf(LEVELS),
    default: 'info',
    description: `The lowest level to log: ${LEVELS.join(', ')}.`,
  })
  readonly level!: (typeof LEVELS)[number];

  @Setting({
    key: 'LOG_FORMAT',
    kind: oneOf(FORMATS),
    default: {
      text: 'pretty in a terminal, json elsewhere and with NODE_ENV=production',
      from: ({ isTerminal, isProduction }) => (isTerminal && !isProduction ? 'pretty' : 'json'),
    },
    description: 'pretty for people, json for machines.',
  })
  readonly format!: (typeof FORMATS)[number];
}
