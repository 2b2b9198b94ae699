import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';

/**
 * Ends every stream with UNAVAILABLE when the signal aborts, also those of health and reflection: a stream has no end of
 * its own for a closing server to wait for.
 */
export function endStreamsOn(closing: AbortSignal): ServerInterceptor {
  return ({ responseStream }, call) => {
    if (!responseStream) return new ServerInterceptingCall(call);
    const end = () =>
      call.sendStatus({
        code: status.UNAVAILABLE,
        details: 'the server ends: call again, another may be there',
      });
    closing.addEventListener('abort', end, { once: true });
    return new ServerInterceptingCall(call, {
      // Also called after a good end: it tells that the call is over.
      start: (next) => next({ onCancel: () => closing.removeEventListener('abort', end) }),
    });
  };
}
