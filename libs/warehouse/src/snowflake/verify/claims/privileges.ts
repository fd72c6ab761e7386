import { FaultError } from '#pipeline';
import { findForm } from '../../checkpoints/find-form.js';
import { applySchema } from '../../schema/apply-schema.js';
import { checkSchema } from '../../schema/schema-check.js';
import type { SnowflakeSession } from '../../session/snowflake-session.js';
import { SnowflakeError } from '../../session/snowflake-error.js';
import { transact } from '../../writing/transaction.js';
import type { Claim } from '../claim.js';
import { must, NotTried } from '../must.js';
import type { Scratch } from '../scratch.js';

const PAGE = 'https://docs.snowflake.com/en/user-guide/security-access-control-privileges';

/** Checkpoint tables: with more than one the role needs more privileges. */
const TABLES = 2;

export const PRIVILEGE_CLAIMS: readonly Claim[] = [
  {
    name: 'The grants of `operator schema apply --grant-to ROLE` are all that the service needs',
    documentation: PAGE,
    shownBy: [],
    run: async (scratch) =>
      scratch.withTables(TABLES, async () => {
        const { role, session } = await sessionOfNewRole(scratch);
        await scratch.owner();
        // The user's other roles must not help.
        await session.execute('USE SECONDARY ROLES NONE');
        const form = await findForm(session, scratch.options);
        const [fault] = await checkSchema(session, form);
        if (fault !== undefined) throw new FaultError(fault);
        const { kind } = await transact(session, scratch.batch(0, [scratch.row(0)]), scratch.options, form);
        must(kind === 'committed', kind);
        return `${role} wrote a batch without the help of other roles`;
      }),
  },
];

/** A session with a role that has only the grants that the service needs. */
async function sessionOfNewRole(scratch: Scratch): Promise<{ role: string; session: SnowflakeSession }> {
  const { schema, options } = scratch;
  const role = `${schema.name}_ROLE`;
  await orNotTried(ACCESS_CONTROL, async () => {
    const [found] = await scratch.query('SELECT CURRENT_USER() AS ME');
    await schema.make('ROLE', role);
    await schema.execute(`GRANT ROLE ${role} TO USER "${String(found?.['ME'])}"`);
    await applySchema(options, { ...options, role, checkpointTables: TABLES });
  });
  return { role, session: await orNotTried(LOG_IN, () => scratch.session({ role })) };
}

/** Prefixes of Snowflake's codes. */
const ACCESS_CONTROL = '0030';
const LOG_IN = '39';

/** @throws NotTried if this is not allowed, which says nothing about the grants */
async function orNotTried<T>(codes: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SnowflakeError && error.code.startsWith(codes))) throw error;
    throw new NotTried(
      `this user cannot create, grant and use a role (${error.code}); ACCOUNTADMIN with a key pair can`,
    );
  }
}
