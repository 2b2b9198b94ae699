import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findStage } from '../../stages.ts';
import { loadReview } from '../review.ts';
import { createStageCopy, type StageCopy } from './stage-copy.ts';

/** The code of a stage: its own, or a copy with the change made in it. */
export interface StageCode {
  readonly folder: string;
  /** The absolute path of a file, given from the stage's folder. */
  path(file: string): string;
  /** The address to import a file by, given from the stage's folder. */
  href(file: string): string;
}

/** The same question put to the stage as it is and as the change leaves it. */
export interface Proof {
  /** It ends in a question mark, and the answers answer it. */
  readonly question: string;
  /** `changed` is the copy in any case, for a question that needs both. */
  observe(code: StageCode, t: TestContext, changed: StageCode): Promise<unknown>;
  readonly original: unknown;
  readonly changed: unknown;
  /** The reason why this machine cannot answer, where it cannot. */
  readonly skip?: string | undefined;
}

/** Two different answers for every defect of the key, the same answer twice for every trap. */
export interface Proofs {
  readonly defects: Readonly<Record<string, Proof>>;
  readonly traps: Readonly<Record<string, Omit<Proof, 'original' | 'changed'> & { readonly both: unknown }>>;
}

/** Declares the tests that each entry of a stage's key is true. */
export function proveReview(number: number, { defects, traps }: Proofs): void {
  const stage = findStage(String(number));
  describe(`the pull request against ${stage.folder}`, () => {
    let copy: StageCopy | undefined;
    before(async () => {
      const review = await loadReview(stage);
      assert.ok(review);
      copy = await createStageCopy(stage, review.files);
    });
    after(() => copy?.remove());
    const original = codeIn(stage.path);
    const changed = () => codeIn(copy?.folder ?? '');

    test('has a proof for each defect and each trap of its key, and no other', async () => {
      const key = (await loadReview(stage))?.key;
      const ids = (entries: readonly { id: string }[] = []) => entries.map(({ id }) => id).sort();
      assert.deepEqual(Object.keys(defects).sort(), ids(key?.defects));
      assert.deepEqual(Object.keys(traps).sort(), ids(key?.traps));
    });

    for (const [id, proof] of Object.entries(defects)) {
      test(`defect ${id}: ${proof.question}`, { skip: proof.skip }, async (t) => {
        assert.notDeepEqual(proof.original, proof.changed);
        assert.deepEqual(await proof.observe(original, t, changed()), proof.original, 'the stage as it is');
        assert.deepEqual(
          await proof.observe(changed(), t, changed()),
          proof.changed,
          'the stage with the change',
        );
      });
    }
    for (const [id, proof] of Object.entries(traps)) {
      test(`trap ${id}: ${proof.question}`, { skip: proof.skip }, async (t) => {
        assert.deepEqual(await proof.observe(original, t, changed()), proof.both, 'the stage as it is');
        assert.deepEqual(
          await proof.observe(changed(), t, changed()),
          proof.both,
          'the stage with the change',
        );
      });
    }
  });
}

function codeIn(folder: string): StageCode {
  const path = (file: string) => join(folder, file);
  return { folder, path, href: (file) => pathToFileURL(path(file)).href };
}
