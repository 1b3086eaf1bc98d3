import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server as TcpServer } from 'node:net'
import { minute, second } from './clock.ts'

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

/** Another process, or the system, was there first: said in one sentence. */
export const listen = (
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  port: number,
  { host, keepAlive }: { host: string; keepAlive: number },
) =>
  new Promise<Listening>((resolve, reject) => {
    let isDraining = false
    const server = createServer(waitingFor(keepAlive), (request, response) => {
      if (isDraining) response.shouldKeepAlive = false
      return answer(request, response)
    })
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`PORT ${port} is in use by another process: stop that one, or set PORT to another.`)
          : error,
      ),
    )
    const ended = Promise.withResolvers<void>()
    const closeAllIn = (time: number): void => void setTimeout(() => server.closeAllConnections(), time).unref()
    const listening: Listening = {
      close: () => {
        server.close(() => ended.resolve())
        server.closeIdleConnections()
        closeAllIn(4 * second)
        return ended.promise
      },
      drain: () => {
        isDraining = true
        // Not by the server's own `close`, which cuts idle connections: a request may be on its way on any of them.
        TcpServer.prototype.close.call(server, () => ended.resolve())
        closeAllIn(keepAlive + minute)
        return ended.promise
      },
    }
    server.listen(port, host, () => resolve(listening))
  })

export interface Listening {
  /** What is under way ends, within four seconds; connections that only wait are closed. */
  close: () => Promise<void>
  /**
   * Nobody connects any more. Whoever is connected is answered as ever and told to connect anew for the next request;
   * settles when the last one has gone, at the latest when an idle one is let go (`keepAlive`) and a minute later.
   */
  drain: () => Promise<void>
}
