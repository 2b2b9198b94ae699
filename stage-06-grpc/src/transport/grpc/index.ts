export { addConnectDoor } from './add-connect-door.ts';
export { connectAccessRules } from './connect-access-rules.ts';
export type { ConnectDoorOptions } from './connect-door.ts';
export { statusOf } from './errors.ts';
export { type ChannelConfig, GRPC_CLIENT_OPTIONS } from './open-channel.ts';
export {
  GRPC_SERVER_OPTIONS,
  type GrpcServer,
  type GrpcServerOptions,
  openGrpcServer,
} from './open-grpc-server.ts';
export { openScheduleClient, type ScheduleClient } from './open-schedule-client.ts';
export type { Caller, CallMetadata, FailedCall, ServeOptions } from './serve-calls.ts';
