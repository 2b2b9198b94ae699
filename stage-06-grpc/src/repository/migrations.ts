import { migrations as inherited } from '@medcenter/stage-05-events/repository';

export const migrations: readonly URL[] = [...inherited, new URL('../../migrations/', import.meta.url)];
