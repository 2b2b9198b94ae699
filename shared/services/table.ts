import { kafka } from './kafka.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import type { Service } from './service.ts';

/** Every service that there is. */
export const services: readonly Service[] = [postgres, redis, kafka];
