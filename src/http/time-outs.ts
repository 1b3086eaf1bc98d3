import { minute, second } from '../lib/clock.ts'

/**
 * How long a server waits for its connections. Idle ones stay open for longer than a load balancer keeps them (60 s mostly):
 * closed by us first, the next request on it would end as its 502. The headers' time-out counts from before the first byte
 * of a request, so it is above that.
 */
export const waitingFor = (keepAlive: number) => {
  const headersTimeout = keepAlive + 5 * second
  // Added to what is promised to the client, so that it is no less by a tick.
  return {
    keepAliveTimeout: keepAlive,
    keepAliveTimeoutBuffer: second,
    headersTimeout,
    requestTimeout: Math.max(5 * minute, headersTimeout),
  }
}
