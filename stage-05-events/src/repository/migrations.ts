import { migrations as inherited } from '@medcenter/stage-04-redis/repository';

export const migrations: readonly URL[] = [...inherited, new URL('../../migrations/', import.meta.url)];
