import type { ConnectionOptions } from '@temporalio/client';

/** One request to Temporal that has been answered. */
export interface AnsweredRequest {
  /** Like `DescribeSchedule`. */
  method: string;
  milliseconds: number;
  /** gRPC's code; 0 is success. */
  code: number;
}

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Interceptor>;
type Listener = Required<NonNullable<Parameters<Call['start']>[1]>>;

/** Tells of each request when its answer has come; what it holds is not looked at. */
export function requestTeller(tell: (request: AnsweredRequest) => void): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options);
    const start = call.start.bind(call);
    const method = options.method_definition.path.split('/').at(-1) ?? 'unknown';
    call.start = (metadata, listener) => {
      const since = performance.now();
      const answered = (code: number) => tell({ method, milliseconds: performance.now() - since, code });
      start(metadata, listening(listener, answered));
    };
    // gRPC uses of a call what it has just given; its type asks for the class that wraps one.
    return call as Call;
  };
}

function listening(listener: Partial<Listener> | undefined, answered: (code: number) => void): Listener {
  return {
    onReceiveMetadata: (metadata) => listener?.onReceiveMetadata?.(metadata),
    onReceiveMessage: (message) => listener?.onReceiveMessage?.(message),
    onReceiveStatus: (status) => {
      answered(status.code);
      listener?.onReceiveStatus?.(status);
    },
  };
}
