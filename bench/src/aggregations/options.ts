import { integer, parse, program, type CommandLine } from '#command-line';

export interface Options {
  events: number;
  /** Measure each question alone too. */
  perQuestion: boolean;
  /** How long ids are remembered, as Flink writes a duration; null for what `npm run aggregations` does. */
  remember: string | null;
}

const DURATION = /^[1-9][0-9]* (s|min|h|d)$/;
const NOTES = `
KAFKA_BOOTSTRAP_SERVER names a broker to use instead of one of its own.
Exit codes: 0 measured, and every order was counted once; 1 something failed; 2 an option is wrong.`;

const newCommand = () =>
  program(
    'npm run bench:aggregations --',
    'Measures how fast the aggregations catch up with a backlog, in which orders of 50 events a second are in time order.',
  )
    .option('--events <N>', 'the backlog, on 6 partitions', '1000000')
    .option('--per-question', 'each question alone too')
    .option('--remember <SPAN>', "how long ids are remembered, such as '10 s' (default: as shipped)")
    .addHelpText('after', NOTES);

/** Parses the command line; names every fault at once. */
export function parseOptions(args: string[]): CommandLine<Options> {
  return parse(newCommand(), args, (faults, command) => {
    const given = command.opts<{ events: string; perQuestion?: true; remember?: string }>();
    return {
      events: faults.read('--events', given.events, integer(1), 1),
      perQuestion: given.perQuestion === true,
      remember: faults.read(
        '--remember',
        given.remember,
        {
          parse: (text) => (DURATION.test(text) ? text : undefined),
          expected: "a number and s, min, h or d, such as '10 s'",
        },
        null,
      ),
    };
  });
}
