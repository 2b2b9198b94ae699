export * from '@medcenter/stage-05-events/cache';
