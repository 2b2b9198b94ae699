export * from '@medcenter/stage-02-http/observability';
