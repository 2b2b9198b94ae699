export * from './appointment.ts';
export * from './calendar-date.ts';
export * from './clock.ts';
export * from './errors.ts';
export * from './instant.ts';
export * from './patient.ts';
export * from './person-name.ts';
