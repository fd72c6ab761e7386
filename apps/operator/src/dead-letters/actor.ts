import { userInfo } from 'node:os';
import { Option, type Command } from 'commander';
import type { DeadLetterSettings } from '#settings';
import type { Actor } from '#warehouse';
import { UsageError } from '../failures.js';

/** Says who acts, and why. */
export interface ActorOptions {
  user?: string;
  reason?: string;
}

/** Adds the options that say who acts, and why. */
export function addActorOptions(command: Command, isReasonRequired: boolean): Command {
  const reason = new Option(
    '--reason <text>',
    isReasonRequired ? 'why no action is needed' : 'why, for the record',
  )
    .argParser((text) => words('--reason', text))
    .makeOptionMandatory(isReasonRequired);
  return command
    .addOption(reason)
    .option(
      '--user <name>',
      'who acts, for the record (default: OPERATOR_USER, else the system user)',
      (text) => words('--user', text),
    );
}

export function actorOf({ user, reason }: ActorOptions, { operatorUser }: DeadLetterSettings): Actor {
  return { user: user ?? operatorUser ?? systemUser(), reason: reason ?? null };
}

/** A container may run as a user without a name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}

function words(option: string, text: string): string {
  if (text.trim() === '') throw new UsageError(`${option} is empty; expected a few words.`);
  return text;
}
