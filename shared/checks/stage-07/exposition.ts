import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { describeText } from '../text.ts';
import { METRICS } from './check.ts';
import { expectStatus } from './expectations.ts';

export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What a server tells of itself at one moment. */
export interface Numbers {
  reply: Reply;
  /** The type of each family by its name, as TYPE told it. */
  types: ReadonlyMap<string, string>;
  samples: readonly Sample[];
  /** What a scraper would stumble over. */
  faults: readonly string[];
}

export type Fits = (labels: Readonly<Record<string, string>>) => boolean;

/** The metric types of both formats, https://prometheus.io/docs/instrumenting/exposition_formats/ */
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped', 'unknown', 'info', 'stateset'];
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const COMMENT = new RegExp(`^# (HELP|TYPE|UNIT) (${NAME})(?: (.*))?$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*?)\\})? (\\S+)(?: (-?[\\d.]+))?$`);
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y;
/** What a histogram, a summary or a counter adds to the name of its family. */
const SUFFIX = /_(bucket|sum|count|total|created)$/;
/** How long a number may take to follow what it counts. */
const SOON = 5_000;

function labelsOf(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined || name in labels) return undefined;
    labels[name] = value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
  }
  return labels;
}

/** Numbers are written as Go reads them: in any case, also those that are none. */
function numberOf(text: string): number | undefined {
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?[\d.]/.test(text) && !Number.isNaN(Number(text)) ? Number(text) : undefined;
}

function sampleOf(line: string): Sample | undefined {
  const [, name, inside = '', text = ''] = SAMPLE.exec(line) ?? [];
  const labels = labelsOf(inside);
  const value = numberOf(text);
  if (name === undefined || !labels || value === undefined) return undefined;
  return { name, labels, value };
}

/** Reads the text format of Prometheus, or OpenMetrics where the answer says that it is. */
function read(reply: Reply): Numbers {
  const isOpen = /^application\/openmetrics-text/.test(reply.headers['content-type'] ?? '');
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const faults: string[] = [];
  const seen = new Set<string>();
  const closed = new Set<string>();
  let current = '';
  const enter = (family: string) => {
    if (family === current) return;
    if (closed.has(family)) faults.push(`${family} is told in two places`);
    closed.add(current);
    current = family;
  };
  const familyOf = (name: string) => (types.has(name) ? name : name.replace(SUFFIX, ''));
  for (const line of reply.text.split('\n')) {
    const [, kind, family = '', rest = ''] = COMMENT.exec(line) ?? [];
    if (kind !== undefined) enter(family);
    if (kind === 'TYPE' && types.has(family)) faults.push(`${family} has two types`);
    if (kind === 'TYPE' && !TYPES.includes(rest)) faults.push(line);
    if (kind === 'TYPE') types.set(family, rest);
    if (line === '' || line.startsWith('#')) continue;
    const sample = sampleOf(isOpen ? line.replace(/ # \{.*$/, '') : line);
    if (!sample) {
      faults.push(line);
      continue;
    }
    enter(familyOf(sample.name));
    const { name, labels } = sample;
    const series = JSON.stringify([name, Object.entries(labels).toSorted()]);
    if (seen.has(series)) faults.push(`${line} is told twice`);
    seen.add(series);
    samples.push(sample);
  }
  if (!reply.text.endsWith('\n')) faults.push('the last line has no end');
  return { reply, types, samples, faults };
}

/** What the server tells at this moment, to somebody without a session. */
export async function readNumbers(api: Client): Promise<Numbers> {
  const reply = await api.as(undefined).get(METRICS);
  expectStatus(reply, 200);
  const numbers = read(reply);
  expect(numbers.samples.length > 0, 'lines such as name{label="value"} 1', reply);
  return numbers;
}

/** The sum of all series of this name that fit. */
export function sumOf({ samples }: Numbers, name: string, fits: Fits = () => true): number {
  return samples
    .filter((sample) => sample.name === name && fits(sample.labels))
    .reduce((sum, { value }) => sum + value, 0);
}

/** The answer with those of its lines alone that speak of this. */
export function seenOf({ reply }: Numbers, name: string): Exchange {
  const lines = reply.text.split('\n').filter((line) => line.startsWith(name));
  return {
    sent: reply.sent,
    received: describeText(`its lines that begin with ${name}`, lines.join('\n')),
    repeat: reply.repeat,
  };
}

/** Reads until it holds of what is told, or for too long: gives what was read last. */
export async function readUntil(
  api: Client,
  holds: (numbers: Numbers) => boolean,
  within = SOON,
): Promise<Numbers> {
  const deadline = performance.now() + within;
  for (;;) {
    const numbers = await readNumbers(api);
    if (holds(numbers) || performance.now() > deadline) return numbers;
    await sleep(100);
  }
}

export interface Count {
  name: string;
  fits: Fits;
  /** In words: what is counted. */
  what: string;
  by: number;
  /** Others may have been counted meanwhile. */
  atLeast?: boolean;
}

/** This sum is so much greater than before. */
export async function expectRise(api: Client, before: Numbers, count: Count): Promise<void> {
  const { name, fits, what, by, atLeast = false } = count;
  const risen = (numbers: Numbers) => sumOf(numbers, name, fits) - sumOf(before, name, fits);
  const after = await readUntil(api, (numbers) => risen(numbers) >= by);
  const rise = risen(after);
  expect(
    atLeast ? rise >= by : rise === by,
    `${name} for ${what} risen by ${atLeast ? 'at least ' : ''}${by}, and not by ${rise}`,
    seenOf(after, name),
  );
}

/** Whether a label of routes is the pattern of this one, however its variables are written: `/patients/:`. */
export const isRoute = (label: string | undefined, route: string): boolean =>
  label?.replaceAll(/(?<=\/)(:\w+|\{\w+\}|<[\w:]+>|\[\w+\])/g, ':') === route;
