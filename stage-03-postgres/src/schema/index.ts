export * from '@medcenter/stage-02-http/schema';
export * from './appointment.ts';
export * from './doctor.ts';
export * from './page.ts';
