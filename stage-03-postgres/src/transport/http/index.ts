export * from '@medcenter/stage-02-http/transport/http';
export * from './appointment-routes.ts';
export * from './clinic-routes.ts';
export * from './doctor-routes.ts';
export { placeIn } from './place-in-list.ts';
