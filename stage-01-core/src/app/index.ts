import { v7 as uuidv7 } from 'uuid';
import { createCli, type ExitCode, runCli, type Terminal } from '../cli/index.ts';
import type { ConfigOf, variables } from '../config/index.ts';
import { openJsonStorage } from '../repository/index.ts';
import { createPatientService, createSystemClock } from '../service/index.ts';

/** Puts the parts of this stage together, runs one command line, and closes what it opened. */
export async function start(
  config: ConfigOf<typeof variables>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  await using stack = new AsyncDisposableStack();
  const clock = createSystemClock();
  const openPatients = async (file = config.DATA_FILE) => {
    const storage = stack.adopt(await openJsonStorage(file), (opened) => opened.close());
    return createPatientService({ storage, newId: uuidv7, clock });
  };
  return await runCli(createCli(argv, { openPatients, clock, terminal }), terminal);
}
