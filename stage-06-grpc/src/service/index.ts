export * from '@medcenter/stage-05-events/service';
export { REMEMBERED_CHANGES } from './day-hub.ts';
export * from './leavable.ts';
export * from './remote-booking.ts';
export * from './schedule-service.ts';
export * from './schedules.ts';
export * from './while-allowed.ts';
export * from './zone-segments.ts';
