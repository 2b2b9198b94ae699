import { proveByWrongPrograms } from '../wrong-programs.ts';

await proveByWrongPrograms(6, ['schedule-is-read-as-it-was-put', 'schedules-and-slots-want-a-session'], {
  baseIsTheStage: true,
});
