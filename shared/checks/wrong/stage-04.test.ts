import { proveByWrongPrograms } from '../wrong-programs.ts';

await proveByWrongPrograms(4, ['login-answers-with-token-and-user', 'health-says-ok'], {
  baseIsTheStage: true,
});
