export * from '@medcenter/stage-05-events/observability';
