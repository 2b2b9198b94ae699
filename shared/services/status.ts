import { type LauncherOptions, openInstance } from './launcher.ts';
import { readRecord } from './record.ts';
import type { Service } from './service.ts';

const header = ['service', 'way', 'state', 'address', 'pid', 'data'];

/** A table of the services, as they are found at this moment. */
export async function showStatus(services: readonly Service[], options: LauncherOptions): Promise<void> {
  const rows = await Promise.all(services.map((service) => describe(service, options)));
  const table = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table) {
    options.say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

async function describe(service: Service, options: LauncherOptions): Promise<string[]> {
  const record = readRecord(options.root, service.name);
  if (record === undefined) return [service.name, '-', 'down', '-', '-', '-'];
  const instance = openInstance(service, record, options);
  const { state, pid, port = record.port } = await instance.look();
  const address = state === 'down' || port === undefined ? '-' : `127.0.0.1:${port}`;
  return [service.name, record.way, state, address, pid === undefined ? '-' : String(pid), instance.place];
}
