import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';

/**
 * Adds `grpc.health.v1.Health`, which tells that the process takes calls; what they need, such as the database, it does
 * not ask. Answers the way to say no.
 */
export function addHealth(server: Server, service: DescService): { endServing(): void } {
  const names = ['', service.typeName]; // The empty name is the server as a whole.
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'SERVING'])));
  health.addToServer(server);
  return {
    endServing() {
      for (const name of names) health.setStatus(name, 'NOT_SERVING');
    },
  };
}

const FORMAT = 'Protocol Buffer 3 EnumDescriptorProto' as const;

/** Adds reflection, by which `buf curl` and its like learn of the service without a .proto file. */
export function addReflection(server: Server, { file, typeName }: DescService): void {
  const fileDescriptorProtos = filesOf(file).map((each) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, each.proto)),
  );
  // It wants a package as proto-loader reads one, and of that looks at these bytes alone.
  const definition = { [typeName]: { format: FORMAT, type: {}, fileDescriptorProtos } };
  new ReflectionService(definition).addToServer(server);
}

/** The file and all that it imports, each once. */
function filesOf(file: DescFile, seen = new Set<DescFile>()): DescFile[] {
  if (!seen.has(file)) {
    seen.add(file);
    for (const each of file.dependencies) filesOf(each, seen);
  }
  return [...seen];
}
