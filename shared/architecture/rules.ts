import { checkLostNames, checkPassedOn, checkShadowing } from './door-rules.ts';
import { checkImports, checkLayerNames } from './import-rules.ts';
import { openProject } from './project.ts';
import { checkDomain, checkEnvironment } from './purity-rules.ts';
import type { Violation } from './violation.ts';

/** The rules, each over one stage. What they want and why stands beside each; the arrows are in layers.ts. */
const rules = [
  checkImports,
  checkLayerNames,
  checkDomain,
  checkEnvironment,
  checkPassedOn,
  checkShadowing,
  checkLostNames,
];

/** Every breach of the import rules in the stages under a root, in order of stage. */
export function findViolations(root?: string): Violation[] {
  const project = openProject(root);
  return project.stages.flatMap((stage) => rules.flatMap((check) => check(project, stage)));
}
