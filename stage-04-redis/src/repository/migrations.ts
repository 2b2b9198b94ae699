import { migrations as inherited } from '@medcenter/stage-03-postgres/repository';

export const migrations: readonly URL[] = [...inherited, new URL('../../migrations/', import.meta.url)];
