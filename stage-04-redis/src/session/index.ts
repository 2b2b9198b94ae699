export * from './accounts.ts';
export * from './login-throttle.ts';
export * from './passwords.ts';
export * from './redis-sessions.ts';
export * from './session-store.ts';
export * from './sign-in.ts';
export * from './sql-sessions.ts';
export * from './with-grace.ts';
