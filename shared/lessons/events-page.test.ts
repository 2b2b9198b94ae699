// The page of the events is read by people who write programs for them: it says what the code does.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { topicOf } from '@medcenter/stage-05-events/domain';
import { EVENT_TOPICS, TOPIC_SETTINGS } from '@medcenter/stage-05-events/events';
import { eventSchema, readEvent } from '@medcenter/stage-05-events/schema';
import { ROOT } from '../stages.ts';
import { readLesson } from './lesson.ts';
import { referenceProblems } from './references.ts';

const path = join(ROOT, 'stage-05-events', 'events.md');
const text = readFileSync(path, 'utf8');
const page = readLesson(path);
const [example = '', schema = ''] = page.fences.map(({ lines }) => lines.join('\n'));

/** The cells of the table's row that begins with this text. */
function cellsOf(beginning: string): string[] {
  const row = text.split('\n').find((line) => line.startsWith(`| ${beginning}`)) ?? '';
  return row
    .split('|')
    .map((cell) => cell.trim())
    .slice(2, -1);
}

describe('events.md', () => {
  test('has the schema of the code', () => {
    assert.deepEqual(JSON.parse(schema), eventSchema);
  });

  test('shows an event that the code reads', () => {
    assert.equal(readEvent(example).type, 'appointment.cancelled');
  });

  test('names each type, and its topic', () => {
    for (const type of eventSchema.properties.type.enum)
      assert.equal(cellsOf(`\`${topicOf(type)}\``)[0], `\`${type}\``);
    assert.equal(EVENT_TOPICS.length, eventSchema.properties.type.enum.length);
  });

  test('says how the topics are made', () => {
    const { partitions, retentionMs, maxBytes, deadLetterMaxBytes } = TOPIC_SETTINGS;
    assert.deepEqual(cellsOf('partitions'), [`${partitions}`, `${partitions}`]);
    assert.deepEqual(cellsOf('kept for'), [`ever (${retentionMs})`, `ever (${retentionMs})`]);
    assert.deepEqual(cellsOf('a message'), [`${maxBytes}`, `${deadLetterMaxBytes}`]);
  });

  test('leads to what is there', () => {
    assert.deepEqual(referenceProblems(page), []);
  });
});
