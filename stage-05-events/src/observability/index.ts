export * from '@medcenter/stage-04-redis/observability';
