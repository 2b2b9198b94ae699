import { proveByWrongPrograms } from '../wrong-programs.ts';

await proveByWrongPrograms(5, ['statistics-want-a-session', 'booking-is-counted-once'], {
  baseIsTheStage: true,
});
