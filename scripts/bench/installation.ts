/** An installation of its own to measure: an empty folder, its secrets, the demonstration's clients, and who is told of changes. */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { World } from './operations.ts'

export interface Installation {
  dataDir: string
  environment: Record<string, string>
  world: World
  close: () => void
}

/** Takes ten ports from `port` on. Its folder goes when this process ends. */
export const createInstallation = (port: number, people: number): Installation => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-'))
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const secretKey = randomBytes(32)
  const issuer = `http://localhost:${port}`
  const client = (id: string) => ({
    id,
    secret: createHmac('sha256', secretKey).update(`client:${id}`).digest('base64url'),
  })
  /** The services that changes are told to: they acknowledge and do no more. */
  const receivers = [1, 2, 3, 4].map((n) =>
    createServer((request, response) => {
      request.resume().once('end', () => response.writeHead(202).end())
    }).listen(port + n, 'localhost'),
  )
  return {
    dataDir,
    environment: {
      NODE_ENV: 'development',
      PORT: String(port),
      ISSUER: issuer,
      DATA_DIR: dataDir,
      SECRET_KEYS: secretKey.toString('base64url'),
      LOG_LEVEL: 'error',
    },
    world: {
      issuer,
      people,
      web: { ...client('mobile-spare'), redirectUri: `http://localhost:${port + 9}/callback` },
      machines: {
        mobile: client('mobile-machine'),
        games: client('games-machine'),
        pictures: client('pictures-machine'),
      },
    },
    close: () => {
      for (const receiver of receivers) receiver.close()
    },
  }
}
