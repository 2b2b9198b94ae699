import { proveByWrongPrograms } from '../wrong-programs.ts';

await proveByWrongPrograms(2, [
  'post-answers-with-the-record',
  'list-items-are-whole-records',
  'health-says-ok',
]);
