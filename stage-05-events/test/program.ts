import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { runCommandLine } from '../src/app/index.ts';
import type { Terminal } from '../src/cli/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import type { Client } from './contracts/index.ts';
import { sampleDoctorInput, samplePatientInput } from './contracts/index.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The program as a process; its address is read from what it says. */
export async function startServer(t: TestContext, env: Record<string, string>) {
  const child = startProgram(t, MAIN, [], { cwd: await createFolder(t), env, timeoutMs: 120_000 });
  let logged = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    logged += text;
  });
  let said = '';
  for await (const chunk of child.stderr?.setEncoding('utf8') ?? []) {
    said += chunk;
    const [, url] = /(http:\/\/[\d.:]+)\/api/.exec(said) ?? [];
    if (url) return { url, child, said, logged: () => logged };
  }
  throw new Error(`the server did not start: ${said}`);
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'exit');
  child.kill(signal);
  const [code] = await closed;
  return code;
}

/** The program to its end. */
export async function runMain(
  t: TestContext,
  env: Record<string, string>,
  args: readonly string[],
  input = '',
) {
  return runProgram(t, MAIN, args, { cwd: await createFolder(t), env, input });
}

/** One command line as the program runs it, without a process of its own. */
export async function command(env: Record<string, string>, ...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const terminal: Terminal = {
    columns: 100,
    print(text) {
      said.stdout += `${text}\n`;
    },
    note(text) {
      said.stderr += `${text}\n`;
    },
    strong: (text) => text,
  };
  const exitCode = await runCommandLine(readConfig(variables, env), args, terminal);
  return { exitCode, ...said };
}

/** A patient and a doctor, and bookings of theirs, an hour each, from 1 March 2091 on. */
export async function createBooker(client: Client) {
  const patient = await client.send('POST', '/api/v1/patients', samplePatientInput());
  const doctor = await client.send('POST', '/api/v1/doctors', sampleDoctorInput());
  const at = (n: number) => new Date(Date.UTC(2091, 2, 1, n)).toISOString();
  let hours = 0;
  const nextTime = () => {
    hours += 1;
    return { startsAt: at(hours - 1), endsAt: at(hours) };
  };
  const input = () => ({ patientId: patient.body.id, doctorId: doctor.body.id, ...nextTime() });
  return {
    doctorId: doctor.body.id as string,
    nextTime,
    book: (using: Client = client) => using.send('POST', '/api/v1/appointments', input()),
    change: (id: string, change: object) => client.send('PATCH', `/api/v1/appointments/${id}`, change),
  };
}

/** All that was ever counted. */
export async function totals(client: Client): Promise<{ booked: number; cancelled: number }> {
  const { body } = await client.send('GET', '/api/v1/statistics');
  const sum = { booked: 0, cancelled: 0 };
  for (const { booked, cancelled } of body.items) {
    sum.booked += booked;
    sum.cancelled += cancelled;
  }
  return sum;
}
