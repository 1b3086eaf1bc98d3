import assert from 'node:assert/strict'
import dns from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createOutbound, isPublic, OutboundError } from '../../src/lib/outbound.ts'
import { close, listen } from '../world/server.ts'

type Resolved = (error: null, found: { address: string; family: number }[]) => void

describe('calls that leave the product', () => {
  const refused: object[] = []
  const log = { info: () => {}, warn: (about: object) => refused.push(about), error: () => {}, debug: () => {} }
  const outbound = createOutbound({ log: log as never })
  let answer: RequestListener
  let calls = 0
  const server = createServer((request, response) => {
    calls++
    answer(request, response)
  })
  let here = ''
  before(async () => {
    here = `127.0.0.1:${await listen(server)}`
  })
  after(async () => {
    outbound.close()
    await close(server)
  })
  beforeEach(() => {
    refused.length = 0
    calls = 0
    answer = (_request, response) => response.end('fine')
  })

  const call = (more: object = {}) => outbound.request({ url: `http://${here}/x`, allowed: [here], ...more })
  const fails = (promise: Promise<unknown>, code: string) =>
    assert.rejects(promise, (error) => error instanceof OutboundError && error.code === code)

  it('reach what a company declared reachable though private', async () => {
    assert.deepEqual(await call({ method: 'POST', body: 'a=b' }).then(({ status, body }) => [status, body]), [
      200,
      'fine',
    ])
    assert.equal((await call({ allowed: ['127.0.0.1'] })).status, 200)
  })

  it('go one after the other through one connection, and through 32 at most when there are many at once', async () => {
    const sockets = new Set<unknown>()
    answer = (request, response) => {
      sockets.add(request.socket)
      setImmediate(() => response.end('fine'))
    }
    for (let n = 0; n < 3; n += 1) await call()
    assert.equal(sockets.size, 1)
    await Promise.all(Array.from({ length: 50 }, () => call()))
    assert.equal(calls, 53)
    assert.equal(sockets.size, 32)
  })

  it('Z3: reach no loopback or private address otherwise, by number or by name, and each refusal is logged', async () => {
    const { port } = server.address() as AddressInfo
    const hosts = [
      here,
      `localhost:${port}`,
      `[::1]:${port}`,
      `0x7f.1:${port}`,
      `2130706433:${port}`,
      `0177.0.0.1:${port}`,
      `127.1:${port}`,
      `0:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `[::ffff:7f00:1]:${port}`,
      '[::ffff:a9fe:a9fe]',
      '10.0.0.1',
      '169.254.169.254',
      '[fd00::1]',
    ]
    for (const host of hosts)
      await fails(call({ url: `http://${host}/`, allowed: ['elsewhere.example', `127.0.0.1:${port + 1}`] }), 'private')
    assert.equal(calls, 0)
    assert.equal(refused.length, hosts.length)
  })

  it('Z3: reach nothing inside by a name whose owner makes it resolve there, today or with the next answer', async () => {
    const { lookup } = dns
    const resolved: string[][] = [['127.0.0.1'], ['::1', '10.0.0.1'], ['::ffff:127.0.0.1']]
    try {
      for (const addresses of resolved) {
        const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
        Object.assign(dns, { lookup: (...parameters: unknown[]) => (parameters.at(-1) as Resolved)(null, found) })
        await fails(call({ url: `http://rebinding.example:${here.split(':')[1]}/`, allowed: [] }), 'private')
      }
    } finally {
      Object.assign(dns, { lookup })
    }
    assert.equal(calls, 0)
  })

  it('knows every range that is not the public internet', () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
    ])
      assert.equal(isPublic(address), false, address)
    for (const address of [
      '::1',
      '::',
      'fe80::1%eth0',
      'fc00::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::7f00:1',
      '::7f00:1',
      '::fffe:7f00:1',
    ])
      assert.equal(isPublic(address), false, address)
    for (const address of [
      '224.0.0.1',
      '255.255.255.255',
      '198.51.100.1',
      '2002:7f00:1::',
      '2001:db8::1',
      'not an address',
    ])
      assert.equal(isPublic(address), false, address)
    for (const address of ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:93.184.216.34'])
      assert.equal(isPublic(address), true, address)
  })

  it('CVE-2026-55671: follow no redirect', async () => {
    answer = (request, response) => {
      if (request.url === '/x') response.writeHead(302, { location: `http://${here}/inside` }).end()
      else response.end('secret')
    }
    const { status, headers, body } = await call()
    assert.deepEqual([status, headers.location, body], [302, `http://${here}/inside`, ''])
    assert.equal(calls, 1)
  })

  it('go to web addresses alone, without a name and password in them', async () => {
    for (const url of [
      'ftp://a.example/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'not a url',
      'http://a:b@c.example/',
    ])
      await fails(call({ url }), 'address')
  })

  it('take no more than so much, and wait no longer than so long', async () => {
    answer = (_request, response) => response.end('x'.repeat(2000))
    await fails(call({ maxBytes: 1000 }), 'too-large')
    answer = () => {}
    await fails(call({ timeout: 30 }), 'timeout')
    answer = (_request, response) => response.write('begun, and then nothing')
    await fails(call({ timeout: 30 }), 'timeout')
    answer = (_request, response) => {
      const trickle = setInterval(() => response.write('x'), 2)
      response.once('close', () => clearInterval(trickle))
    }
    await fails(call({ timeout: 60 }), 'timeout')
  })

  it('P13: end by their deadline whatever comes, and an answer that was cut off there is none', async () => {
    const says = async (text: string) => {
      answer = ({ socket }) => void socket.write(text)
      return call({ timeout: 200 }).then(
        ({ status, body }) => `${status} ${body}`,
        ({ code }) => code,
      )
    }
    // Whoever changes to another protocol has not answered, nor who ends its connection then.
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    assert.equal(await says(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}more`), 'network')
    // Without a length, a body ends with its connection: ours, when the time is up, is not its end.
    for (const begun of ['', 'begun']) assert.equal(await says(`HTTP/1.1 200 OK\r\n\r\n${begun}`), 'timeout')
    assert.equal(await says('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine'), '200 fine')
    const controller = new AbortController()
    answer = ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\n\r\n', () => setImmediate(() => controller.abort()))
    await fails(call({ signal: controller.signal }), 'aborted')
  })

  it('P13: wait for a place no longer than their own deadline, and leave none taken', async () => {
    answer = () => {}
    const hanging = new AbortController()
    const many = Array.from({ length: 32 }, () => fails(call({ signal: hanging.signal }), 'aborted'))
    await fails(call({ timeout: 30 }), 'timeout')
    const controller = new AbortController()
    const waiting = call({ signal: controller.signal })
    controller.abort()
    await fails(waiting, 'aborted')
    hanging.abort()
    await Promise.all(many)
    answer = (_request, response) => response.end('fine')
    await Promise.all(Array.from({ length: 33 }, () => call()))
  })

  describe('whose connection the other side closes while it waits, just as the next one is sent', () => {
    let waiting: Set<Socket>
    let methods: (string | undefined)[]
    beforeEach(async () => {
      waiting = new Set()
      methods = []
      answer = ({ socket, method }, response) => {
        waiting.add(socket)
        methods.push(method)
        setImmediate(() => response.end('fine'))
      }
      await Promise.all([call(), call(), call()])
      assert.equal(waiting.size, 3)
    })
    /** Nothing runs in between: ours is on its way before any of us hears of it. */
    const close = (each: Socket) => each.destroy()

    it('H33: ask once more where they only ask, on a connection of their own', async () => {
      waiting.forEach(close)
      assert.equal((await call()).body, 'fine')
      assert.equal(calls, 4)
    })

    it('H33: do nothing twice', async () => {
      waiting.forEach(close)
      await fails(call({ method: 'POST', body: 'a=b' }), 'network')
      assert.deepEqual(methods, ['GET', 'GET', 'GET'])
    })

    it('H33: ask no third time, nor a second time where it was no connection that had waited', async () => {
      const hangUp: RequestListener = ({ socket }) => socket.destroy()
      answer = hangUp
      await fails(call(), 'network')
      assert.equal(calls, 5)
      waiting.forEach(close)
      await fails(call({ url: `http://localhost:${here.split(':')[1]}/x`, allowed: ['localhost'] }), 'network')
      assert.equal(calls, 6)
    })

    it('H33: ask nobody again who did answer, be it what nobody can read', async () => {
      answer = ({ socket }) => socket.end('neither a status nor a header\r\n\r\n')
      await fails(call(), 'network')
      assert.equal(calls, 4)
    })

    it('H33: do not begin again when their caller gave up', async () => {
      const controller = new AbortController()
      answer = () => controller.abort()
      await fails(call({ signal: controller.signal }), 'aborted')
      assert.equal(calls, 4)
    })
  })

  it('Q9: end at once when the product stops, whatever they wait for, and none is begun after that', async () => {
    const closing = createOutbound({ log: log as never })
    const begun = Promise.withResolvers<void>()
    answer = (_request, response) => {
      response.write('begun')
      if (calls === 32) begun.resolve()
    }
    const never = { url: `http://${here}/x`, allowed: [here], timeout: 600_000 }
    // The last one waits for a place.
    const all = Array.from({ length: 33 }, () => fails(closing.request(never), 'aborted'))
    await begun.promise
    closing.close()
    await Promise.all(all)
    await fails(closing.request(never), 'aborted')
    assert.equal(calls, 32)
  })

  it('are not blown up: what comes packed stays packed', async () => {
    const packed = gzipSync(Buffer.alloc(4_000_000))
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed)
    assert.ok((await call({ maxBytes: 8000 })).body.length <= packed.length)
  })

  it('end when the caller gives up, and say so when nothing is there', async () => {
    answer = () => {}
    const controller = new AbortController()
    const waiting = call({ signal: controller.signal })
    controller.abort()
    await fails(waiting, 'aborted')
    await fails(call({ url: 'http://127.0.0.1:1/', allowed: ['127.0.0.1:1'] }), 'network')
  })
})
