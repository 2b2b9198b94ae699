export * from '@medcenter/stage-02-http/service';
export * from './appointment-registry.ts';
export { cutPage } from './cut-page.ts';
export * from './doctor-registry.ts';
export * from './import-records.ts';
