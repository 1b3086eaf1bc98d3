import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { second } from '../../src/lib/clock.ts'
import { listen } from '../../src/lib/listen.ts'
import { aFreePort } from '../world/server.ts'

/** What is read until the text is there, or the connection has ended. */
const readUntil = (socket: Socket, end: string): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    socket.on('data', (part) => {
      text += part
      if (text.endsWith(end)) resolve(text)
    })
    socket.once('close', () => resolve(text))
  })

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe('a server whose place another takes', () => {
  it('O4: answers what comes on a connection that waits, ends it then, and takes nobody new', async () => {
    const port = await aFreePort()
    const server = await listen((_, response) => response.end('well'), port, {
      host: '127.0.0.1',
      keepAlive: 60 * second,
    })
    const socket = connect(port, '127.0.0.1')
    socket.write(get)
    assert.match(await readUntil(socket, 'well'), /Connection: keep-alive/)

    const drained = server.drain()
    // A request that was on its way when nobody new was taken any more.
    socket.write(get)
    assert.match(await readUntil(socket, 'never said'), /Connection: close[\s\S]*well$/)
    await drained
    const [refused] = await Promise.allSettled([fetch(`http://127.0.0.1:${port}`)])
    assert.equal(refused.status, 'rejected')
  })
})
