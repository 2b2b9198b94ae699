import type { Admin } from '@platformatic/kafka';

const [EARLIEST, LATEST] = [-2n, -1n];

/** How many messages of each topic, over all its partitions, lie behind what the group has committed. */
export async function lagOf(
  admin: Admin,
  groupId: string,
  { topics, prefix }: { topics: readonly string[]; prefix: string },
): Promise<Map<string, number>> {
  const names = topics.map((topic) => prefix + topic);
  // Before the ends are asked for: what is published or handled in between cannot make it less than none.
  const committed = await committedBy(admin, groupId);
  const { topics: found } = await admin.metadata({ topics: names });
  const at = (timestamp: bigint) =>
    offsetsAt(
      admin,
      names.map((name) => ({ name, partitions: found.get(name)?.partitionsCount ?? 0 })),
      timestamp,
    );
  const [first, last] = [await at(EARLIEST), await at(LATEST)];
  return new Map(
    topics.map((topic) => {
      const ends = [...(last.get(prefix + topic) ?? [])];
      const lags = ends.map(([partition, end]) => {
        const place = committed.get(prefix + topic)?.get(partition) ?? -1n;
        const begin = first.get(prefix + topic)?.get(partition) ?? 0n;
        return Number(end - (place > begin ? place : begin)); // What was deleted is not handled any more.
      });
      return [topic, lags.reduce((sum, lag) => sum + lag, 0)];
    }),
  );
}

/** Offsets by topic and partition. */
type Offsets = Map<string, Map<number, bigint>>;

/** Where the group has committed nothing, there is nothing, or -1. */
async function committedBy(admin: Admin, groupId: string): Promise<Offsets> {
  const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
  return new Map(
    group?.topics.map(({ name, partitions }) => [
      name,
      new Map(partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset])),
    ]),
  );
}

async function offsetsAt(
  admin: Admin,
  topics: readonly { name: string; partitions: number }[],
  timestamp: bigint,
): Promise<Offsets> {
  const listed = await admin.listOffsets({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp })),
    })),
  });
  return new Map(
    listed.map(({ name, partitions }) => [
      name,
      new Map(partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset])),
    ]),
  );
}
