import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { findStage } from '../../stages.ts';
import { loadReview } from '../review.ts';
import { explainOwnChanges } from './moved-stage.ts';
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
  /** Where this machine cannot answer: words that say so, and nothing of the question. */
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

    for (const { name, skip, prove } of testsOf({ defects, traps })) {
      test(name, { skip }, async (t) => {
        await prove(original, changed(), t).catch(async (error: Error) => {
          error.message = `${await explainOwnChanges(stage)}${error.message}`;
          throw error;
        });
      });
    }
  });
}

interface ProofTest {
  /** Without a word of the key: whoever runs all tests may still have the review to do. */
  readonly name: string;
  readonly skip: string | undefined;
  /** @throws Error that names the entry of the key and its question */
  prove(original: StageCode, changed: StageCode, t: TestContext): Promise<void>;
}

/** A test for each defect and each trap, in their order. */
export function testsOf({ defects, traps }: Proofs): ProofTest[] {
  const provingDefects = Object.entries(defects).map(([id, proof], index, all) => ({
    name: `defect ${index + 1} of ${all.length} misbehaves`,
    skip: proof.skip,
    prove: prover(id, proof),
  }));
  const provingTraps = Object.entries(traps).map(([id, trap], index, all) => ({
    name: `trap ${index + 1} of ${all.length} is fine`,
    skip: trap.skip,
    prove: prover(id, { ...trap, original: trap.both, changed: trap.both }),
  }));
  const same = Object.values(defects).find((proof) => isDeepStrictEqual(proof.original, proof.changed));
  assert.equal(same, undefined, 'a defect has two different answers');
  return [...provingDefects, ...provingTraps];
}

function prover(id: string, { question, observe, ...answers }: Proof): ProofTest['prove'] {
  return async (original, changed, t) => {
    const ask = async (code: StageCode, expected: unknown, of: string) => {
      try {
        assert.deepEqual(await observe(code, t, changed), expected);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`${id}: ${question}\n${of}: ${why}`, { cause: error });
      }
    };
    await ask(original, answers.original, 'The stage as it is');
    await ask(changed, answers.changed, 'The stage with the change');
  };
}

function codeIn(folder: string): StageCode {
  const path = (file: string) => join(folder, file);
  return { folder, path, href: (file) => pathToFileURL(path(file)).href };
}
