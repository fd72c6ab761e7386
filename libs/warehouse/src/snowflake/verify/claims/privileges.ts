import { FaultError } from '#pipeline';
import { applySchema } from '../../schema.js';
import { checkSchema } from '../../schema-check.js';
import { SnowflakeError } from '../../snowflake-error.js';
import { transact } from '../../transaction.js';
import { must, NotTried, type Claim } from '../claim.js';
import type { Scratch } from '../scratch.js';

const PAGE = 'https://docs.snowflake.com/en/user-guide/security-access-control-privileges';

export const PRIVILEGE_CLAIMS: readonly Claim[] = [
  {
    name: 'The grants of `operator schema apply --grant-to` are all that the service needs',
    documentation: PAGE,
    shownBy: [],
    run: async (scratch) => {
      const role = await roleWithGrants(scratch);
      await scratch.owner();
      const session = await scratch.session({ role });
      // What the user may do through other roles proves nothing.
      await session.execute('USE SECONDARY ROLES NONE');
      const [fault] = await checkSchema(session);
      if (fault !== undefined) throw new FaultError(fault);
      const { kind } = await transact(session, scratch.batch(0, [scratch.row(0)]), scratch.options);
      must(kind === 'committed', kind);
      return `${role} wrote a batch, with no other role beside it`;
    },
  },
];

/** @throws NotTried where no role can be made, granted or taken */
async function roleWithGrants(scratch: Scratch): Promise<string> {
  const { schema, options } = scratch;
  const role = `${schema.name}_ROLE`;
  try {
    const [found] = await scratch.query('SELECT CURRENT_USER() AS ME');
    await schema.make('ROLE', role);
    await schema.execute(`GRANT ROLE ${role} TO USER "${String(found?.['ME'])}"`);
    await applySchema(options, { ...options, role });
    return role;
  } catch (error) {
    if (!(error instanceof SnowflakeError && error.isAnswer)) throw error;
    throw new NotTried(
      `no role can be made and granted here (${error.code}); CREATE ROLE and MANAGE GRANTS on the account would do`,
    );
  }
}
