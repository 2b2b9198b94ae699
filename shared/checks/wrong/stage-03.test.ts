import { proveByWrongPrograms } from '../wrong-programs.ts';

await proveByWrongPrograms(3, ['booking-answers-with-the-record', 'health-says-ok'], {
  baseIsTheStage: true,
});
