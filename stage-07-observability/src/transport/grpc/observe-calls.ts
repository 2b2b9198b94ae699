import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { HandledCall, Metrics } from '../../observability/index.ts';

/**
 * Counts every call of every service, however it ends. It is to be the first of the interceptors, the one that is next
 * to the wire: grpc-js refuses a request that nobody can read, and a call whose time is over, without asking the others.
 */
export function observeCalls(metrics: Pick<Metrics, 'handled'>): ServerInterceptor {
  return ({ path, requestStream, responseStream }, call) => {
    const begun = performance.now();
    const [, service = '', method = ''] = path.split('/');
    const type = typeOf(requestStream, responseStream);
    let sent: status | undefined;
    const { sendStatus } = call;
    // Not by the interceptor's own `sendStatus`: what grpc-js itself says does not come by there.
    call.sendStatus = (answer) => {
      sent ??= answer.code;
      sendStatus.call(call, answer);
    };
    const end = () => {
      const code = status[sent ?? status.CANCELLED];
      metrics.handled({ service, method, type, code, seconds: (performance.now() - begun) / 1_000 });
    };
    // Also called after a good end, once: it tells that the call is over. Without a status, the client has left.
    return new ServerInterceptingCall(call, { start: (next) => next({ onCancel: end }) });
  };
}

function typeOf(requestStream: boolean, responseStream: boolean): HandledCall['type'] {
  if (requestStream) return responseStream ? 'bidi_stream' : 'client_stream';
  return responseStream ? 'server_stream' : 'unary';
}
