import { proveByWrongPrograms } from './wrong-programs.ts';

await proveByWrongPrograms(
  3,
  ['booking-answers-with-the-record', 'list-is-filtered-by-each-of-its-filters', 'health-says-ok'],
  { baseIsTheStage: true },
);
