import { proveByWrongPrograms } from '../wrong-programs.ts';

await proveByWrongPrograms(7, ['post-answers-with-the-record', 'schedule-is-read-as-it-was-put'], {
  baseIsTheStage: true,
});
