import { ADMIN_TOKEN, oneOf } from '../kinds/index.js';
import type { Secret } from '../kinds/secret.js';
import { Setting } from './setting.js';

const ADMIN_ACCESS = ['loopback', 'any'] as const;

/** The part of the page that shows and changes dead letters. */
export class WorkbenchSettings {
  @Setting({
    key: 'ADMIN_TOKEN',
    kind: ADMIN_TOKEN,
    description:
      'Opens the workbench of the page to whoever has it: they read, repair, redrive and resolve dead letters, and lift the dead-letter limit. Without it there is no workbench.',
  })
  readonly token: Secret | undefined;

  @Setting({
    key: 'ADMIN_ACCESS',
    kind: oneOf(ADMIN_ACCESS),
    default: 'loopback',
    description:
      'From where the workbench can be used. loopback: only this machine, including tunnels such as kubectl port-forward; any: wherever STATUS_PAGE_ACCESS allows the page.',
  })
  readonly access!: (typeof ADMIN_ACCESS)[number];
}
