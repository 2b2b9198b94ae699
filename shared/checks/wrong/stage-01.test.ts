import { proveByWrongPrograms } from '../wrong-programs.ts';

await proveByWrongPrograms(1, ['add-keeps-everybody-else', 'list-shows-everybody', 'delete-removes-one']);
