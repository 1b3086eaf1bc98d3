import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { second } from '../../src/lib/clock.ts'
import { waitingFor } from '../../src/lib/listen.ts'
import { aFreePort, listen } from '../world/server.ts'
import { aVisitor } from '../world/visitor.ts'

const root = join(import.meta.dirname, '../..')

describe('the process', function () {
  this.timeout(60_000)
  let dataDir: string
  let child: ChildProcess
  let connected: number
  const [base, mailServer] = ['http://localhost', createTcpServer(() => connected++)]
  let port: number
  let metricsPort: number
  before(async () => {
    connected = 0
    dataDir = mkdtempSync(join(tmpdir(), 'process-'))
    ;[port, metricsPort] = [await aFreePort(), await aFreePort()]
    const smtpPort = await listen(mailServer as never)
    child = spawn(process.execPath, [join(root, 'src/main.ts')], {
      cwd: root,
      env: {
        ...process.env,
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        DATA_DIR: dataDir,
        SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    while (!(await fetch(`${base}:${port}/health/ready`).catch(() => undefined))?.ok)
      assert.equal(child.exitCode, null, 'it ended')
  })
  after(async () => {
    child.kill('SIGKILL')
    mailServer.close()
    rmSync(dataDir, { recursive: true })
  })

  it('O4: keeps idle connections longer than a load balancer does, on both its ports', async () => {
    for (const address of [`${base}:${port}/health/live`, `${base}:${metricsPort}/metrics`]) {
      const answer = await fetch(address)
      assert.ok(Number(/timeout=(\d+)/.exec(answer.headers.get('keep-alive') ?? '')?.[1]) > 60, address)
    }
    for (const keepAlive of [second, 75 * second, 3600 * second]) {
      const { headersTimeout, requestTimeout } = waitingFor(keepAlive)
      assert.ok(headersTimeout > keepAlive + second && requestTimeout >= headersTimeout)
    }
  })

  it('Q9: ends by itself within seconds of SIGTERM while its mail server hangs', async () => {
    const visitor = aVisitor(`${base}:${port}`)
    const here = await visitor.follow(`${base}:${port}/account`, () => false)
    const recovery = /href="([^"]*\/recover)"/.exec(here.text)?.[1]
    assert.ok(recovery, here.url)
    await visitor.send(recovery, { email: 'ada@mail.example' })
    while (connected === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    const gone = new Promise((resolve) => child.once('exit', (code) => resolve(code)))
    const began = performance.now()
    child.kill('SIGTERM')
    assert.equal(await gone, 0)
    assert.ok(performance.now() - began < 8 * second)
  })
})
