/** Another folder's load generator (`peer-bench.go`) against the running product, so that both speak of the same. */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf, password } from './fill.ts'
import type { World } from './operations.ts'

export const runPeers = async (
  folder: string,
  { issuer, people, web }: World,
  { pid, dataDir, seconds, rounds }: { pid: number; dataDir: string; seconds: number; rounds: number },
): Promise<void> => {
  const program = join(folder, 'peer-bench.go')
  if (!existsSync(program)) throw new Error(`${folder} has no peer-bench.go`)
  if (spawnSync('go', ['version']).error) {
    console.log('Go is not installed: the peers’ load generator was left out.')
    return
  }
  const targets = join(dataDir, 'targets.json')
  const pidFile = join(dataDir, 'product.pid')
  writeFileSync(pidFile, String(pid))
  const target = {
    Name: 'unified-sign-in',
    Issuer: issuer,
    PidFiles: [pidFile],
    Web: {
      ID: web.id,
      Secret: web.secret,
      RedirectURI: web.redirectUri,
      Scope: 'openid profile email offline_access',
    },
    UserPattern: addressOf(0).replace('0', '%d'),
    Users: people,
    Password: password,
    PromptNone: true,
    Skip: { cc: 'a machine names the API that its token is for (resource), which this generator does not send' },
    Hash: 'argon2id m=19456KiB t=2 p=1',
  }
  writeFileSync(targets, JSON.stringify([target]))
  const flags = ['-targets', targets, '-secs', String(seconds), '-rounds', String(rounds)]
  spawnSync('go', ['run', program, ...flags], { stdio: 'inherit' })
}
