export * from '@medcenter/stage-03-postgres/observability';
